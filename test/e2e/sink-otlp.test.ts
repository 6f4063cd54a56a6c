// The OTLP sink against a receiver that follows the specification and its proto files.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { otlpOptions } from '../../src/config/sinks/otlp.ts';
import { createOtlpDestination } from '../../src/sinks/destinations/otlp.ts';
import type { Destination, SinkError } from '../../src/sinks/sink.ts';
import { type OtlpReceiver, startOtlpReceiver } from './receivers/otlp-receiver.ts';
import { auditEvent, flows } from './receivers/outgoing.ts';

const TOKEN = 'otlp-token-1234567890';
const never = new AbortController().signal;
let receiver: OtlpReceiver;
let destination: Destination;

beforeEach(async () => {
  receiver = await startOtlpReceiver(TOKEN);
  destination = createOtlpDestination(
    otlpOptions.parse({
      type: 'otlp',
      url: `${receiver.url}/v1/logs`,
      token: TOKEN,
      headers: { 'X-Scope-OrgID': 'acme' },
      timeout: 5000,
    }),
  );
});

afterEach(async () => {
  await destination.close();
  await receiver.close();
});

it('sends log records under the names of OpenTelemetry', async () => {
  const batch = flows(2);
  const audit = auditEvent(7);
  expect(await destination.send([...batch, { event: audit, text: '{"audit":"ä"}' }], never)).toEqual([]);
  const [first, , last] = receiver.records;
  expect(first).toMatchObject({
    timeUnixNano: '1772603998123000000',
    severityNumber: 17,
    severityText: 'ERROR',
    eventName: 'daylight.http_flow',
    body: { stringValue: batch[0]?.text },
  });
  const attributes = Object.fromEntries(first?.attributes.map(({ key, value }) => [key, Object.values(value)[0]]) ?? []);
  expect(attributes).toMatchObject({
    'user.id': 'user-0@acme.example',
    'server.address': 'mcp.example.com',
    'server.port': '443',
    'http.response.status_code': '200',
    'mcp.method.name': 'tools/call',
    'gen_ai.tool.name': 'search',
    'daylight.traffic': 'shadow',
    'daylight.rules': { values: [{ stringValue: 'mcp-initialize' }] },
  });
  expect(last).toMatchObject({ severityNumber: 9, eventName: 'daylight.audit_log' });
  expect(receiver.resources[0]).toContainEqual({ key: 'service.name', value: { stringValue: 'daylight' } });
  expect(receiver.requests[0]?.headers).toMatchObject({ 'x-scope-orgid': 'acme', 'content-encoding': 'gzip' });
});

it.each([429, 502, 503, 504, 500, 401])('has the batch sent again after %i, when the receiver says', async (status) => {
  receiver.busy.push({ status, headers: { 'retry-after': '3' } });
  const failure = (await destination.send(flows(1), never).catch((error: unknown) => error)) as SinkError;
  expect(failure.retryAfterMs).toBe(3000);
  expect(await destination.send(flows(1), never)).toEqual([]);
});

it('keeps a request that was taken in part as dead letters, and does not send it again', async () => {
  receiver.busy.push({ status: 200, body: { partialSuccess: { rejectedLogRecords: '1', errorMessage: 'too old' } } });
  const rejected = await destination.send(flows(3), never);
  expect(rejected.map(({ index }) => index)).toEqual([0, 1, 2]);
  expect(rejected[0]?.reason).toBe('the receiver refused 1 of the 3 records of a request: too old, and does not say which');
  expect(receiver.requests).toHaveLength(1);
});

it('takes a warning for what it is', async () => {
  receiver.busy.push({ status: 200, body: { partialSuccess: { errorMessage: 'please use protobuf' } } });
  expect(await destination.send(flows(3), never)).toEqual([]);
});

it('finds the record that cannot be decoded', async () => {
  receiver.poison = 'poison';
  const batch = flows(6, 'native', (index) => (index === 5 ? { reason: 'poison' } : {}));
  expect((await destination.send(batch, never)).map(({ index }) => index)).toEqual([5]);
  expect(receiver.records).toHaveLength(5);
});
