// The sink for Elasticsearch and OpenSearch against a bulk endpoint that follows their references.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { elasticOptions } from '../../src/config/sinks/elastic.ts';
import { createElasticDestination } from '../../src/sinks/destinations/elastic.ts';
import type { Destination } from '../../src/sinks/sink.ts';
import { type ElasticReceiver, startElasticReceiver } from './receivers/elastic-receiver.ts';
import { flows, idsOf } from './receivers/outgoing.ts';

const API_KEY = 'VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWkybHAyYXhUTm1zeWFrdzl0dk5udw==';
const STREAM = 'logs-daylight-default';
const never = new AbortController().signal;
let receiver: ElasticReceiver;
let destination: Destination;

function open(over: Record<string, unknown> = { apiKey: API_KEY }): Destination {
  return createElasticDestination(elasticOptions.parse({ type: 'elastic', url: `${receiver.url}/`, timeout: 5000, ...over }));
}

beforeEach(async () => {
  receiver = await startElasticReceiver({ authorization: `ApiKey ${API_KEY}`, stream: STREAM });
  destination = open();
});

afterEach(async () => {
  await destination.close();
  await receiver.close();
});

it('creates each event under its own id', async () => {
  const batch = flows(3, 'ecs');
  expect(await destination.send(batch, never)).toEqual([]);
  expect([...receiver.documents.keys()]).toEqual(idsOf(batch));
  expect(receiver.documents.get(batch[0]?.event.event_id ?? '')).toEqual(JSON.parse(batch[0]?.text ?? ''));
});

it('counts an event that is already there as delivered', async () => {
  const batch = flows(3, 'ecs');
  await destination.send(batch.slice(0, 2), never);
  expect(await destination.send(batch, never)).toEqual([]);
  expect(receiver.documents.size).toBe(3);
});

it('gives formats besides ECS the time that data streams ask for', async () => {
  await destination.close();
  destination = open({ apiKey: API_KEY, format: 'native' });
  const batch = flows(1);
  expect(await destination.send(batch, never)).toEqual([]);
  expect(receiver.documents.get(batch[0]?.event.event_id ?? '')).toMatchObject({
    '@timestamp': '2026-03-04T05:59:58.123Z',
    kind: 'http_flow',
  });
});

it('keeps what the mapping refuses as dead letters, and delivers the rest', async () => {
  const batch = flows(4, 'ecs');
  const bad = batch[1]?.event.event_id ?? '';
  receiver.trouble.set(bad, {
    status: 400,
    type: 'document_parsing_exception',
    reason: 'failed to parse field [x]\u0000\nof type [long]',
    always: true,
  });
  const rejected = await destination.send(batch, never);
  expect(rejected).toEqual([{ index: 1, reason: '400 document_parsing_exception: failed to parse field [x] of type [long]' }]);
  expect(receiver.documents.size).toBe(3);
});

it.each([
  [429, 'es_rejected_execution_exception'],
  [503, 'unavailable_shards_exception'],
  [403, 'cluster_block_exception'],
  [404, 'index_not_found_exception'],
])('sends the batch again when an item gets %i', async (status, type) => {
  const batch = flows(3, 'ecs');
  receiver.trouble.set(batch[1]?.event.event_id ?? '', { status, type, reason: 'later' });
  await expect(destination.send(batch, never)).rejects.toThrow(`did not take 1 of 3 events: ${status} ${type}`);
  expect(await destination.send(batch, never)).toEqual([]);
  expect(receiver.documents.size).toBe(3);
});

it('cuts a large batch into requests of a few megabytes', async () => {
  const batch = flows(120, 'native', () => ({ excerpt: 'ä'.repeat(50_000) }));
  await destination.close();
  destination = open({ apiKey: API_KEY, format: 'native' });
  expect(await destination.send(batch, never)).toEqual([]);
  expect(receiver.requests.length).toBeGreaterThan(2);
  expect(receiver.documents.size).toBe(120);
});

it('signs in with a user and password, and shows neither key nor password', async () => {
  await destination.close();
  destination = open({ username: 'daylight', password: 'pass wörd' });
  const failure = await destination.send(flows(1, 'ecs'), never).catch((error: Error) => error.message);
  expect(failure).toMatch(/401.*check apiKey, or username and password/);
  const sent = String(receiver.requests[0]?.headers.authorization);
  expect(Buffer.from(sent.slice(6), 'base64').toString()).toBe('daylight:pass wörd');
  expect(failure).not.toContain(sent.slice(6));
});
