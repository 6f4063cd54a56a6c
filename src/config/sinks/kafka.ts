// Options of the Kafka sink.

import { z } from 'zod';
import { ca, checkSecret, checkTogether, file, noProxy, timeout } from './receiver.ts';

const broker = z
  .string()
  .regex(/^(\[[0-9a-fA-F:.]+\]|[^:[\]\s/]+):\d{1,5}$/, 'must be HOST:PORT, e.g. kafka-1.corp.example:9093');

export const kafkaOptions = z
  .strictObject({
    type: z.literal('kafka'),
    brokers: z.array(broker).min(1),
    topic: z
      .string()
      .regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/, 'must be a topic: letters, digits, dot, underscore and hyphen'),
    format: z.enum(['native', 'ocsf', 'ecs', 'cef', 'leef']).default('native'),
    /** What decides the partition: events with the same key stay in order. */
    key: z.enum(['flow', 'user', 'server', 'none']).default('flow'),
    compression: z.enum(['none', 'gzip']).default('gzip'),
    tls: z.boolean().default(true),
    ca,
    clientCert: file.optional(),
    clientKey: file.optional(),
    sasl: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
    username: z.string().min(1).optional(),
    password: z.string().min(1).optional(),
    passwordFile: file.optional(),
    proxy: noProxy,
    timeout,
  })
  .superRefine((options, context) => {
    checkTogether(options, ['clientCert', 'clientKey'], context);
    checkTogether(options, ['sasl', 'username'], context);
    checkSecret(options, 'password', context, options.sasl === undefined ? 'optional' : 'required');
    const tls = (['ca', 'clientCert'] as const).find((key) => options[key] !== undefined);
    if (tls !== undefined && !options.tls)
      context.addIssue({ code: 'custom', path: [tls], message: 'counts with tls: true only' });
    if (options.sasl === undefined && (options.password ?? options.passwordFile) !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['sasl'],
        message: 'is missing; a password needs plain, scram-sha-256 or scram-sha-512',
      });
  });

export type KafkaOptions = z.infer<typeof kafkaOptions>;
