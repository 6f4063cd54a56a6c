// Bodies: intact whatever their size and coding, never ahead of a slow reader, held where they may be JSON-RPC.

import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { INSTALL_DIR } from '../../src/config.ts';
import {
  eventually,
  INITIALIZE,
  ok,
  openHttp2,
  openTls,
  post,
  type RawServer,
  requestHttp2,
  serveAnswers,
  serveHttp2,
  serveRaw,
  startTestProxy,
  type TestProxy,
  type Wire,
} from './proxy.ts';

let proxy: TestProxy;
let blocking: TestProxy;
const closers: (() => void)[] = [];

beforeAll(async () => {
  [proxy, blocking] = await Promise.all([startTestProxy(), startTestProxy({ shadow: 'block' })]);
});
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
});
afterAll(() => Promise.all([proxy.stop(), blocking.stop()]));

async function answers(of: TestProxy, answer: Parameters<typeof serveAnswers>[1]): Promise<RawServer> {
  const server = await serveAnswers(of, answer);
  closers.push(() => server.close());
  return server;
}

async function wireTo(of: TestProxy, server: RawServer): Promise<Wire> {
  const wire = await openTls(of, server.authority, { alpn: ['http/1.1'] });
  closers.push(() => wire.destroy());
  return wire;
}

/** A server that reads and never answers. */
async function silent(of: TestProxy): Promise<RawServer> {
  const server = await serveRaw(() => {}, { context: await of.contextFor('origin.localhost'), alpn: ['http/1.1'] });
  closers.push(() => server.close());
  return server;
}

const sha = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const received = (server: RawServer): string => server.connections.map((each) => each.text).join('');

