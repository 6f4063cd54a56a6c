// How the configuration writes amounts of bytes.

import { z } from 'zod';

/** Bytes. */
export const size = z
  .union([z.number().int().positive(), z.string().regex(/^\d+\s*(B|KiB|MiB|GiB)?$/, 'must be bytes, e.g. 1048576 or 1MiB')])
  .transform((value) => (typeof value === 'number' ? value : bytesOf(value)));

function bytesOf(text: string): number {
  const unit = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }[text.replace(/[\d\s]/g, '') || 'B'] ?? 1;
  return Number.parseInt(text, 10) * unit;
}
