// The webhook destination against a receiver of our own, on loopback.

import { createHmac } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type WebhookOptions, webhookOptions } from '../../src/config/sinks/webhook.ts';
import { createAddressGuard } from '../../src/proxy/guard.ts';
import { createWebhookDestination } from '../../src/sinks/destinations/webhook.ts';
import type { Destination, Outgoing, SinkError } from '../../src/sinks/sink.ts';
import { auditEvent } from '../store/sample-event.ts';
import { type Receiver, startReceiver } from './receiver.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=';
let receiver: Receiver;
let dir: string;
let open: Destination[];

beforeEach(async () => {
  receiver = await startReceiver();
  dir = mkdtempSync(join(tmpdir(), 'daylight-webhook-'));
  open = [];
});

afterEach(async () => {
  for (const one of open) await one.close();
  await receiver.stop();
  rmSync(dir, { recursive: true, force: true });
});

const strict = createAddressGuard({ allowPrivate: [] });
const lenient = createAddressGuard({ allowPrivate: ['0.0.0.0/0', '::/0'] });

function create(options: Partial<WebhookOptions> = {}): Destination {
  const url = options.urlFile === undefined ? `${receiver.url}/in` : undefined;
  const parsed = webhookOptions.parse({ type: 'webhook', url, allowPrivate: true, timeout: 500, format: 'native', ...options });
  const destination = createWebhookDestination(parsed, {
    refusal(address, allowPrivate) {
      const verdict = (allowPrivate ? lenient : strict).check(address);
      return verdict.allowed ? undefined : verdict.reason;
    },
    now: () => 1_700_000_000_500,
  });
  open.push(destination);
  return destination;
}

const batch = (...texts: string[]): Outgoing[] => texts.map((text) => ({ text, event: auditEvent({ object_id: text }) }));
const send = (destination: Destination, texts: Outgoing[]) => destination.send(texts, new AbortController().signal);
const failure = (destination: Destination, texts = batch('{"a":1}')): Promise<SinkError> =>
  send(destination, texts).then(
    () => Promise.reject(new Error('it was taken')),
    (error) => error,
  );

describe('the webhook destination', () => {
  test('signs a JSON array as Standard Webhooks has it, with the same id when it is sent again', async () => {
    const destination = create({ secret: SECRET, token: 'bearer-token', headers: { 'X-Team': 'soc' } });
    const events = batch('{"a":1}', '{"a":2}');
    await send(destination, events);
    await send(destination, events);
    const [first, second] = receiver.taken;
    expect(first?.body).toBe('[{"a":1},{"a":2}]');
    expect(first?.headers).toMatchObject({
      'content-type': 'application/json',
      authorization: 'Bearer bearer-token',
      'x-team': 'soc',
      'webhook-timestamp': '1700000000',
    });
    const id = first?.headers['webhook-id'];
    const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64');
    const signature = createHmac('sha256', key).update(`${id}.1700000000.${first?.body}`).digest('base64');
    expect(first?.headers['webhook-signature']).toBe(`v1,${signature}`);
    expect(second?.headers['webhook-id']).toBe(id);
  });

  test('sends lines where asked, and one event a request to Slack and Teams', async () => {
    await send(create({ body: 'lines' }), batch('{"a":1}', '{"a":2}'));
    await send(create({ format: 'cef', body: 'lines' }), batch('CEF:0|x'));
    await send(create({ format: 'slack' }), batch('{"text":"one"}', '{"text":"two"}'));
    expect(receiver.taken.map(({ headers, body }) => [headers['content-type'], body])).toEqual([
      ['application/x-ndjson', '{"a":1}\n{"a":2}\n'],
      ['text/plain; charset=utf-8', 'CEF:0|x\n'],
      ['application/json', '{"text":"one"}'],
      ['application/json', '{"text":"two"}'],
    ]);
  });

  test('finds what a receiver refuses, by halves, and delivers the rest', async () => {
    receiver.behave(({ body }, response) => response.writeHead(body.includes('bad') ? 422 : 200).end('no such field'));
    const rejected = await send(create(), batch('"a"', '"b"', '"bad"', '"c"', '"d"'));
    expect(rejected).toEqual([{ index: 2, reason: `${receiver.url} answers 422: no such field` }]);
    expect(receiver.taken.flatMap(({ body }) => JSON.parse(body))).toEqual(['a', 'b', 'c', 'd']);
  });

  test('of messages to people, none is sent twice', async () => {
    receiver.behave(({ body }, response) => response.writeHead(body === 'three' ? 429 : 200, { 'retry-after': '7' }).end());
    const error = await failure(create({ format: 'slack' }), batch('one', 'two', 'three', 'four'));
    expect(error).toMatchObject({ taken: 2, retryAfterMs: 7_000 });
  });

  test.each([
    [401, 'check token, secret and headers'],
    [404, 'check the address'],
    [500, 'answers 500'],
  ])('a batch that is answered with %d is sent again', async (status, words) => {
    receiver.behave((_request, response) => response.writeHead(status).end());
    expect((await failure(create())).message).toContain(words);
  });

  test('follows no redirect, and shows no secret that is sent back', async () => {
    receiver.behave((_request, response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end());
    expect((await failure(create())).message).toContain('redirects are not followed');
    expect(receiver.count()).toBe(1);
    receiver.behave(({ headers }, response) => response.writeHead(500).end(`${headers.authorization} ${headers['x-key']}`));
    const { message } = await failure(create({ token: 'bearer-token', headers: { 'X-Key': 'sesame-open' } }));
    expect(message).not.toMatch(/bearer-token|sesame-open/);
  });

  test('reaches private addresses only when told to, and services that hand out credentials never', async () => {
    expect((await failure(create({ allowPrivate: false }))).message).toContain('allowPrivate: true');
    const named = receiver.url.replace('127.0.0.1', 'localhost');
    expect((await failure(create({ allowPrivate: false, url: `${named}/x` }))).message).toMatch(/localhost leads to .*loopback/);
    expect((await failure(create({ url: 'http://169.254.169.254/latest' }))).message).toContain('metadata');
    expect(receiver.count()).toBe(0);
    await send(create({ url: `${named}/x` }), batch('{}'));
    expect(receiver.taken).toHaveLength(1);
  });

  test('takes an address that is a secret from a file, and does not show it', async () => {
    const urlFile = join(dir, 'url');
    writeFileSync(urlFile, `${receiver.url}/services/T000/B000/XXXX\n`, { mode: 0o600 });
    await send(create({ urlFile }), batch('{}'));
    expect(receiver.taken[0]?.path).toBe('/services/T000/B000/XXXX');
    receiver.behave(({ path }, response) => response.writeHead(500).end(`no route ${path}`));
    expect((await failure(create({ urlFile }))).message).not.toContain('B000');
    chmodSync(urlFile, 0o644);
    expect(() => create({ urlFile })).toThrow('chmod 600');
  });
});
