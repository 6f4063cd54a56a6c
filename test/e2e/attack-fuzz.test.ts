// Garbage from every side, bounded: after all of it the same worker serves, what it emitted is well-formed, and nothing is left
// open. Unhandled errors fail the run by themselves.

import { connect as connectTls } from 'node:tls';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatFields } from '../../src/proxy/http1-head.ts';
import {
  dialProxy,
  dropClients,
  eventually,
  ok,
  openHttp2,
  openTls,
  openTunnel,
  type RawServer,
  requestHttp2,
  serveAnswers,
  serveRaw,
  startTestProxy,
  type TestProxy,
  type Wire,
} from './proxy.ts';

const RUNS = 40;
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

let proxy: TestProxy;
let good: RawServer;
let before: string[];

const resources = (): string[] =>
  process
    .getActiveResourcesInfo()
    .filter((each) => /TCPSOCKET|TCPServer|TLS/i.test(each))
    .sort();

beforeAll(async () => {
  before = resources();
  proxy = await startTestProxy({
    proxy: { timeouts: { header: 300, idle: 500, request: 700, handshake: 300, connect: 1000, drain: 300 } },
  });
  good = await serveAnswers(proxy, () => ok('still here'), 'good.localhost');
});

afterAll(async () => {
  for (const event of proxy.events) {
    expect(event).toMatchObject({
      kind: 'http_flow',
      event_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      inspected: expect.stringMatching(/^(yes|opaque|passthrough)$/),
    });
    expect(
      Number.isFinite(event.ts + event.req_bytes + event.resp_bytes + event.duration_ms + event.ttfb_ms + event.status),
    ).toBe(true);
    expect(JSON.parse(JSON.stringify(event))).toEqual(event);
  }
  expect(new Set(proxy.events.map((event) => event.event_id)).size).toBe(proxy.events.length);
  expect(proxy.log()).not.toMatch(/unexpected|"level":"(error|fatal)"/);
  good.close();
  dropClients();
  await proxy.stop();
  await eventually('the end of every socket', () => resources().length <= before.length);
});

/** The worker serves a well-behaved client. */
async function alive(): Promise<void> {
  const wire = await openTls(proxy, good.authority, { alpn: ['http/1.1'] });
  wire.send(`GET /alive HTTP/1.1\r\nHost: ${good.authority}\r\n\r\n`);
  await wire.until('still here');
  wire.destroy();
}

/** Sends in the pieces given, then leaves in one of three ways once the proxy has had a moment. */
async function abuse(wire: Wire, pieces: readonly Buffer[], leave: 'end' | 'reset' | 'wait'): Promise<void> {
  for (const piece of pieces) {
    if (wire.socket.destroyed) break;
    wire.send(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (leave === 'end') wire.socket.end();
  if (leave === 'wait') await Promise.race([wire.over(1500).catch(() => {}), new Promise((resolve) => setTimeout(resolve, 40))]);
  if (leave === 'reset') wire.reset();
  await new Promise((resolve) => setImmediate(resolve));
  wire.destroy();
}

const leave = fc.constantFrom('end' as const, 'reset' as const, 'wait' as const);
const bytes = fc.uint8Array({ maxLength: 400 }).map((each) => Buffer.from(each));
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const junk = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 60 });
const target = fc.oneof(
  junk,
  fc.webAuthority({ withPort: true, withIPv6: true }),
  fc.constantFrom('*', '/', 'http://', 'https://x/', 'http://[::1', `//${'a'.repeat(5000)}`),
);
const line = fc
  .tuple(
    fc.constantFrom('GET', 'CONNECT', 'POST', 'get', '', 'PRI', 'G\0T', 'OPTIONS'),
    target,
    fc.constantFrom('HTTP/1.1', 'HTTP/1.0', 'HTTP/9', '', 'HTTP/1.1 x'),
  )
  .map((parts) => parts.join(' '));
