// Options of the webhook sink: an address that takes events by HTTP POST, signed; also the incoming webhooks of Slack and Teams.

import { z } from 'zod';
import { ca, checkSecret, file, headerSecret, headersBesides, proxy, timeout } from './receiver.ts';

/** Headers that the sink sets itself. */
const OWN_HEADERS =
  /^(host|connection|transfer-encoding|content-(length|type|encoding)|authorization|user-agent|webhook-(id|timestamp|signature))$/;

const address = z
  .string()
  .regex(
    /^https?:\/\/[^/?#\s@\\]+[^#\s\\]*$/,
    'must be a URL such as https://hooks.corp.example/daylight, without user or fragment',
  )
  .refine((text) => URL.canParse(text), 'must be a URL such as https://hooks.corp.example/daylight');

export const webhookOptions = z
  .strictObject({
    type: z.literal('webhook'),
    /** Where to; where the address itself is the secret (Slack, Teams), it can stand in a file. */
    url: address.optional(),
    urlFile: file.optional(),
    format: z.enum(['ocsf', 'native', 'ecs', 'cef', 'leef', 'slack', 'teams']).default('ocsf'),
    /** What a body is: a JSON array of the batch, or a line for each event. Slack and Teams take one event each. */
    body: z.enum(['array', 'lines']).default('array'),
    /** Key of the signature: Base64 of 24 to 64 bytes, with or without `whsec_` (Standard Webhooks). */
    secret: z
      .string()
      .regex(/^(whsec_)?[A-Za-z0-9+/]{32,88}={0,2}$/, 'must be Base64 of 24 to 64 bytes, e.g. from: openssl rand -base64 32')
      .optional(),
    secretFile: file.optional(),
    /** Sent as `Authorization: Bearer`. */
    token: headerSecret.optional(),
    tokenFile: file.optional(),
    headers: headersBesides(OWN_HEADERS),
    /** Whether the address may lead into private, loopback or link-local networks. */
    allowPrivate: z.boolean().default(false),
    ca,
    proxy,
    timeout,
  })
  .superRefine((options, context) => {
    checkSecret(options, 'url', context, 'required');
    checkSecret(options, 'secret', context, 'optional');
    checkSecret(options, 'token', context, 'optional');
    if (options.body === 'array' && (options.format === 'cef' || options.format === 'leef'))
      context.addIssue({
        code: 'custom',
        path: ['body'],
        message: `must be lines with format ${options.format}, which is no JSON`,
      });
  });

export type WebhookOptions = z.infer<typeof webhookOptions>;
