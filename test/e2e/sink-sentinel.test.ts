// The Microsoft Sentinel sink against Entra's token endpoint and the Logs Ingestion API as Microsoft documents them.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { sentinelOptions } from '../../src/config/sinks/sentinel.ts';
import { createSentinelDestination } from '../../src/sinks/destinations/sentinel.ts';
import type { Destination, SinkError } from '../../src/sinks/sink.ts';
import { flows, idsOf } from './receivers/outgoing.ts';
import { SENTINEL, type SentinelReceiver, startSentinelReceiver } from './receivers/sentinel-receiver.ts';

const never = new AbortController().signal;
let receiver: SentinelReceiver;
let destination: Destination;

function open(over: Record<string, unknown> = {}): Destination {
  return createSentinelDestination(
    sentinelOptions.parse({
      type: 'sentinel',
      endpoint: receiver.url,
      authority: receiver.url,
      ...SENTINEL,
      timeout: 5000,
      ...over,
    }),
  );
}

beforeEach(async () => {
  receiver = await startSentinelReceiver();
  destination = open();
});

afterEach(async () => {
  await destination.close();
  await receiver.close();
});

it('uploads rows with the time that tables want, with one token for many batches', async () => {
  const batch = flows(3);
  expect(await destination.send(batch, never)).toEqual([]);
  expect(await destination.send(flows(1), never)).toEqual([]);
  expect(receiver.rows.slice(0, 3).map((row) => row.event_id)).toEqual(idsOf(batch));
  expect(receiver.rows[0]?.TimeGenerated).toBe('2026-03-04T05:59:58.123Z');
  expect(receiver.tokens).toBe(1);
});

it('gets a new token when the endpoint takes the old one no more', async () => {
  await destination.send(flows(1), never);
  receiver.revoke();
  expect(await destination.send(flows(2), never)).toEqual([]);
  expect(receiver.tokens).toBe(2);
});

it('keeps calls within a megabyte before compression, and refuses an event that is longer alone', async () => {
  const batch = flows(400, 'native', (index) => ({ excerpt: 'x'.repeat(index === 7 ? 1_100_000 : 6_000) }));
  const rejected = await destination.send(batch, never);
  expect(rejected).toEqual([{ index: 7, reason: expect.stringMatching(/the receiver takes \d+/) }]);
  expect(Math.max(...receiver.sizes)).toBeLessThanOrEqual(1_000_000);
  expect(receiver.rows).toHaveLength(399);
});

it('finds the event that makes a call invalid', async () => {
  const batch = flows(9, 'native', (index) => (index === 4 ? { reason: 'poison' } : {}));
  expect(await destination.send(batch, never)).toEqual([{ index: 4, reason: expect.stringMatching(/400.*InvalidPayload/) }]);
  expect(new Set(receiver.rows.map((row) => row.event_id)).size).toBe(8);
});

it('waits as long as it is asked to', async () => {
  receiver.busy.push({ status: 429, headers: { 'retry-after': '17' } });
  const failure = (await destination.send(flows(1), never).catch((error: unknown) => error)) as SinkError;
  expect(failure.retryAfterMs).toBe(17_000);
  expect(await destination.send(flows(1), never)).toEqual([]);
});

it('blames settings for what no event can mend, and shows no secret', async () => {
  for (const [over, said] of [
    [{ clientSecret: 'wrong~secret+value' }, /AADSTS7000215.*check tenantId, clientId and clientSecret/],
    [{ ruleId: `dcr-${'f'.repeat(32)}` }, /404.*check endpoint, ruleId and stream/],
  ] as const) {
    const one = open(over);
    const failure = await one.send(flows(1), never).catch((error: Error) => error.message);
    expect(failure).toMatch(said);
    expect(failure).not.toContain('wrong~secret');
    await one.close();
  }
});