const field = fc.oneof(
  fc.tuple(junk, junk).map(([name, value]) => `${name}: ${value}`),
  fc.constantFrom(
    'Transfer-Encoding: chunked',
    'Content-Length: 5',
    'Content-Length: -1',
    'Host: x',
    'Connection: upgrade, close',
    'Upgrade: websocket',
    'Expect: 100-continue',
    ' folded',
    'Content-Encoding: gzip',
    'Content-Type: application/json',
    'TE: trailers',
  ),
);
const body = fc.oneof(
  junk,
  fc.constantFrom(
    '',
    '5\r\nhello\r\n0\r\n\r\n',
    '{"jsonrpc":"2.0","id":1,"method":"initialize"}',
    'zz\r\n',
    '0\r\n\r\nGET / HTTP/1.1\r\n\r\n',
    '\x1f\x8b\x08garbage',
  ),
);
const message = fc
  .tuple(line, fc.array(field, { maxLength: 6 }), body, fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r'))
  .map(([first, fields, rest, newline]) => latin1([first, ...fields, '', rest].join(newline)));

/** The same bytes in up to six pieces. */
const split = (whole: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer[]> =>
  fc.tuple(whole, fc.array(fc.nat(), { maxLength: 5 })).map(([all, cuts]) => {
    const at = [0, ...cuts.map((cut) => cut % (all.length + 1)).sort((a, b) => a - b), all.length];
    return at.slice(1).map((end, i) => all.subarray(at[i]!, end));
  });

describe('garbage from clients', () => {
  it('on the front', async () => {
    await fc.assert(
      fc.asyncProperty(split(fc.oneof(message, bytes)), leave, (pieces, how) => abuse(dialProxy(proxy), pieces, how)),
      { numRuns: RUNS },
    );
    await alive();
  });

  it('as first bytes of a tunnel', async () => {
    const hello = fc
      .tuple(fc.constantFrom(22, 22, 22, 21, 0x80), fc.constantFrom(0x0301, 0x0303, 0xffff), fc.nat(600), bytes)
      .map(([type, version, length, rest]) => {
        const head = Buffer.alloc(5);
        head[0] = type;
        head.writeUInt16BE(version, 1);
        head.writeUInt16BE(length, 3);
        return Buffer.concat([head, rest]);
      });
    await fc.assert(
      fc.asyncProperty(split(fc.oneof(hello, message, bytes)), leave, async (pieces, how) =>
        abuse(await openTunnel(proxy, good.authority), pieces, how),
      ),
      { numRuns: RUNS },
    );
    await alive();
  });

  it('as HTTP/1.1 inside TLS', async () => {
    await fc.assert(
      fc.asyncProperty(split(message), leave, async (pieces, how) =>
        abuse(await openTls(proxy, good.authority, { alpn: ['http/1.1'] }), pieces, how),
      ),
      { numRuns: RUNS },
    );
    await alive();
  });

  it('as HTTP/1.1 with the right Host, so that it gets further', async () => {
    const valid = fc
      .tuple(fc.constantFrom('GET /', 'POST /mcp', 'PUT /x'), fc.array(field, { maxLength: 4 }), body)
      .map(([first, fields, rest]) => latin1([`${first} HTTP/1.1`, `Host: ${good.authority}`, ...fields, '', rest].join('\r\n')));
    await fc.assert(
      fc.asyncProperty(split(valid), leave, async (pieces, how) =>
        abuse(await openTls(proxy, good.authority, { alpn: ['http/1.1'] }), pieces, how),
      ),
      { numRuns: RUNS },
    );
    await alive();
  });

  it('as HTTP/2 frames after the preface, in TLS and in clear', async () => {
    const frame = fc.tuple(fc.nat(12), fc.nat(255), fc.nat(5), bytes).map(([type, flags, stream, payload]) => {
      const head = Buffer.alloc(9);
      head.writeUIntBE(payload.length, 0, 3);
      head[3] = type;
      head[4] = flags;
      head.writeUInt32BE(stream, 5);
      return Buffer.concat([head, payload]);
    });
    const frames = fc.array(frame, { maxLength: 6 }).map((list) => Buffer.concat([latin1(PREFACE), ...list]));
    await fc.assert(
      fc.asyncProperty(split(frames), leave, fc.boolean(), async (pieces, how, clear) =>
        abuse(
          clear ? await openTunnel(proxy, good.authority) : await openTls(proxy, good.authority, { alpn: ['h2'] }),
          pieces,
          how,
        ),
      ),
      { numRuns: RUNS },
    );
    await alive();
  });

  it('as a flood of streams that are reset at once', async () => {
    const connections = good.connections.length;
    const session = await openHttp2(proxy, good.authority);
    for (let i = 0; i < 3000 && !session.destroyed; i++) {
      const stream = session.request({ ':path': `/${i}` });
      stream.on('error', () => undefined);
      stream.close(8);
      if (i % 100 === 99) await new Promise((resolve) => setImmediate(resolve));
    }
    session.destroy();
    await alive();
    // Streams that are gone open no connections.
    expect(good.connections.length - connections).toBeLessThan(100);
    const again = await openHttp2(proxy, good.authority);
    expect((await requestHttp2(again, { ':path': '/' })).status).toBe(200);
    again.destroy();
  });

  it('as half-open sockets and handshakes that stop', async () => {
    const wires = await Promise.all(
      Array.from({ length: 24 }, async (_, i) => {
        if (i % 3 === 0) return dialProxy(proxy);
        const tunnel = await openTunnel(proxy, good.authority);
        if (i % 3 === 1) tunnel.socket.end();
        else {
          tunnel.socket.removeAllListeners('data');
          connectTls({ socket: tunnel.socket, servername: 'good.localhost' }).on('error', () => undefined);
          setTimeout(() => tunnel.destroy(), 5);
        }
        return tunnel;
      }),
    );
    await alive();
    for (const wire of wires) wire.destroy();
  });
});

describe('garbage from servers', () => {
  const status = fc.constantFrom(
    'HTTP/1.1 200 OK',
    'HTTP/1.1 103 x',
    'HTTP/1.1 101 x',
    'HTTP/1.1 999',
    'HTTP/1.0 200 OK',
    'HTTP/1.1 204 x',
    'HTTP/2 200',
    'ICY 200 OK',
    '',
  );
  const answer = fc.oneof(
    bytes,
    fc
      .tuple(
        status,
        fc.array(
          fc.oneof(
            field,
            fc.constantFrom(
              'Content-Type: text/event-stream',
              'Content-Encoding: br',
              'Content-Length: 5',
              'WWW-Authenticate: NTLM',
            ),
          ),
          { maxLength: 5 },
        ),
        body,
      )
      .map(([first, fields, rest]) => latin1([first, ...fields, '', rest].join('\r\n'))),
  );

  it.each(['http/1.1', 'h2'])('to a client of %s', async (protocol) => {
    let next: { pieces: Buffer[]; how: 'end' | 'reset' | 'wait' } = { pieces: [], how: 'end' };
    const bad = await serveRaw(
      (wire) => {
        const { pieces, how } = next;
        wire.socket.once('data', () => {
          for (const piece of pieces) wire.send(piece);
          if (how === 'reset') wire.reset();
          else wire.socket.end();
        });
      },
      { context: await proxy.contextFor('bad.localhost'), alpn: ['http/1.1'], host: 'bad.localhost' },
    );
    await fc.assert(
      fc.asyncProperty(split(answer), leave, async (pieces, how) => {
        next = { pieces, how };
        if (protocol === 'h2') {
          const session = await openHttp2(proxy, bad.authority);
          await requestHttp2(session, { ':path': '/', ':method': 'POST' }, '{"jsonrpc":"2.0","id":1,"method":"tools/list"}');
          session.destroy();
          return;
        }
        const wire = await openTls(proxy, bad.authority, { alpn: ['http/1.1'] });
        wire.send(`GET /bad HTTP/1.1\r\n${formatFields(['Host', bad.authority, 'Connection', 'close'])}\r\n`);
        await wire.over(3000);
        wire.destroy();
      }),
      { numRuns: RUNS },
    );
    bad.close();
    await alive();
  });

  it('as HTTP/2', async () => {
    const bad = await serveRaw(
      (wire) => {
        wire.send(
          Buffer.concat([
            Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
            Buffer.from('garbage that is no frame at all, again and again'),
          ]),
        );
      },
      { context: await proxy.contextFor('bad.localhost'), alpn: ['h2'], host: 'bad.localhost' },
    );
    const session = await openHttp2(proxy, bad.authority);
    expect((await requestHttp2(session, { ':path': '/' })).status).toBe(502);
    session.destroy();
    bad.close();
    await alive();
  });

  it('as TLS', async () => {
    for (const first of ['HTTP/1.1 400 Bad Request\r\n\r\n', '\x15\x03\x01\0\x02\x02\x28', '\x16\x03\x03\xff\xff', '']) {
      const bad = await serveRaw((wire) => void (first === '' ? wire.reset() : wire.send(latin1(first))), {
        host: 'bad.localhost',
      });
      const wire = await openTls(proxy, bad.authority, { alpn: ['http/1.1'] });
      wire.send(`GET / HTTP/1.1\r\nHost: ${bad.authority}\r\n\r\n`);
      expect(await wire.until('Event id')).toMatch(/^HTTP\/1.1 50[24] /);
      wire.destroy();
      bad.close();
    }
    await alive();
  });
});
