// A sink as people may see it: where to, and its options without what is secret.

import type { SinkConfig } from '../config/sinks.ts';

const SECRET = /password|secret|token|apikey|^headers$/i;

/** Where a sink sends to, without secrets. */
export function targetOf(sink: SinkConfig): string {
  switch (sink.type) {
    case 'file':
      return sink.path;
    case 'stdout':
      return 'standard output';
    case 'webhook':
      return sink.url === undefined ? `address in ${sink.urlFile}` : `${new URL(sink.url).origin}/…`;
    case 'syslog':
      return `${sink.transport}://${sink.host.includes(':') ? `[${sink.host}]` : sink.host}${sink.port === undefined ? '' : `:${sink.port}`}`;
    case 'splunk':
    case 'otlp':
      return sink.url;
    case 'elastic':
      return `${sink.url}, ${sink.index}`;
    case 'sentinel':
      return `${sink.endpoint}, ${sink.stream}`;
    case 'kafka':
      return `${sink.brokers.join(', ')}, ${sink.topic}`;
    case 's3':
      return `${sink.endpoint ?? `s3.${sink.region}.amazonaws.com`}/${sink.bucket}/${sink.prefix}`;
  }
}

/** The options of a sink for people to read: what is secret is said to be set. Files that hold secrets are named. */
export function withoutSecrets(sink: SinkConfig): Record<string, unknown> {
  const shown = Object.entries(sink).map(([key, value]) => {
    if (key === 'url' && sink.type === 'webhook') return [key, targetOf(sink)];
    if (key === 'proxy' && value?.password !== undefined) return [key, { ...value, password: '(set)' }];
    const isSecret = SECRET.test(key) && !key.endsWith('File');
    if (!isSecret || value === undefined) return [key, value];
    // Names of headers tell what they are for; their values may be keys.
    if (typeof value === 'object') return [key, Object.fromEntries(Object.keys(value).map((name) => [name, '(set)']))];
    return [key, '(set)'];
  });
  return Object.fromEntries(shown);
}
