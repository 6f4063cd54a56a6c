// The Kafka sink against a broker of our own that is strict about the protocol, and against librdkafka's brokers in kcat where that is
// installed.

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { kafkaOptions } from '../../src/config/sinks/kafka.ts';
import { createKafkaDestination } from '../../src/sinks/destinations/kafka.ts';
import { type Destination, SinkError } from '../../src/sinks/sink.ts';
import { openAuthority } from './receivers/authority.ts';
import { type KafkaReceiver, type KafkaReceiverOptions, startKafkaReceiver } from './receivers/kafka-receiver.ts';
import { findKcat, startKcat } from './receivers/kcat.ts';
import { flows, idsOf } from './receivers/outgoing.ts';

const TOPIC = 'security.daylight';
const never = new AbortController().signal;
const dir = mkdtempSync(join(tmpdir(), 'daylight-kafka-'));
const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

afterAll(() => rmSync(dir, { recursive: true }));

async function listen(over: Partial<KafkaReceiverOptions> = {}): Promise<KafkaReceiver> {
  const receiver = await startKafkaReceiver({ topic: TOPIC, ...over });
  opened.push(receiver);
  return receiver;
}

function open(broker: string, over: Record<string, unknown> = {}): Destination {
  const options = { type: 'kafka', brokers: [broker], topic: TOPIC, tls: false, timeout: 2000, ...over };
  const made = createKafkaDestination(kafkaOptions.parse(options));
  opened.push(made);
  return made;
}

const failureOf = async (sending: Promise<unknown>): Promise<string> => {
  const error = await sending.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SinkError);
  return (error as SinkError).message;
};

describe('records', () => {
  it('carry the text, the time, the kind and the id of an event, compressed', async () => {
    const receiver = await listen();
    const batch = flows(50);
    const destination = open(`127.0.0.1:${receiver.port}`);
    expect(await destination.send(batch, never)).toEqual([]);
    expect(await destination.send(flows(70).slice(50), never)).toEqual([]);
    expect(receiver.errors).toEqual([]);
    expect(receiver.records).toHaveLength(70);
    const first = receiver.records.find(({ headers }) => headers.id === batch[0]?.event.event_id);
    expect(first).toMatchObject({
      key: batch[0]?.event.event_id,
      value: batch[0]?.text,
      timestamp: batch[0]?.event.ts,
      headers: { kind: 'http_flow', format: 'native' },
      compressed: true,
    });
  });

  it.each(['none', 'gzip'])('with the same key stay together and in order (compression %s)', async (compression) => {
    const receiver = await listen();
    await open(`127.0.0.1:${receiver.port}`, { key: 'user', compression }).send(flows(30), never);
    for (const user of [0, 1, 2]) {
      const own = receiver.records.filter(({ key }) => key === `user-${user}@acme.example`);
      expect(new Set(own.map(({ partition }) => partition)).size).toBe(1);
      expect(own.map(({ headers }) => headers.id)).toEqual(idsOf(flows(30)).filter((_, index) => index % 3 === user));
    }
  });
});

