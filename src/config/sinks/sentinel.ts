// Options of the Microsoft Sentinel sink (Logs Ingestion API of Azure Monitor).

import { z } from 'zod';
import { ca, checkSecret, file, proxy, receiverUrl, timeout } from './receiver.ts';

export const sentinelOptions = z
  .strictObject({
    type: z.literal('sentinel'),
    /** Logs ingestion address of the data collection endpoint, or of the rule itself. */
    endpoint: receiverUrl,
    /** Immutable id of the data collection rule. */
    ruleId: z
      .string()
      .regex(/^dcr-[0-9a-f]{32}$/, 'must be the immutable id of the data collection rule, dcr- and 32 hexadecimal digits'),
    stream: z.string().regex(/^[A-Za-z][\w-]{0,127}$/, 'must be the name of a stream of the rule, e.g. Custom-Daylight_CL'),
    tenantId: z.string().regex(/^[A-Za-z0-9.-]{1,253}$/, 'must be the id or the domain of the Entra tenant'),
    clientId: z.guid('must be the application (client) id, a GUID'),
    clientSecret: z.string().min(1).optional(),
    clientSecretFile: file.optional(),
    format: z.enum(['native', 'ocsf', 'ecs']).default('native'),
    /** Which Azure: decides who gives tokens, and for whom. */
    cloud: z.enum(['public', 'us-government', 'china']).default('public'),
    /** Where tokens come from, in place of the cloud's own address. */
    authority: receiverUrl.optional(),
    ca,
    proxy,
    timeout,
  })
  .superRefine((options, context) => checkSecret(options, 'clientSecret', context, 'required'));

export type SentinelOptions = z.infer<typeof sentinelOptions>;
