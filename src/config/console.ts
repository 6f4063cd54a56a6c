// The part of the configuration that says how people sign in to the console, and how it is encrypted.

import { z } from 'zod';
import { ROLES } from '../account.ts';
import { isLoopback } from '../loopback.ts';

/** Spans of minutes and hours, in milliseconds. */
const UNITS = { m: 60_000, h: 3_600_000 };

const idle = z
  .string()
  .regex(/^\d+[mh]$/, { error: 'must be minutes or hours, e.g. 30m or 1h', abort: true })
  .transform((text) => Number.parseInt(text, 10) * UNITS[text.at(-1) as keyof typeof UNITS])
  .refine((ms) => ms >= UNITS.m && ms <= 12 * UNITS.h, 'must be from 1m to 12h');

/** Everything that is sent to the provider decides who gets in: plain HTTP only where no wire is. */
function isSafeIssuer(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
}

const oidc = z.strictObject({
  issuer: z.string().refine(isSafeIssuer, 'must be the https URL of an OpenID provider (http only on loopback)'),
  clientId: z.string().min(1),
  /** Empty for a public client. */
  clientSecret: z.string().default(''),
  /** The claim that lists the groups of a person. */
  claim: z.string().min(1).default('groups'),
  scopes: z
    .string()
    .refine((text) => text.split(' ').includes('openid'), 'must have openid among the scopes')
    .default('openid profile email'),
  /** Which groups may use the console, and as what. Nobody else gets in. */
  groups: z
    .record(z.string(), z.enum(ROLES))
    .refine((groups) => Object.keys(groups).length > 0, 'must name at least one group, e.g. { security: admin }'),
});

export const signInKeys = {
  /** HTTPS: `auto` everywhere but on loopback, with a certificate of Daylight's CA; or a certificate of the operator's. */
  tls: z
    .union([z.enum(['auto', 'on', 'off']), z.strictObject({ cert: z.string().min(1), key: z.string().min(1) })])
    .default('auto'),
  /** A session ends when nobody has used it for so long, milliseconds. */
  idle: idle.prefault('30m'),
  oidc: oidc.optional(),
};
