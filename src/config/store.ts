// The part of the configuration that says what is stored of the traffic, in which form, and how long it is kept.

import { z } from 'zod';
import { size } from './size.ts';

/** A number of days, e.g. `90d`. */
const days = (byDefault: number) =>
  z
    .union([
      z.int(),
      z
        .string()
        .regex(/^\d{1,5}d$/, 'must be days, e.g. 90d')
        .transform((text) => Number.parseInt(text, 10)),
    ])
    .refine((count) => count >= 1 && count <= 36_500, 'must be from 1d to 36500d')
    .default(byDefault);

/** How long rows are kept, by what they are; docs/reference/events.md names their tables. */
const retention = z.strictObject({
  flows: days(90),
  calls: days(180),
  dlp: days(365),
  counts: days(400),
  /** What reports are made from when exchanges are gone. */
  rollups: days(400),
  tools: days(400),
  findings: days(730),
  audit: days(730),
  /** Excerpts in rows that stay. */
  excerpts: days(30),
});

export const store = z.strictObject({
  /** Disk that the spool may take; when full, the oldest benign segments go first. */
  spoolLimit: size.default(4 * 1024 ** 3),
  /** Benign flows: not stored, counted per host and minute, or stored one by one. */
  benign: z.enum(['off', 'count', 'full']).default('count'),
  /** Calls to MCP servers and model APIs, each with what came of it: stored or not. */
  calls: z.enum(['on', 'off']).default('on'),
  /** Store users as keyed hashes. */
  pseudonymise: z.boolean().default(false),
  /** Store a redacted excerpt of MCP messages. */
  excerpts: z.boolean().default(false),
  /** PEM file with the operator's public key: what DLP finds is kept, sealed for its holder. Nothing is kept without it. */
  evidenceKey: z.string().nullable().default(null),
  retention: retention.prefault({}),
});

type StoreConfig = z.infer<typeof store>;

/** @param toAbsolute gets the path of the key and the value */
export function absoluteStore(config: StoreConfig, toAbsolute: (path: readonly string[], value: string) => string): StoreConfig {
  return { ...config, evidenceKey: config.evidenceKey && toAbsolute(['store', 'evidenceKey'], config.evidenceKey) };
}
