// Options of the sink for S3 and what is compatible with it.

import { z } from 'zod';
import { ca, checkSecret, checkTogether, file, headerSecret, proxy, receiverUrl, timeout } from './receiver.ts';

export const s3Options = z
  .strictObject({
    type: z.literal('s3'),
    bucket: z
      .string()
      .regex(
        /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
        'must be the name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens',
      ),
    region: z
      .string()
      .regex(/^[a-z0-9-]{1,40}$/, 'must be a region such as eu-central-1')
      .default('us-east-1'),
    /** Address of a compatible store, e.g. https://minio.corp.example:9000; unless told, that of AWS in the region. */
    endpoint: receiverUrl.optional(),
    /** The bucket in the path instead of in the host name, as most compatible stores want it; so unless told, with `endpoint`. */
    pathStyle: z.boolean().optional(),
    /** What every object's name begins with. */
    prefix: z
      .string()
      .regex(
        /^([A-Za-z0-9!_.*'()=-]+(\/[A-Za-z0-9!_.*'()=-]+)*)?$/,
        'must be a path such as siem/daylight, without a slash at either end',
      )
      .default('daylight'),
    format: z.enum(['ocsf', 'native', 'ecs', 'cef', 'leef']).default('ocsf'),
    /** How the store encrypts objects; unless told, as the bucket says. */
    encryption: z.enum(['AES256', 'aws:kms']).optional(),
    kmsKeyId: headerSecret.optional(),
    /** Unless told, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN count. */
    accessKeyId: z
      .string()
      .regex(/^[\w.-]{1,128}$/, 'must be an access key id')
      .optional(),
    secretAccessKey: z.string().min(1).optional(),
    secretAccessKeyFile: file.optional(),
    ca,
    proxy,
    timeout,
  })
  .superRefine((options, context) => {
    checkSecret(options, 'secretAccessKey', context, options.accessKeyId === undefined ? 'optional' : 'required');
    const secret = options.secretAccessKey === undefined ? 'secretAccessKeyFile' : 'secretAccessKey';
    if (options[secret] !== undefined) checkTogether(options, ['accessKeyId', secret], context);
    if (options.kmsKeyId !== undefined && options.encryption !== 'aws:kms')
      context.addIssue({ code: 'custom', path: ['kmsKeyId'], message: 'counts with encryption: aws:kms only' });
  });

export type S3Options = z.infer<typeof s3Options>;
