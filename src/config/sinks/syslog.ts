// Options of the syslog sink (RFC 5424 over UDP, TCP or TLS).

import { z } from 'zod';
import { ca, checkTogether, file, host, noProxy, port, timeout } from './receiver.ts';

/** Facilities in the order of their codes (RFC 5424 section 6.2.1). */
export const FACILITIES = [
  'kern',
  'user',
  'mail',
  'daemon',
  'auth',
  'syslog',
  'lpr',
  'news',
  'uucp',
  'cron',
  'authpriv',
  'ftp',
  'ntp',
  'audit',
  'alert',
  'clock',
  'local0',
  'local1',
  'local2',
  'local3',
  'local4',
  'local5',
  'local6',
  'local7',
] as const;

export const syslogOptions = z
  .strictObject({
    type: z.literal('syslog'),
    host,
    /** 6514 for TLS, 514 for UDP, 601 for TCP unless told. */
    port: port.optional(),
    transport: z.enum(['tls', 'tcp', 'udp']).default('tls'),
    format: z.enum(['cef', 'leef', 'native', 'ocsf', 'ecs']).default('cef'),
    facility: z.enum(FACILITIES).default('local0'),
    /** APP-NAME of each message. */
    app: z
      .string()
      .regex(/^[\x21-\x7e]{1,48}$/, 'must be 1 to 48 printable ASCII characters without spaces (RFC 5424)')
      .default('daylight'),
    /** Bytes that a message may have; longer CEF and LEEF is cut, longer JSON becomes a dead letter. */
    maxBytes: z
      .int()
      .min(480)
      .max(1024 ** 2)
      .default(8192),
    ca,
    /** PEM files with a certificate and its key, for receivers that ask for one. */
    clientCert: file.optional(),
    clientKey: file.optional(),
    /** The name that the receiver's certificate must have; `host` unless told. */
    serverName: z.string().min(1).optional(),
    proxy: noProxy,
    timeout,
  })
  .superRefine((options, context) => {
    checkTogether(options, ['clientCert', 'clientKey'], context);
    const tls = (['ca', 'clientCert', 'serverName'] as const).find((key) => options[key] !== undefined);
    if (tls !== undefined && options.transport !== 'tls')
      context.addIssue({ code: 'custom', path: [tls], message: `counts for transport tls only; this is ${options.transport}` });
    if (options.transport === 'udp' && options.maxBytes > 65_507)
      context.addIssue({
        code: 'custom',
        path: ['maxBytes'],
        message: 'must be at most 65507 over UDP: a datagram holds no more',
      });
  });

export type SyslogOptions = z.infer<typeof syslogOptions>;
