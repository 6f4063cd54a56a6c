// The part of the configuration that says what clients are told: the address of the proxy, and what they reach without it.

import { isIP } from 'node:net';
import { z } from 'zod';

const PROXY_URL = /^https?:\/\/(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):\d{1,5}\/?$/;

const proxyUrl = z
  .string()
  .regex(PROXY_URL, 'must be the address of a proxy such as http://proxy.corp.example:8080')
  .refine((text) => Number(/:(\d+)\/?$/.exec(text)?.[1]) <= 65_535, 'must have a port up to 65535')
  .transform((text) => text.replace(/\/$/, ''));

const HOST = /^(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$/;

/** A host, `*.suffix`, an address, or a network in CIDR form. */
function isDirect(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  if (rest.length > 0) return false;
  const family = isIP(address);
  if (bits === undefined) return family !== 0 || HOST.test(text);
  return family !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
}

const pac = z
  .strictObject({
    /** What clients reach without the proxy. */
    direct: z
      .array(z.string().refine(isDirect, 'must be a host, *.suffix, an address or a network, e.g. *.corp.example or 10.0.0.0/8'))
      .max(1_000)
      .default([]),
    /** What clients do when the proxy does not answer: nothing, go around it, or try other proxies in this order. */
    failover: z.union([z.enum(['none', 'direct']), z.array(proxyUrl).min(1).max(10)]).default('none'),
  })
  .prefault({});

export const onboarding = z
  .strictObject({
    /** The address of the proxy as clients know it. Empty: the address that it listens on. */
    proxyUrl: z.union([z.literal(''), proxyUrl]).default(''),
    pac,
  })
  .prefault({});

export type Onboarding = z.infer<typeof onboarding>;
