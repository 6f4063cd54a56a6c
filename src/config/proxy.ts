// The part of the configuration that says where the proxy listens and for whom, which servers it reaches and how, what it reads of
// the traffic, and how much and how long everything may be. Other doors and the parent proxy: listeners.ts.

import { z } from 'zod';
import { hostPort, network } from './address.ts';
import { absoluteDoors, absoluteParent, doorKeys, parentProxy } from './listeners.ts';
import { size } from './size.ts';

function isPortRange(text: string): boolean {
  const [from = 0, to = 0] = text.split('-').map(Number);
  return from >= 1 && from <= to && to <= 65535;
}

/** What to do when the upstream's certificate cannot be verified. */
const tlsFailure = z.enum(['error', 'block', 'passthrough']);

/** An exception for one upstream host (exact, or `*.suffix`). */
const upstreamHost = z.strictObject({
  host: z.string().min(1),
  /** Certificate cannot be verified: answer an error page (default), refuse as policy, or tunnel without inspection. */
  onUntrusted: tlsFailure.optional(),
  /** Oldest TLS version to accept from this host. */
  minVersion: z.enum(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']).optional(),
  /** PEM files with intermediates that this host forgets to send. */
  ca: z.array(z.string()).optional(),
  /** The server asks clients for a certificate, which cannot pass through inspection: tunnel without inspecting. */
  clientCertificate: z.boolean().optional(),
  comment: z.string().optional(),
});

export const proxy = z.strictObject({
  listen: hostPort.default('127.0.0.1:8080'),
  ...doorKeys,
  workers: z.union([z.literal('auto'), z.number().int().min(1).max(64)]).default('auto'),
  /** Networks whose clients may use the proxy. Never an open relay: the default is loopback and private networks. */
  clients: z
    .array(network)
    .default([
      '127.0.0.0/8',
      '::1/128',
      '10.0.0.0/8',
      '172.16.0.0/12',
      '192.168.0.0/16',
      '100.64.0.0/10',
      'fc00::/7',
      'fe80::/10',
    ]),
  /** Ports that CONNECT and absolute-form requests may name: numbers, or ranges such as `8000-8999`. */
  ports: z
    .array(
      z.union([
        z.number().int().min(1).max(65535),
        z
          .string()
          .regex(/^\d+-\d+$/, { error: 'must be a port or a range such as 8000-8999', abort: true })
          .refine(isPortRange, 'must be a range from a lower to a higher port, at most 65535'),
      ]),
    )
    .default([80, 443, '1024-65535']),
  upstream: z
    .strictObject({
      /** PEM files trusted beside the public roots. */
      ca: z.array(z.string()).default([]),
      /** Private, loopback or link-local networks that may be reached. */
      allowPrivate: z.array(network).default([]),
      hosts: z.array(upstreamHost).default([]),
      proxy: parentProxy,
    })
    .prefault({}),
  inspect: z
    .strictObject({
      prefix: size.default(1024 * 1024),
      /** Decoded bytes of one message that are held to be scanned by DLP; `onError` rules on what is longer. */
      dlp: size.default(4 * 1024 * 1024),
      /** Hosts never decrypted (exact, or `*.suffix`), added to the shipped baseline. */
      passthrough: z.array(z.string()).default([]),
      /** Take offers of HTTP/3, which no proxy sees, out of answers (`Alt-Svc`). */
      removeAltSvc: z.boolean().default(true),
    })
    .prefault({}),
  /** What a fault of the engine means for a request. */
  onError: z.enum(['open', 'closed']).default('open'),
  limits: z
    .strictObject({
      headerBytes: size.default(64 * 1024),
      /** Open connections per client address. */
      connectionsPerClient: z.number().int().min(1).default(2048),
      connections: z.number().int().min(1).default(20000),
    })
    .prefault({}),
  timeouts: z
    .strictObject({
      /** Milliseconds until a request head must be complete. */
      header: z.number().int().min(100).default(30_000),
      /** Milliseconds a kept-alive connection may be idle. */
      idle: z.number().int().min(100).default(75_000),
      handshake: z.number().int().min(100).default(15_000),
      connect: z.number().int().min(100).default(10_000),
      /** Milliseconds an exchange may pass without a byte in either direction. */
      request: z.number().int().min(100).default(600_000),
      /** Milliseconds that open exchanges get to finish on shutdown. */
      drain: z.number().int().min(0).default(10_000),
      /** Milliseconds that open exchanges of a worker get to finish that another one has replaced. */
      handover: z.number().int().min(0).default(600_000),
    })
    .prefault({}),
});

type ProxyConfig = z.infer<typeof proxy>;

/** @param toAbsolute gets the path of the key and the value */
export function absoluteProxy(config: ProxyConfig, toAbsolute: (path: readonly string[], value: string) => string): ProxyConfig {
  const { upstream } = config;
  return {
    ...config,
    ...absoluteDoors(config, toAbsolute),
    upstream: {
      ...upstream,
      proxy: absoluteParent(upstream.proxy, toAbsolute),
      ca: upstream.ca.map((file) => toAbsolute(['proxy', 'upstream', 'ca'], file)),
      hosts: upstream.hosts.map((host) =>
        host.ca ? { ...host, ca: host.ca.map((file) => toAbsolute(['proxy', 'upstream', 'hosts'], file)) } : host,
      ),
    },
  };
}
