// Options of the sink for Elasticsearch and OpenSearch.

import { z } from 'zod';
import { ca, checkSecret, checkTogether, file, headerSecret, proxy, receiverUrl, timeout } from './receiver.ts';

export const elasticOptions = z
  .strictObject({
    type: z.literal('elastic'),
    /** The cluster, e.g. https://elastic.corp.example:9200; `/_bulk` is added. */
    url: receiverUrl,
    /** A data stream, an index or an alias that exists or that a template makes. */
    index: z
      .string()
      .regex(
        /^(?![-_+.])[^\\/*?"<>| ,#:A-Z]{1,255}$/,
        'must be the name of an index or data stream: lower case, no spaces, no \\ / * ? " < > | , # :',
      )
      .default('logs-daylight-default'),
    format: z.enum(['ecs', 'ocsf', 'native']).default('ecs'),
    /** The encoded form of an API key, `id:api_key` in Base64. */
    apiKey: headerSecret.optional(),
    apiKeyFile: file.optional(),
    username: z.string().min(1).optional(),
    password: z.string().min(1).optional(),
    passwordFile: file.optional(),
    ca,
    proxy,
    timeout,
  })
  .superRefine((options, context) => {
    checkSecret(options, 'apiKey', context, 'optional');
    checkSecret(options, 'password', context, options.username === undefined ? 'optional' : 'required');
    if (options.username === undefined && (options.password ?? options.passwordFile) !== undefined)
      checkTogether(options, ['username', options.password === undefined ? 'passwordFile' : 'password'], context);
    if (options.username !== undefined && (options.apiKey ?? options.apiKeyFile) !== undefined)
      context.addIssue({ code: 'custom', path: ['username'], message: 'must not be set together with apiKey' });
    if (options.username?.includes(':'))
      context.addIssue({ code: 'custom', path: ['username'], message: 'must not contain a colon (RFC 7617)' });
  });

export type ElasticOptions = z.infer<typeof elasticOptions>;
