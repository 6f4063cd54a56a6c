// The part of the configuration that says who made a request: which sources name a user, in which order, and what becomes of unknown ones.

import { z } from 'zod';
import { isLoopback } from '../loopback.ts';
import { network } from './address.ts';

/** Spans of time in milliseconds. */
const UNITS = { s: 1_000, m: 60_000, h: 3_600_000 };

const refresh = z
  .string()
  .regex(/^\d{1,5}[smh]$/, { error: 'must be seconds, minutes or hours, e.g. 30s or 5m', abort: true })
  .transform((text) => Number.parseInt(text, 10) * UNITS[text.at(-1) as keyof typeof UNITS])
  .refine((ms) => ms >= 1_000 && ms <= 24 * UNITS.h, 'must be from 1s to 24h');

/** Who is who is decided by what comes from there: plain HTTP only where no wire is. */
function isSafeFeed(text: string): boolean {
  const url = URL.parse(text);
  if (url?.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}

const fieldName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, 'must be the name of a header field, e.g. X-Authenticated-User');

/** Fields that mean something else already. */
const TAKEN = new Set([
  'host',
  'proxy-authorization',
  'authorization',
  'connection',
  'content-length',
  'transfer-encoding',
  'cookie',
]);

const person = z.union([
  z.string().min(1).max(256),
  z.strictObject({
    user: z.string().max(256).default(''),
    groups: z.array(z.string().min(1).max(256)).max(200).default([]),
    device: z.string().max(256).default(''),
  }),
]);

const addressSource = z.union(
  [
    /** CSV or JSON (docs/howto/identify-users.md), read again when it changes. */
    z.strictObject({ file: z.string().min(1) }),
    /** The same, asked for by HTTPS. */
    z.strictObject({
      url: z
        .string()
        .refine(isSafeFeed, 'must be an https URL without name and password (http only on loopback); use token or tokenFile'),
      refresh: refresh.prefault('5m'),
      /** Sent as `Authorization: Bearer`. */
      token: z.string().min(1).optional(),
      tokenFile: z.string().min(1).optional(),
      /** PEM file with the authority of the feed. */
      ca: z.string().min(1).optional(),
    }),
    /** Leases of a DHCP server: names of devices, for as long as a lease lasts. */
    z.strictObject({
      dhcpLeases: z.string().min(1),
      format: z.enum(['isc', 'kea', 'dnsmasq']),
      /** What the host name in a lease is the name of. */
      as: z.enum(['device', 'user']).default('device'),
    }),
    z.strictObject({ networks: z.record(network, person) }),
  ],
  'must be one of { file }, { url, refresh, token or tokenFile, ca }, { dhcpLeases, format, as } and { networks: { CIDR: name } }',
);

const SOURCES = ['certificate', 'token', 'header', 'address'] as const;

export const identity = z.strictObject({
  /** Whether requests of users whom no source names are refused. */
  require: z.boolean().default(false),
  /** Networks whose clients need no user all the same. */
  exempt: z.array(network).default([]),
  /** What programs show when they ask for name and password. */
  realm: z
    .string()
    .regex(/^[ !#-[\]-~]{1,100}$/, 'must be 1 to 100 ASCII characters without quotes and backslashes')
    .default('Daylight'),
  proxyTokens: z.enum(['on', 'off']).default('on'),
  /** The name in a client certificate that is the user. */
  certificate: z.enum(['email', 'cn', 'off']).default('email'),
  /** A field that a proxy in front sets, and the addresses that it connects from. */
  header: z
    .strictObject({
      name: fieldName.refine((name) => !TAKEN.has(name.toLowerCase()), 'must not be a field that HTTP itself uses'),
      groups: fieldName.refine((name) => !TAKEN.has(name.toLowerCase()), 'must not be a field that HTTP itself uses').optional(),
      from: z.array(network).min(1, 'must list the addresses of the proxies in front'),
    })
    .refine(({ name, groups }) => name.toLowerCase() !== groups?.toLowerCase(), 'must name two different fields')
    .optional(),
  addresses: z.array(addressSource).default([]),
  /** Asked in this order; the first that names a user counts. One that is not listed is not asked. */
  order: z
    .array(z.enum(SOURCES))
    .refine((order) => new Set(order).size === order.length, 'must name each source once')
    .default([...SOURCES]),
});

export type IdentityConfig = z.infer<typeof identity>;
export type AddressSource = IdentityConfig['addresses'][number];

/** @param toAbsolute gets the path of the key and the value */
export function absoluteIdentity(
  config: IdentityConfig,
  toAbsolute: (path: readonly PropertyKey[], value: string) => string,
): IdentityConfig {
  const addresses = config.addresses.map((source, index) => {
    const at = (key: string, value: string): string => toAbsolute(['identity', 'addresses', index, key], value);
    if ('file' in source) return { ...source, file: at('file', source.file) };
    if ('dhcpLeases' in source) return { ...source, dhcpLeases: at('dhcpLeases', source.dhcpLeases) };
    if (!('url' in source)) return source;
    const { tokenFile, ca } = source;
    return { ...source, ...(tokenFile && { tokenFile: at('tokenFile', tokenFile) }), ...(ca && { ca: at('ca', ca) }) };
  });
  return { ...config, addresses };
}