describe('large bodies arrive intact', () => {
  const content = randomBytes(8 * 1024 * 1024);

  it('down and up over HTTP/1.1, by length and in chunks', async () => {
    const server = await serveRaw(
      (wire) => {
        void wire.until('\r\n\r\n').then(async (text) => {
          if (text.startsWith('GET /length'))
            wire.send(
              Buffer.concat([
                Buffer.from(`HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ${content.length}\r\n\r\n`),
                content,
              ]),
            );
          else if (text.startsWith('GET /chunks')) {
            wire.send('HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n');
            for (let at = 0; at < content.length; at += 100_003) {
              const piece = content.subarray(at, at + 100_003);
              wire
                .send(`${piece.length.toString(16)}\r\n`)
                .send(piece)
                .send('\r\n');
            }
            wire.send('0\r\n\r\n');
          } else {
            await eventually('the upload', () => wire.bytes >= text.indexOf('\r\n\r\n') + 4 + content.length);
            wire.send(ok(sha(wire.data.subarray(text.indexOf('\r\n\r\n') + 4))));
          }
        });
      },
      { context: await proxy.contextFor('origin.localhost'), alpn: ['http/1.1'] },
    );
    closers.push(() => server.close());
    const down = await wireTo(proxy, server);
    down.send(`GET /length HTTP/1.1\r\nHost: ${server.authority}\r\nConnection: close\r\n\r\n`);
    await down.over(10_000);
    expect(sha(down.data.subarray(down.data.indexOf('\r\n\r\n') + 4))).toBe(sha(content));
    const chunks = await wireTo(proxy, server);
    chunks.send(`GET /chunks HTTP/1.0\r\nHost: ${server.authority}\r\n\r\n`);
    await chunks.over(10_000);
    expect(sha(chunks.data.subarray(chunks.data.indexOf('\r\n\r\n') + 4))).toBe(sha(content));
    const up = await wireTo(proxy, server);
    up.send(`POST /up HTTP/1.1\r\nHost: ${server.authority}\r\nContent-Length: ${content.length}\r\n\r\n`).send(content);
    await up.until(sha(content), 10_000);
  });

  it('down and up over HTTP/2', async () => {
    const server = await serveHttp2(proxy, (stream) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        stream.respond({ ':status': 200, 'x-sha': sha(Buffer.concat(chunks)) });
        stream.end(content);
      });
    });
    closers.push(() => server.close());
    const session = await openHttp2(proxy, server.authority);
    closers.push(() => session.destroy());
    const answer = await requestHttp2(session, { ':method': 'POST', ':path': '/' }, content);
    expect(answer.headers['x-sha']).toBe(sha(content));
    expect(sha(answer.body)).toBe(sha(content));
  });

  it('from HTTP/2 to HTTP/1.1 and back', async () => {
    const server = await answers(proxy, (request) =>
      ok(sha(Buffer.from(request.slice(request.indexOf('\r\n\r\n') + 4), 'latin1'))),
    );
    const session = await openHttp2(proxy, server.authority);
    closers.push(() => session.destroy());
    const part = content.subarray(0, 1024 * 1024);
    const headers = { ':method': 'POST', ':path': '/', 'content-length': String(part.length) };
    expect((await requestHttp2(session, headers, part)).body.toString()).toBe(sha(part));
  });

  it.each<[string, (bytes: Buffer) => Buffer]>([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', (bytes) => brotliCompressSync(bytes, { params: { 0: 1 } })],
    ['zstd', zstdCompressSync],
    ['unknown', (bytes) => bytes],
    ['gzip', () => Buffer.from('this is not gzip at all')],
  ])('%s is not touched on the wire, and JSON-RPC in it is seen', async (coding, encode) => {
    const big = Buffer.from(
      JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'initialize',
        params: {
          protocolVersion: '2025-06-18',
          clientInfo: { name: 'x', version: '1' },
          capabilities: {},
          pad: 'p'.repeat(500_000),
        },
      }),
    );
    for (const plain of [Buffer.from(INITIALIZE), big]) {
      const body = encode(plain);
      let seen = '';
      const server = await answers(proxy, (request) => {
        seen = request.slice(request.indexOf('\r\n\r\n') + 4);
        return Buffer.concat([
          Buffer.from(
            `HTTP/1.1 200 OK\r\nContent-Encoding: ${coding}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
          ),
          body,
        ]);
      });
      const path = `/${coding}-${plain.length}-${body.length}`;
      const wire = await wireTo(proxy, server);
      wire.send(
        `POST ${path} HTTP/1.1\r\nHost: ${server.authority}\r\nContent-Encoding: ${coding}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
      );
      wire.send(body);
      await eventually('the answer', () => wire.data.includes(body));
      expect(sha(Buffer.from(seen, 'latin1'))).toBe(sha(body));
      const event = await proxy.event((each) => each.path === path);
      if (coding !== 'unknown' && body.length > 100) expect(event).toMatchObject({ traffic: 'shadow', mcp_method: 'initialize' });
    }
  });
});

