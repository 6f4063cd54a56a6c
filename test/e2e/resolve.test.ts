// Resolving against a real DNS server on loopback, whose answers the tests choose.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAddressGuard } from '../../src/proxy/guard.ts';
import { createResolver } from '../../src/proxy/resolve.ts';

type Answer = { a?: string[]; ttl?: number; rcode?: number; silentAaaa?: boolean; aaaa?: number[][] };
const zone = new Map<string, Answer>();
let questions: string[] = [];
let server: Socket;
let address: string;

beforeAll(async () => {
  server = createSocket('udp4', (query, from) => {
    const reply = respond(query);
    if (reply) server.send(reply, from.port, from.address);
  });
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  address = `127.0.0.1:${server.address().port}`;
});
afterAll(() => new Promise<void>((done) => server.close(() => done())));
beforeEach(() => {
  questions = [];
  zone.clear();
});

/** RFC 1035 section 4, just enough: one question, address records that point back to its name. */
function respond(query: Buffer): Buffer | undefined {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const type = query.readUInt16BE(at + 1);
  const name = labels.join('.').toLowerCase();
  questions.push(`${type === 28 ? 'AAAA' : 'A'} ${name}`);
  const answer = zone.get(name) ?? { rcode: 3 };
  if (type === 28 && answer.silentAaaa) return undefined;
  const data = type === 1 ? (answer.a ?? []).map((each) => each.split('.').map(Number)) : (answer.aaaa ?? []);
  const records = data.map((bytes) => {
    const head = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, bytes.length]);
    head.writeUInt32BE(answer.ttl ?? 60, 6);
    return Buffer.concat([head, Buffer.from(bytes)]);
  });
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(0x8180 | (answer.rcode ?? 0), 2);
  header.writeUInt16BE(records.length, 6);
  header.writeUInt16BE(0, 8);
  header.writeUInt16BE(0, 10);
  return Buffer.concat([header, query.subarray(12, at + 5), ...records]);
}

function resolver(options: { allowPrivate?: string[]; now?: () => number } = {}) {
  return createResolver({
    guard: createAddressGuard({ allowPrivate: options.allowPrivate ?? [] }),
    servers: [address],
    hostsFile: '/nonexistent',
    timeout: 2000,
    ...(options.now ? { now: options.now } : {}),
  });
}

describe('resolving by DNS', () => {
  it('finds addresses of both families', async () => {
    zone.set('both.example', {
      a: ['8.8.8.8', '8.8.4.4'],
      aaaa: [[0x26, 0x06, 0x47, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x11, 0x11]],
    });
    const { addresses } = await resolver().resolve('both.example');
    expect(addresses.map((each) => each.address).sort()).toEqual(['2606:4700::1111', '8.8.4.4', '8.8.8.8']);
    expect(questions.sort()).toEqual(['A both.example', 'AAAA both.example']);
  });

  it('does not wait for an answer about IPv6 that never comes', async () => {
    zone.set('v4.example', { a: ['8.8.8.8'], silentAaaa: true });
    expect((await resolver().resolve('v4.example')).addresses).toEqual([{ address: '8.8.8.8', family: 4 }]);
  });

  it('refuses a name that points into the private network, and drops such addresses beside others', async () => {
    zone.set('rebind.example', { a: ['192.168.1.1'] });
    zone.set('mixed.example', { a: ['10.0.0.1', '8.8.8.8'] });
    await expect(resolver().resolve('rebind.example')).rejects.toMatchObject({
      code: 'ERR_ADDRESS_REFUSED',
      message: expect.stringMatching(
        /rebind\.example .*192\.168\.1\.1 is private \(192\.168\.0\.0\/16\).*proxy\.upstream\.allowPrivate/,
      ),
    });
    expect((await resolver().resolve('mixed.example')).addresses).toEqual([{ address: '8.8.8.8', family: 4 }]);
    expect((await resolver({ allowPrivate: ['10.0.0.0/8'] }).resolve('mixed.example')).addresses).toHaveLength(2);
  });

  it('checks every new answer: a name that turns private is refused from then on', async () => {
    let now = 0;
    zone.set('turn.example', { a: ['8.8.8.8'], ttl: 60 });
    const subject = resolver({ now: () => now });
    await subject.resolve('turn.example');
    zone.set('turn.example', { a: ['127.0.0.1'], ttl: 60 });
    expect((await subject.resolve('turn.example')).addresses).toEqual([{ address: '8.8.8.8', family: 4 }]);
    now += 61_000;
    await expect(subject.resolve('turn.example')).rejects.toMatchObject({ code: 'ERR_ADDRESS_REFUSED' });
  });

  it('asks once for many, keeps an answer for its time, but neither for less than five seconds nor for more than five minutes', async () => {
    let now = 0;
    zone.set('zero.example', { a: ['8.8.8.8'], ttl: 0 });
    zone.set('long.example', { a: ['8.8.8.8'], ttl: 86_400 });
    const subject = resolver({ now: () => now });
    await Promise.all(Array.from({ length: 30 }, () => subject.resolve('zero.example')));
    await subject.resolve('long.example');
    expect(questions).toHaveLength(4);
    now += 4_000;
    await subject.resolve('zero.example');
    expect(questions).toHaveLength(4);
    now += 2_000;
    await subject.resolve('zero.example');
    await subject.resolve('long.example');
    expect(questions).toHaveLength(6);
    now += 300_000;
    await subject.resolve('long.example');
    expect(questions).toHaveLength(8);
  });

  it('says why a name cannot be resolved, and remembers it for a moment', async () => {
    let now = 0;
    zone.set('broken.example', { rcode: 2 });
    zone.set('empty.example', {});
    const subject = resolver({ now: () => now });
    await expect(subject.resolve('none.example')).rejects.toMatchObject({
      code: 'ERR_DNS',
      message: 'none.example cannot be resolved: no such host (check the name)',
    });
    await expect(subject.resolve('empty.example')).rejects.toMatchObject({
      code: 'ERR_DNS',
      message: expect.stringContaining('no address'),
    });
    await expect(subject.resolve('broken.example')).rejects.toMatchObject({ code: 'ERR_DNS' });
    const asked = questions.length;
    await expect(subject.resolve('none.example')).rejects.toMatchObject({ code: 'ERR_DNS' });
    expect(questions).toHaveLength(asked);
    zone.set('none.example', { a: ['8.8.8.8'] });
    now += 6_000;
    expect((await subject.resolve('none.example')).addresses).toHaveLength(1);
    expect(subject.stats).toMatchObject({ failures: 3 });
  });
});
