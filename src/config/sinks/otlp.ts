// Options of the OTLP sink (logs of OpenTelemetry over HTTP).

import { z } from 'zod';
import { ca, checkSecret, file, headerSecret, headersBesides, proxy, receiverUrl, timeout } from './receiver.ts';

const OWN_HEADERS = /^(host|connection|transfer-encoding|accept-encoding|content-(length|type|encoding)|authorization)$/;

export const otlpOptions = z
  .strictObject({
    type: z.literal('otlp'),
    /** The whole address, e.g. https://otel.corp.example:4318/v1/logs. */
    url: receiverUrl.refine(
      (text) => /^https?:\/\/[^/]+\/./.test(text),
      'must be the whole address with its path, mostly /v1/logs',
    ),
    /** What the body of a record is; attributes are the same for each. */
    format: z.enum(['native', 'ocsf', 'ecs', 'cef', 'leef']).default('native'),
    /** Sent as `Authorization: Bearer`. */
    token: headerSecret.optional(),
    tokenFile: file.optional(),
    /** Further headers, e.g. a tenant; secrets belong into `token`. */
    headers: headersBesides(OWN_HEADERS),
    ca,
    proxy,
    timeout,
  })
  .superRefine((options, context) => checkSecret(options, 'token', context, 'optional'));

export type OtlpOptions = z.infer<typeof otlpOptions>;
