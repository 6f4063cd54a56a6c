// The part of the configuration that says by which other doors clients come in, and through which proxy requests leave.
//
// Every key is optional: without them there is the proxy's own port, and requests go straight to their servers.

import { z } from 'zod';
import { hostPort, isNetwork, network } from './address.ts';

const port = z.int().min(1).max(65_535);
/** Name of a PEM file; relative ones start from the folder of the configuration. */
const file = z.string().min(1);

/** Load balancers before the proxy that say whom they speak for (PROXY protocol, version 1 or 2). */
const proxyProtocol = z.strictObject({
  /** Connections from here must begin with a PROXY header; from elsewhere, one is refused. */
  from: z.array(network).default([]),
});

/** The proxy inside TLS: `https://HOST:PORT` as the proxy's address. */
const tls = z
  .strictObject({
    listen: hostPort,
    /** Certificate and key of the operator; without them, a certificate of Daylight's CA. */
    cert: file.optional(),
    key: file.optional(),
    /** Names and addresses that the certificate of Daylight's CA is for; this machine's, if none is given. */
    names: z.array(z.string().min(1)).default([]),
    /** Authorities whose client certificates count. */
    clientCa: z.array(file).default([]),
    clientCertificate: z.enum(['none', 'request', 'require']).default('none'),
  })
  .superRefine((options, context) => {
    const complain = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
    if (options.cert !== undefined && options.key === undefined) complain('key', 'cert and key belong together');
    if (options.key !== undefined && options.cert === undefined) complain('cert', 'cert and key belong together');
    if (options.clientCertificate !== 'none' && options.clientCa.length === 0)
      complain('clientCa', 'name the PEM file of the authority that issues the client certificates');
  });

/** Traffic that a router or packet filter redirects here: clients know nothing of a proxy. */
const transparent = z
  .strictObject({
    /** For TLS; the server name of the handshake says where to. */
    listen: hostPort.optional(),
    /** The port that this traffic was sent to. */
    port: port.default(443),
    /** For HTTP in clear; the Host field says where to. */
    http: z.strictObject({ listen: hostPort, port: port.default(80) }).optional(),
  })
  .refine((options) => options.listen !== undefined || options.http !== undefined, {
    message: 'must have listen (for TLS), http.listen, or both',
  });

const socks = z.strictObject({ listen: hostPort });

export const doorKeys = {
  proxyProtocol: proxyProtocol.prefault({}),
  tls: tls.optional(),
  transparent: transparent.optional(),
  socks: socks.optional(),
};

const PARENT_URL = /^https?:\/\/(\[[0-9a-fA-F:.]+\]|[^:[\]/?#@\s\\]+):\d{1,5}\/?$/;

/** A proxy that requests have to go through to get out. */
export const parentProxy = z
  .strictObject(
    {
      url: z
        .string()
        .regex(
          PARENT_URL,
          'must be http://HOST:PORT or https://HOST:PORT, without user and path (username and password are keys)',
        )
        .refine((text) => URL.canParse(text), 'must be http://HOST:PORT or https://HOST:PORT, with a port up to 65535'),
      /** For Basic authentication. */
      username: z
        .string()
        .regex(/^[^:]*$/, 'must not contain a colon (RFC 7617)')
        .default(''),
      password: z.string().optional(),
      /** File that holds the password, mode 0600. */
      passwordFile: file.optional(),
      /** Hosts that are reached without it: names, `*.suffix`, addresses, networks. */
      bypass: z
        .array(
          z
            .string()
            .refine(
              (text) => isNetwork(text) || /^(\*\.)?[^*/\s:]+$/.test(text),
              'must be a name, *.suffix, an address or a network',
            ),
        )
        .default([]),
      /** PEM files with the authorities of an https parent, beside the public ones. */
      ca: z.array(file).default([]),
    },
    {
      error: (issue) =>
        issue.code === 'invalid_type' ? 'must be a mapping such as { url: "http://proxy.corp.example:3128" }' : undefined,
    },
  )
  .superRefine((options, context) => {
    const secrets = [options.password, options.passwordFile].filter((given) => given !== undefined);
    const complain = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
    if (secrets.length === 2) complain('password', 'must not be set together with passwordFile');
    if (secrets.length === 1 && options.username === '') complain('username', 'a password needs a name');
    if (secrets.length === 0 && options.username !== '')
      complain('password', 'set password, or passwordFile to a file with mode 0600');
  })
  .nullable()
  .default(null);

export type ParentProxyConfig = NonNullable<z.infer<typeof parentProxy>>;
type Tls = z.infer<typeof tls>;

/** The doors, with every path absolute. */
export function absoluteDoors(
  config: { tls?: Tls | undefined },
  toAbsolute: (path: readonly string[], value: string) => string,
): { tls?: Tls } {
  if (!config.tls) return {};
  const { cert, key, clientCa } = config.tls;
  const at = (name: string, value: string) => toAbsolute(['proxy', 'tls', name], value);
  return {
    tls: {
      ...config.tls,
      ...(cert === undefined ? {} : { cert: at('cert', cert) }),
      ...(key === undefined ? {} : { key: at('key', key) }),
      clientCa: clientCa.map((each) => at('clientCa', each)),
    },
  };
}

export function absoluteParent(
  parent: ParentProxyConfig | null,
  toAbsolute: (path: readonly string[], value: string) => string,
): ParentProxyConfig | null {
  if (!parent) return null;
  const at = (name: string, value: string) => toAbsolute(['proxy', 'upstream', 'proxy', name], value);
  const { passwordFile, ca } = parent;
  return {
    ...parent,
    ...(passwordFile === undefined ? {} : { passwordFile: at('passwordFile', passwordFile) }),
    ca: ca.map((each) => at('ca', each)),
  };
}
