// The options of each receiver: what a least configuration becomes, and what is refused with which words.

import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { elasticOptions } from '../../../src/config/sinks/elastic.ts';
import { kafkaOptions } from '../../../src/config/sinks/kafka.ts';
import { otlpOptions } from '../../../src/config/sinks/otlp.ts';
import { isFileKey } from '../../../src/config/sinks/receiver.ts';
import { s3Options } from '../../../src/config/sinks/s3.ts';
import { sentinelOptions } from '../../../src/config/sinks/sentinel.ts';
import { splunkOptions } from '../../../src/config/sinks/splunk.ts';
import { syslogOptions } from '../../../src/config/sinks/syslog.ts';

const GUID = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee';
const least = {
  syslog: [syslogOptions, { type: 'syslog', host: 'siem.acme.example' }],
  splunk: [splunkOptions, { type: 'splunk', url: 'https://splunk.acme.example:8088', tokenFile: 'hec.token' }],
  elastic: [elasticOptions, { type: 'elastic', url: 'https://elastic.acme.example:9200' }],
  sentinel: [
    sentinelOptions,
    {
      type: 'sentinel',
      endpoint: 'https://dce.westeurope-1.ingest.monitor.azure.com',
      ruleId: `dcr-${'0'.repeat(32)}`,
      stream: 'Custom-Daylight_CL',
      tenantId: 'acme.onmicrosoft.com',
      clientId: GUID,
      clientSecretFile: 'azure.secret',
    },
  ],
  kafka: [kafkaOptions, { type: 'kafka', brokers: ['kafka-1.acme.example:9093'], topic: 'security.daylight' }],
  s3: [s3Options, { type: 's3', bucket: 'acme-security' }],
  otlp: [otlpOptions, { type: 'otlp', url: 'https://otel.acme.example:4318/v1/logs' }],
} as const satisfies Record<string, [z.ZodType, object]>;
type Name = keyof typeof least;

function problemsOf(name: Name, over: object): string[] {
  const [schema, options] = least[name];
  const parsed = schema.safeParse({ ...options, ...over });
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
}

it.each(Object.keys(least) as Name[])('%s needs little', (name) => {
  expect(problemsOf(name, {})).toEqual([]);
});

it('defaults are those that are safe', () => {
  expect(syslogOptions.parse(least.syslog[1])).toMatchObject({ transport: 'tls', format: 'cef', maxBytes: 8192 });
  expect(kafkaOptions.parse(least.kafka[1])).toMatchObject({ tls: true, key: 'flow' });
  expect(elasticOptions.parse(least.elastic[1])).toMatchObject({ format: 'ecs', index: 'logs-daylight-default' });
});

describe('what is refused', () => {
  it.each<[Name, object, RegExp]>([
    ['syslog', { transport: 'udp', ca: 'x.pem' }, /ca counts for transport tls only; this is udp/],
    ['syslog', { clientCert: 'x.pem' }, /clientKey is missing; clientCert and clientKey belong together/],
    ['syslog', { transport: 'udp', maxBytes: 70_000 }, /maxBytes must be at most 65507 over UDP/],
    ['syslog', { app: 'my app' }, /app must be 1 to 48 printable ASCII/],
    ['splunk', { token: 'abc' }, /token must not be set together with tokenFile/],
    ['splunk', { tokenFile: undefined }, /token is missing; set token, or tokenFile to a file with mode 0600/],
    ['splunk', { url: 'https://user:pw@splunk:8088' }, /url must be a URL such as/],
    ['splunk', { url: 'https://splunk:8088/?token=x' }, /url must be a URL such as/],
    ['splunk', { url: 'splunk:8088' }, /url must be a URL such as/],
    ['splunk', { tokenFile: undefined, token: 'a b' }, /token must be printable ASCII without spaces/],
    ['elastic', { username: 'daylight' }, /password is missing/],
    ['elastic', { password: 'x' }, /username is missing/],
    ['elastic', { username: 'a', password: 'b', apiKey: 'c' }, /username must not be set together with apiKey/],
    ['elastic', { index: 'Logs' }, /index must be the name of an index or data stream/],
    ['sentinel', { ruleId: 'dcr-1' }, /ruleId must be the immutable id/],
    ['sentinel', { clientSecretFile: undefined }, /clientSecret is missing/],
    ['kafka', { brokers: ['kafka-1'] }, /brokers\.0 must be HOST:PORT/],
    ['kafka', { sasl: 'plain' }, /username is missing/],
    ['kafka', { password: 'x' }, /sasl is missing/],
    ['kafka', { tls: false, ca: 'x.pem' }, /ca counts with tls: true only/],
    ['s3', { secretAccessKey: 'x' }, /accessKeyId is missing/],
    ['s3', { accessKeyId: 'x' }, /secretAccessKey is missing/],
    ['s3', { kmsKeyId: 'x' }, /kmsKeyId counts with encryption: aws:kms only/],
    ['s3', { prefix: '/a/' }, /prefix must be a path/],
    ['s3', { bucket: 'A_b' }, /bucket must be the name of a bucket/],
    ['otlp', { url: 'https://otel.acme.example:4318' }, /url must be the whole address/],
    ['otlp', { headers: { Authorization: 'x' } }, /is set by the sink itself/],
    ['otlp', { headers: { 'X-Tenant': 'a\r\nb' } }, /must be printable ASCII/],
    ['otlp', { compression: 'zstd' }, /compression/],
  ])('%s with %o', (name, over, said) => {
    expect(problemsOf(name, over).join('\n')).toMatch(said);
  });
});

it('keys that name files are told apart', () => {
  expect(['ca', 'clientCert', 'clientKey', 'tokenFile', 'passwordFile'].every(isFileKey)).toBe(true);
  expect(['url', 'key', 'token', 'index'].some(isFileKey)).toBe(false);
});
