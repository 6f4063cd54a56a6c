// Who is signed in, accounts and API tokens.

import { z } from 'zod';
import { ROLES } from '../../../account.ts';
import { time } from './paging.ts';

const text = z.string();
export const role = z.enum(ROLES);
export const provider = z.enum(['password', 'oidc']);

export const session = z.object({
  /** `totp`: a second factor is asked for. */
  user: z.object({ name: text, role, provider, totp: z.boolean() }),
  /** To be sent as X-CSRF-Token with every change. */
  csrf: text,
  /** Minutes without a request after which the session ends. */
  idleMinutes: z.number(),
  version: text,
  sensor: text,
});

/** In place of a session: `needsSetup` while there is no account at all. */
export const noSession = z.object({
  error: z.object({ code: text, message: text }),
  oidc: z.boolean(),
  needsSetup: z.boolean(),
});

export const account = z.object({ name: text, role, provider, totp: z.boolean(), created: time, lastSignIn: time });

export const apiToken = z.object({ id: text, name: text, owner: text, role, created: time, expires: time, lastUsed: time });

export type Session = z.infer<typeof session>;
export type NoSession = z.infer<typeof noSession>;
export type AccountItem = z.infer<typeof account>;
export type TokenItem = z.infer<typeof apiToken>;
