// The destination of a sink, by its type. Each is loaded when it is asked for: the client of Kafka alone takes longer to load than everything
// that an appliance without sinks needs of them.

import type { ParentProxyConfig } from '../config/listeners.ts';
import type { SinkConfig } from '../config/sinks.ts';
import type { Tunnel } from './destinations/http-post.ts';
import type { Destination } from './sink.ts';

export interface DestinationTools {
  /** Why an address must not be reached, undefined if it may. Services that hand out credentials to machines never may. */
  refusal(address: string, allowPrivate: boolean): string | undefined;
  /** The way through a proxy. @param timeout milliseconds @throws DaylightError ERR_CONFIG_INVALID if a file of it cannot be used */
  openTunnel(proxy: ParentProxyConfig, timeout: number): Tunnel;
}

/** @throws DaylightError if a file that it needs cannot be used */
export async function openDestination(config: SinkConfig, tools: DestinationTools): Promise<Destination> {
  const tunnel = 'proxy' in config && config.proxy ? tools.openTunnel(config.proxy, config.timeout) : undefined;
  switch (config.type) {
    case 'file':
      return (await import('./destinations/file.ts')).createFileDestination(config);
    case 'stdout':
      return (await import('./destinations/stdout.ts')).createStdoutDestination();
    case 'webhook':
      return (await import('./destinations/webhook.ts')).createWebhookDestination(config, { refusal: tools.refusal, tunnel });
    case 'syslog':
      return (await import('./destinations/syslog.ts')).createSyslogDestination(config);
    case 'splunk':
      return (await import('./destinations/splunk.ts')).createSplunkDestination(config, tunnel);
    case 'elastic':
      return (await import('./destinations/elastic.ts')).createElasticDestination(config, tunnel);
    case 'sentinel':
      return (await import('./destinations/sentinel.ts')).createSentinelDestination(config, tunnel);
    case 'kafka':
      return (await import('./destinations/kafka.ts')).createKafkaDestination(config);
    case 's3':
      return (await import('./destinations/s3.ts')).createS3Destination(config, process.env, tunnel);
    case 'otlp':
      return (await import('./destinations/otlp.ts')).createOtlpDestination(config, tunnel);
  }
}
