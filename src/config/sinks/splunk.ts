// Options of the Splunk sink (HTTP Event Collector).

import { z } from 'zod';
import { ca, checkSecret, file, headerSecret, proxy, receiverUrl, timeout } from './receiver.ts';

export const splunkOptions = z
  .strictObject({
    type: z.literal('splunk'),
    /** Where the collector listens, e.g. https://splunk.corp.example:8088; the path /services/collector is added. */
    url: receiverUrl,
    token: headerSecret.optional(),
    tokenFile: file.optional(),
    format: z.enum(['native', 'ocsf', 'ecs', 'cef', 'leef']).default('native'),
    /** Unless told, the token's default index. */
    index: z.string().min(1).max(256).optional(),
    source: z.string().min(1).default('daylight'),
    /** Unless told, `daylight:` and the format. */
    sourcetype: z.string().min(1).optional(),
    /** `auto` waits for the indexer when the token has acknowledgement on; `required` delivers to no other. */
    acknowledgement: z.enum(['auto', 'required']).default('auto'),
    /** Milliseconds until a batch that the indexer has not acknowledged is sent again. */
    ackTimeout: z.int().min(1000).max(900_000).default(300_000),
    ca,
    proxy,
    timeout,
  })
  .superRefine((options, context) => checkSecret(options, 'token', context, 'required'));

export type SplunkOptions = z.infer<typeof splunkOptions>;