describe('trouble', () => {
  it('of a record that is too large is found, and the others are delivered', async () => {
    const receiver = await listen();
    receiver.tooLarge = '"reason":"poison"';
    const batch = flows(6, 'native', (index) => (index === 3 ? { reason: 'poison' } : {}));
    expect(await open(`127.0.0.1:${receiver.port}`).send(batch, never)).toEqual([
      { index: 3, reason: expect.stringMatching(/MESSAGE_TOO_LARGE/) },
    ]);
    expect(new Set(receiver.records.map(({ headers }) => headers.id)).size).toBe(5);
  });

  it('of an event that no broker would take is told before it is sent', async () => {
    const receiver = await listen();
    const batch = flows(2, 'native', (index) => ({ excerpt: index === 1 ? 'x'.repeat(1_000_000) : '' }));
    expect(await open(`127.0.0.1:${receiver.port}`).send(batch, never)).toEqual([
      { index: 1, reason: expect.stringMatching(/the receiver takes 900000/) },
    ]);
    expect(receiver.records).toHaveLength(1);
  });

  it('of rights and topics is told by its name', async () => {
    const receiver = await listen();
    receiver.trouble.push(29, 29, 29);
    expect(await failureOf(open(`127.0.0.1:${receiver.port}`).send(flows(1), never))).toMatch(
      /answers TOPIC_AUTHORIZATION_FAILED/,
    );
    expect(await failureOf(open(`127.0.0.1:${receiver.port}`, { topic: 'other' }).send(flows(1), never))).toMatch(
      /Unknown topic other/,
    );
    expect(receiver.errors).toEqual([]);
  });

  it('that passes is survived, and a batch whose answer got lost is not stored twice', async () => {
    const receiver = await listen();
    const destination = open(`127.0.0.1:${receiver.port}`);
    receiver.trouble.push(19, 'drop');
    const send = () => destination.send(flows(5), never);
    const rejected = await send().catch(send);
    expect(rejected).toEqual([]);
    expect(receiver.errors).toEqual([]);
    expect(new Set(receiver.records.map(({ headers }) => headers.id)).size).toBe(5);
  });

  it('of a broker that does not answer, or does not listen, ends after the timeout', async () => {
    const receiver = await listen();
    receiver.trouble.push('mute', 'mute', 'mute', 'mute');
    expect(await failureOf(open(`127.0.0.1:${receiver.port}`, { timeout: 300 }).send(flows(1), never))).toMatch(
      /did not take a batch within 0.3 s/,
    );
    expect(await failureOf(open('127.0.0.1:1').send(flows(1), never))).toMatch(/nothing listens at 127\.0\.0\.1:1/);
  });

  it.each([
    ['another protocol', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['an answer to nothing', Buffer.from([0, 0, 0, 8, 0, 0, 0x12, 0x34, 1, 2, 3, 4])],
    ['an answer cut short', Buffer.from([0, 0, 0, 6, 0, 0, 0, 0, 0, 0])],
    ['TLS', Buffer.from([0x15, 3, 3, 0, 2, 2, 70])],
  ])('of a broker that speaks %s holds the batch', async (_what, bytes) => {
    const garbage = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', () => socket.write(bytes));
    }).listen(0, '127.0.0.1');
    await once(garbage, 'listening');
    const { port } = garbage.address() as AddressInfo;
    expect(await failureOf(open(`127.0.0.1:${port}`, { timeout: 200 }).send(flows(1), never))).not.toBe('');
    await opened.pop()?.close();
    garbage.close();
    await once(garbage, 'close');
  });

  it('stops at once when it is told to', async () => {
    const receiver = await listen();
    receiver.trouble.push('mute', 'mute', 'mute', 'mute');
    const stop = new AbortController();
    const sending = open(`127.0.0.1:${receiver.port}`).send(flows(1), stop.signal);
    stop.abort();
    expect(await failureOf(sending)).toMatch(/stopped/);
  });
});

describe('signing in', () => {
  it.each([
    ['PLAIN', 'plain'],
    ['SCRAM-SHA-256', 'scram-sha-256'],
    ['SCRAM-SHA-512', 'scram-sha-512'],
  ] as const)('with %s takes the right password only, and shows no other', async (mechanism, sasl) => {
    const receiver = await listen({ sasl: { mechanism, user: 'daylight', password: 'pässword-1' } });
    const broker = `127.0.0.1:${receiver.port}`;
    expect(await open(broker, { sasl, username: 'daylight', password: 'pässword-1' }).send(flows(2), never)).toEqual([]);
    const failure = await failureOf(
      open(broker, { sasl, username: 'daylight', password: 'wrong-password' }).send(flows(2), never),
    );
    expect(failure).toMatch(/authentication|SASL/i);
    expect(failure).not.toContain('wrong-password');
    expect(receiver.records).toHaveLength(2);
  });
});

describe('TLS', () => {
  it('checks the authority and the name of every broker', async () => {
    const authority = await openAuthority(dir);
    const stranger = await openAuthority(dir, 'stranger');
    const receiver = await listen({ tls: await authority.certify('localhost'), host: 'localhost' });
    const tls = { tls: true, ca: authority.caFile };
    expect(await open(`localhost:${receiver.port}`, tls).send(flows(2), never)).toEqual([]);
    expect(await failureOf(open(`localhost:${receiver.port}`, { ...tls, ca: stranger.caFile }).send(flows(2), never))).toMatch(
      /not trusted/,
    );
    expect(await failureOf(open(`127.0.0.1:${receiver.port}`, tls).send(flows(2), never))).toMatch(/is for other names/);
    expect(receiver.records).toHaveLength(2);
  });
});

describe.runIf(findKcat() !== undefined)('librdkafka', () => {
  it('stores what the sink sends, and a consumer of its own reads it', async () => {
    const kcat = await startKcat(TOPIC);
    opened.push(kcat);
    const batch = flows(200, 'native', () => ({ reason: 'für Jürgen 😀' }));
    expect(await open(kcat.broker, { key: 'user' }).send(batch, never)).toEqual([]);
    const messages = await kcat.messages(200);
    expect(messages.map(({ payload }) => payload).sort()).toEqual(batch.map(({ text }) => text).sort());
    const one = messages.find(({ payload }) => payload === batch[0]?.text);
    expect(one).toMatchObject({ key: 'user-0@acme.example', ts: batch[0]?.event.ts });
    expect(one?.headers).toEqual(['kind', 'http_flow', 'id', batch[0]?.event.event_id, 'format', 'native']);
  });
});
