// How the configuration writes places and networks.

import { isIP } from 'node:net';
import { z } from 'zod';

/** Where something listens. */
export const hostPort = z
  .string()
  .regex(/^(\[[0-9a-fA-F:.]+\]|[^:[\]]+):\d{1,5}$/, 'must be HOST:PORT, e.g. 127.0.0.1:8080 (port 0 picks a free one)')
  .refine((text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65535, 'must have a port up to 65535');

/** A network in CIDR form, or one address. */
export const network = z.string().refine(isNetwork, 'must be a network or an address, e.g. 10.0.0.0/8, fd00::/8 or 192.0.2.7');

export function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}
