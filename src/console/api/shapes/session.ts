// Who is signed in, accounts and API tokens.

import { z } from 'zod';
import { ROLES } from '../../../account.ts';
import { time } from './paging.ts';

const text = z.string();
export const role = z.enum(ROLES);
export const provider = z.enum(['password', 'oidc']);

export const session = z.object({
  signedIn: z.literal(true),
  /** `totp`: a second factor is asked for. */
  user: z.object({ name: text, role, provider, totp: z.boolean() }),
  /** To be sent as X-CSRF-Token with every change. */
  csrf: text,
  /** Minutes without a request after which the session ends. */
  idleMinutes: z.number(),
  version: text,
  sensor: text,
});

/** In place of a session: `needsSetup` while there is no account at all. It is an answer, not a refusal: everybody may ask. */
export const noSession = z.object({
  signedIn: z.literal(false),
  oidc: z.boolean(),
  needsSetup: z.boolean(),
});

export const account = z.object({ name: text, role, provider, totp: z.boolean(), created: time, lastSignIn: time });

export const apiToken = z.object({ id: text, name: text, owner: text, role, created: time, expires: time, lastUsed: time });

/** A token with which programs say on whose behalf they use the proxy. */
export const proxyToken = z.object({
  id: text,
  name: text,
  user: text,
  groups: z.array(text),
  issuer: text,
  created: time,
  expires: time,
  lastUsed: time,
});

export type Session = z.infer<typeof session>;
export type NoSession = z.infer<typeof noSession>;
export type AccountItem = z.infer<typeof account>;
export type TokenItem = z.infer<typeof apiToken>;
export type ProxyTokenItem = z.infer<typeof proxyToken>;
