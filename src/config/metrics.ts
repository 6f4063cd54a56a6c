// The part of the configuration that says who may read the metrics of the appliance.

import { z } from 'zod';
import type { KeyPath } from '../problems.ts';
import { checkSecret, file, headerSecret } from './sinks/receiver.ts';

export const metrics = z
  .strictObject({
    /** Scrapers send it as `Authorization: Bearer`. */
    token: headerSecret.optional(),
    /** A file that holds it; only its owner may read it. */
    tokenFile: file.optional(),
  })
  .superRefine((options, context) => checkSecret(options, 'token', context, 'optional'))
  .prefault({});

export type MetricsConfig = z.infer<typeof metrics>;

export function absoluteMetrics(options: MetricsConfig, toAbsolute: (path: KeyPath, value: string) => string): MetricsConfig {
  const { tokenFile } = options;
  return tokenFile === undefined ? options : { ...options, tokenFile: toAbsolute(['metrics', 'tokenFile'], tokenFile) };
}
