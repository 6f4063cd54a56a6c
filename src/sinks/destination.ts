// The destination of a sink, by its type.

import type { SinkConfig } from '../config/sinks.ts';
import { createElasticDestination } from './destinations/elastic.ts';
import { createFileDestination } from './destinations/file.ts';
import { createKafkaDestination } from './destinations/kafka.ts';
import { createOtlpDestination } from './destinations/otlp.ts';
import { createS3Destination } from './destinations/s3.ts';
import { createSentinelDestination } from './destinations/sentinel.ts';
import { createSplunkDestination } from './destinations/splunk.ts';
import { createStdoutDestination } from './destinations/stdout.ts';
import { createSyslogDestination } from './destinations/syslog.ts';
import { createWebhookDestination } from './destinations/webhook.ts';
import type { Destination } from './sink.ts';

export interface DestinationTools {
  /** Why an address must not be reached, undefined if it may. Services that hand out credentials to machines never may. */
  refusal(address: string, allowPrivate: boolean): string | undefined;
}

/** @throws DaylightError if a file that it needs cannot be used */
export function createDestination(config: SinkConfig, tools: DestinationTools): Destination {
  switch (config.type) {
    case 'file':
      return createFileDestination(config);
    case 'stdout':
      return createStdoutDestination();
    case 'webhook':
      return createWebhookDestination(config, tools);
    case 'syslog':
      return createSyslogDestination(config);
    case 'splunk':
      return createSplunkDestination(config);
    case 'elastic':
      return createElasticDestination(config);
    case 'sentinel':
      return createSentinelDestination(config);
    case 'kafka':
      return createKafkaDestination(config);
    case 's3':
      return createS3Destination(config);
    case 'otlp':
      return createOtlpDestination(config);
  }
}
