// Options of the file sink: NDJSON that another program collects.

import { z } from 'zod';
import { size } from '../size.ts';
import { file } from './receiver.ts';

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Minutes, hours or days, in milliseconds. */
const span = z
  .string()
  .regex(/^\d{1,4}[mhd]$/, { error: 'must be minutes, hours or days, e.g. 90m, 24h or 7d', abort: true })
  .transform((text) => Number.parseInt(text, 10) * UNITS[text.at(-1) as keyof typeof UNITS])
  .refine((ms) => ms > 0, 'must be at least 1m');

export const fileOptions = z.strictObject({
  type: z.literal('file'),
  /** The file that is written; complete ones get the time of their end behind their name. */
  path: file,
  format: z.enum(['ocsf', 'native', 'ecs', 'cef', 'leef']).default('ocsf'),
  rotate: z
    .strictObject({
      /** The file is complete when it is this long, or this old. */
      bytes: size.default(100 * 1024 ** 2),
      age: span.prefault('24h'),
      /** Complete files that stay; the oldest is deleted for the newest. */
      keep: z.int().min(1).max(10_000).default(10),
      gzip: z.boolean().default(true),
    })
    .prefault({}),
});

export type FileOptions = z.infer<typeof fileOptions>;