describe('nobody is ahead of a slow reader', () => {
  it('a 300 MB download whose client stalls takes at most 15 MB, over HTTP/1.1 and HTTP/2', async () => {
    const output = await new Promise<string>((resolve, reject) => {
      const child = spawn(process.execPath, [join(INSTALL_DIR, 'test/e2e/stalled-download.ts')], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const timer = setTimeout(() => child.kill('SIGKILL'), 25_000);
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      child.on('error', reject);
      child.on('exit', () => {
        clearTimeout(timer);
        resolve(text);
      });
    });
    const results = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { name: string; grownMiB: number; sentMiB: number });
    expect(results.map((result) => result.name)).toEqual(['http/1.1', 'h2', 'compressed JSON', 'websocket refused', 'h2 to h2']);
    for (const { name, grownMiB, sentMiB } of results) {
      expect(grownMiB, `${name}: grown by`).toBeLessThanOrEqual(15);
      expect(sentMiB, `${name}: sent by the server`).toBeLessThan(60);
    }
  });

  it('an upload whose server stalls waits at the client', async () => {
    const server = await silent(proxy);
    const wire = await wireTo(proxy, server);
    wire.send(`POST /up HTTP/1.1\r\nHost: ${server.authority}\r\nContent-Length: 300000000\r\n\r\n`);
    await eventually('the connection', () => {
      if (server.connections.length === 0) wire.send('text ');
      return server.connections.length > 0;
    });
    server.connections[0]!.socket.pause();
    const piece = Buffer.alloc(1024 * 1024, 'x');
    let sent = 0;
    let stalled = 0;
    while (sent < 200 && stalled < 20) {
      if (wire.socket.writableLength < 2 * piece.length) {
        wire.send(piece);
        sent++;
        stalled = 0;
      } else stalled++;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(sent).toBeLessThan(60);
  });
});

describe('a body that may be JSON is held until the verdict', () => {
  const call = (pad: number): string =>
    `{"jsonrpc":"2.0","id":7,"params":{"name":"t","pad":"${'p'.repeat(pad)}"},"method":"tools/call"}`;

  it('a small one never leaves when it is blocked, and the answer names its id', async () => {
    const server = await silent(blocking);
    const wire = await wireTo(blocking, server);
    wire.send(
      post(server.authority, '/mcp', INITIALIZE, [
        'Content-Type: application/json',
        'Accept: application/json, text/event-stream',
      ]),
    );
    const text = await wire.until('"code"');
    expect(text).toMatch(/^HTTP\/1.1 200 OK/);
    expect(JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4))).toMatchObject({
      jsonrpc: '2.0',
      id: 1,
      error: { data: { daylight: {} } },
    });
    expect(received(server)).toBe('');
    const event = await blocking.event((each) => each.path === '/mcp');
    expect(event).toMatchObject({ disposition: 'blocked', traffic: 'shadow' });
  });

  it('however slowly it comes, even byte by byte, nothing of it leaves before the verdict', async () => {
    const server = await silent(blocking);
    const wire = await wireTo(blocking, server);
    const body = INITIALIZE;
    wire.send(
      `POST /slow HTTP/1.1\r\nHost: ${server.authority}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    await new Promise((resolve) => setTimeout(resolve, 60));
    for (let at = 0; at < body.length; at += 7) {
      wire.send(body.slice(at, at + 7));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(await wire.until('"code"')).toContain('"id":1');
    expect(received(server)).not.toContain('jsonrpc');
  });

  it.each([
    ['by length', false],
    ['in chunks, with white space after the document', true],
  ])('one of 1.5 MiB with the method as last key never arrives whole: %s', async (_name, chunked) => {
    const server = await silent(blocking);
    const wire = await wireTo(blocking, server);
    const body = call(1_500_000);
    const framing = chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`;
    wire.send(`POST /big HTTP/1.1\r\nHost: ${server.authority}\r\nContent-Type: application/json\r\n${framing}\r\n\r\n`);
    if (chunked) {
      wire.send(`${body.length.toString(16)}\r\n${body}\r\n`);
      for (let i = 0; i < 5; i++) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        wire.send('1\r\n \r\n');
      }
      wire.send('0\r\n\r\n');
    } else wire.send(body);
    await wire.until('"id":7');
    const arrived = received(server);
    expect(arrived.length).toBeGreaterThan(100_000);
    expect(arrived).not.toContain('"}');
    expect(arrived).not.toContain('\r\n0\r\n');
  });

  it.each<[string, (bytes: Buffer) => Buffer]>([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['deflate', deflateSync],
  ])('compressed by %s it is held all the same', async (coding, encode) => {
    const server = await silent(blocking);
    const wire = await wireTo(blocking, server);
    const body = encode(Buffer.from(call(2000)));
    wire
      .send(
        `POST /z HTTP/1.1\r\nHost: ${server.authority}\r\nContent-Type: application/json\r\nContent-Encoding: ${coding}\r\nContent-Length: ${body.length}\r\n\r\n`,
      )
      .send(body);
    await wire.until('"id":7');
    expect(received(server)).toBe('');
  });

  it('a large compressed one, incompressible and sent at full speed, is blocked before its end leaves', async () => {
    const server = await silent(blocking);
    const wire = await wireTo(blocking, server);
    const body = gzipSync(
      Buffer.from(
        `{"jsonrpc":"2.0","id":7,"params":{"name":"t","pad":"${randomBytes(2_000_000).toString('base64')}"},"method":"tools/call"}`,
      ),
    );
    wire
      .send(`POST /z HTTP/1.1\r\nHost: ${server.authority}\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`)
      .send(body);
    await wire.until('"id":7');
    expect(Buffer.from(received(server), 'latin1').includes(body.subarray(-64))).toBe(false);
  });

  it('a decompression bomb costs a bounded amount and passes as it is', async () => {
    const bomb = gzipSync(Buffer.concat([Buffer.from('{"a":"'), Buffer.alloc(100 * 1024 * 1024, 'a')]), { level: 1 });
    let length = 0;
    const server = await answers(proxy, (request) => {
      length = request.length - request.indexOf('\r\n\r\n') - 4;
      return ok('got it');
    });
    const wire = await wireTo(proxy, server);
    wire
      .send(
        `POST /bomb HTTP/1.1\r\nHost: ${server.authority}\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`,
      )
      .send(bomb);
    await wire.until('got it', 10_000);
    expect(length).toBe(bomb.length);
  });

  it('what cannot be JSON is not held: its first bytes arrive while the rest is still to come', async () => {
    const server = await silent(proxy);
    const wire = await wireTo(proxy, server);
    wire.send(
      `POST /csv HTTP/1.1\r\nHost: ${server.authority}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\nid,name`,
    );
    await eventually('the first bytes', () => received(server).endsWith('id,name'));
  });

  it('white space in front, for long, is held with what follows', async () => {
    const server = await silent(blocking);
    const wire = await wireTo(blocking, server);
    const body = `${' \r\n\t'.repeat(2000)}${INITIALIZE}`;
    wire.send(post(server.authority, '/blank', body, ['Content-Type: application/json']));
    await wire.until('"id":1');
    expect(received(server)).not.toContain('jsonrpc');
    const longer = await wireTo(blocking, server);
    longer.send(post(server.authority, '/blanker', `${' '.repeat(2_000_000)}${INITIALIZE}`));
    await longer.until('"id":1');
    expect(received(server)).not.toContain('jsonrpc');
  });

  it('a batch is refused whole, with an error for each id', async () => {
    const server = await silent(blocking);
    const wire = await wireTo(blocking, server);
    const batch = [
      { jsonrpc: '2.0', id: 'a', method: 'tools/list' },
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'x' } },
    ];
    wire.send(
      post(server.authority, '/batch', JSON.stringify(batch), [
        'Content-Type: application/json',
        'MCP-Protocol-Version: 2025-03-26',
      ]),
    );
    const text = await wire.until('"code"');
    expect((JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)) as { id: unknown }[]).map((each) => each.id)).toEqual(['a', 2]);
    expect(received(server)).toBe('');
  });

  it('over HTTP/2, a blocked body never looks whole to the server', async () => {
    let whole = false;
    const server = await serveHttp2(blocking, (stream) => {
      stream.on('data', () => {});
      stream.on('end', () => {
        whole ||= !stream.aborted;
      });
    });
    closers.push(() => server.close());
    const session = await openHttp2(blocking, server.authority);
    closers.push(() => session.destroy());
    const answer = await requestHttp2(session, { ':method': 'POST', ':path': '/mcp' }, call(1_500_000));
    expect(answer.body.toString()).toContain('"id":7');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(whole).toBe(false);
  });

  it('the connection goes on after a blocked request', async () => {
    const server = await answers(blocking, () => ok('benign'));
    const wire = await wireTo(blocking, server);
    wire.send(post(server.authority, '/mcp', INITIALIZE));
    await wire.until('"code"');
    wire.forget();
    wire.send(`GET /page HTTP/1.1\r\nHost: ${server.authority}\r\n\r\n`);
    await wire.until('benign');
  });

  it('when the server cannot be reached the connection goes on too', async () => {
    const server = await answers(proxy, () => ok('x'));
    const wire = await wireTo(proxy, server);
    server.close();
    await eventually('the server is gone', () => !server.server.listening);
    for (const path of ['/1', '/2']) {
      wire.forget();
      wire.send(post(server.authority, path, '{"a":1}'));
      expect(await wire.until('Event id')).toMatch(/^HTTP\/1.1 502 /);
    }
  });
});
