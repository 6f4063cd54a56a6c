// The Splunk sink against an HTTP Event Collector that follows Splunk's documentation.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { splunkOptions } from '../../src/config/sinks/splunk.ts';
import { createSplunkDestination } from '../../src/sinks/destinations/splunk.ts';
import type { Destination } from '../../src/sinks/sink.ts';
import { flows, idsOf } from './receivers/outgoing.ts';
import { type SplunkReceiver, startSplunkReceiver } from './receivers/splunk-receiver.ts';

const TOKEN = '6b7c1a52-0d4e-4a5c-9d2a-4f1f5d2e9a01';
const never = new AbortController().signal;
let receiver: SplunkReceiver;
const opened: Destination[] = [];

function open(over: Record<string, unknown> = {}): Destination {
  const made = createSplunkDestination(
    splunkOptions.parse({ type: 'splunk', url: receiver.url, token: TOKEN, timeout: 5000, ...over }),
  );
  opened.push(made);
  return made;
}

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
  await receiver.close();
});

describe('a token with indexer acknowledgement', () => {
  beforeEach(async () => {
    receiver = await startSplunkReceiver({ token: TOKEN, ack: true, indexes: ['main', 'mcp'] });
  });

  it('delivers events as objects with time, host and type, once the indexer has them', async () => {
    receiver.indexerLag = 2;
    const batch = flows(3);
    expect(await open({ index: 'mcp' }).send(batch, never)).toEqual([]);
    expect(receiver.events.map(({ event }) => (event as { event_id: string }).event_id)).toEqual(idsOf(batch));
    expect(receiver.events[0]).toMatchObject({
      time: (batch[0]?.event.ts ?? 0) / 1000,
      host: 'proxy-1',
      source: 'daylight',
      sourcetype: 'daylight:native',
      index: 'mcp',
    });
    expect(receiver.requests.filter(({ path }) => path.endsWith('/ack'))).toHaveLength(3);
  });

  it('sends text formats as text', async () => {
    const batch = flows(1, 'cef');
    await open({ format: 'cef' }).send(batch, never);
    expect(receiver.events[0]?.event).toBe(batch[0]?.text);
  });

  it('has a batch sent again that the indexer does not acknowledge in time', async () => {
    receiver.indexerLag = 1000;
    await expect(open({ ackTimeout: 1000 }).send(flows(2), never)).rejects.toThrow(/did not acknowledge 1 requests within 1 s/);
  });

  it('cuts a large batch into requests of at most a megabyte, and asks about all of them at once', async () => {
    const batch = flows(300, 'native', () => ({ excerpt: 'x'.repeat(10_000) }));
    expect(await open().send(batch, never)).toEqual([]);
    const posts = receiver.requests.filter(({ path }) => path.endsWith('/event'));
    expect(posts.length).toBeGreaterThan(3);
    expect(Math.max(...posts.map(({ body }) => body.length))).toBeLessThanOrEqual(1_000_000);
    expect(receiver.events).toHaveLength(300);
  });

  it('takes the event out that the collector names, and delivers the others', async () => {
    receiver.poison.push('"reason":"poison"');
    const batch = flows(5, 'native', (index) => (index === 2 ? { reason: 'poison' } : {}));
    const rejected = await open().send(batch, never);
    expect(rejected).toEqual([{ index: 2, reason: expect.stringMatching(/Invalid data format/) }]);
    const delivered = new Set(receiver.events.map(({ event }) => (event as { event_id: string }).event_id));
    expect([...delivered].sort()).toEqual(idsOf(batch).filter((_, index) => index !== 2));
  });

  it.each([
    [503, 9, 'Server is busy'],
    [500, 8, 'Internal server error'],
    [429, 26, 'HEC queue is at capacity'],
  ])('has the batch sent again after %i with code %i', async (status, code, text) => {
    receiver.busy.push({ status, code, text });
    const destination = open();
    const batch = flows(2);
    await expect(destination.send(batch, never)).rejects.toThrow(text);
    expect(await destination.send(batch, never)).toEqual([]);
  });

  it('blames settings for a wrong index or token, and shows no token', async () => {
    await expect(open({ index: 'secret-index' }).send(flows(1), never)).rejects.toThrow(/Incorrect index.*check index/);
    const wrong = 'ffffffff-0d4e-4a5c-9d2a-4f1f5d2e9a01';
    const failure = await open({ token: wrong })
      .send(flows(1), never)
      .catch((error: Error) => error.message);
    expect(failure).toMatch(/Invalid token.*check token/);
    expect(failure).not.toContain(wrong);
  });
});

describe('a token without acknowledgement', () => {
  beforeEach(async () => {
    receiver = await startSplunkReceiver({ token: TOKEN, ack: false });
  });

  it('is satisfied with what the collector took', async () => {
    expect(await open().send(flows(2), never)).toEqual([]);
    expect(receiver.requests.some(({ path }) => path.endsWith('/ack'))).toBe(false);
  });

  it('is refused when acknowledgement is required', async () => {
    await expect(open({ acknowledgement: 'required' }).send(flows(1), never)).rejects.toThrow(/turn on indexer acknowledgement/);
  });
});
