// Messages that two parties could read in two ways are refused, from clients and from servers, and never reach the other side.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ok,
  openHttp2,
  openTls,
  type RawServer,
  requestHttp2,
  serveAnswers,
  serveRaw,
  startTestProxy,
  type TestProxy,
} from './proxy.ts';

let proxy: TestProxy;
let server: RawServer;
/** Requests that reached the server. */
let reached: string[] = [];

beforeAll(async () => {
  proxy = await startTestProxy({ proxy: { timeouts: { header: 400, idle: 500 } } });
  server = await serveAnswers(proxy, (request) => {
    reached.push(request);
    return ok('reached');
  });
});
beforeEach(() => {
  reached = [];
});
afterAll(async () => {
  server.close();
  await proxy.stop();
});

/** The proxy's answer to bytes in a fresh tunnel, until it ends the connection. */
async function answerTo(bytes: string): Promise<string> {
  const wire = await openTls(proxy, server.authority, { alpn: ['http/1.1'] });
  wire.send(bytes);
  await wire.over();
  wire.destroy();
  return wire.text;
}

const head = (...lines: string[]): string => [...lines, '', ''].join('\r\n');

describe('requests that are ambiguous are refused before they leave', () => {
  const H = 'Host: HOST';
  it.each<[string, string]>([
    [
      'Content-Length with Transfer-Encoding',
      `${head('POST / HTTP/1.1', H, 'Content-Length: 4', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
    ],
    [
      'Transfer-Encoding with Content-Length',
      `${head('POST / HTTP/1.1', H, 'Transfer-Encoding: chunked', 'Content-Length: 4')}0\r\n\r\n`,
    ],
    ['two lengths', `${head('POST / HTTP/1.1', H, 'Content-Length: 4', 'Content-Length: 5')}abcde`],
    ['the same length twice', `${head('POST / HTTP/1.1', H, 'Content-Length: 4', 'Content-Length: 4')}abcd`],
    ['a list of lengths', `${head('POST / HTTP/1.1', H, 'Content-Length: 4, 4')}abcd`],
    ['a negative length', `${head('POST / HTTP/1.1', H, 'Content-Length: -1')}`],
    ['a signed length', `${head('POST / HTTP/1.1', H, 'Content-Length: +4')}abcd`],
    ['a hexadecimal length', `${head('POST / HTTP/1.1', H, 'Content-Length: 0x4')}abcd`],
    ['a huge length', `${head('POST / HTTP/1.1', H, 'Content-Length: 99999999999999999999')}abcd`],
    ['an empty length', `${head('POST / HTTP/1.1', H, 'Content-Length:')}`],
    ['Transfer-Encoding: identity, chunked', `${head('POST / HTTP/1.1', H, 'Transfer-Encoding: identity, chunked')}0\r\n\r\n`],
    ['Transfer-Encoding: chunked, identity', `${head('POST / HTTP/1.1', H, 'Transfer-Encoding: chunked, identity')}0\r\n\r\n`],
    [
      'Transfer-Encoding: chunked, chunked',
      `${head('POST / HTTP/1.1', H, 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
    ],
    ['Transfer-Encoding: xchunked', `${head('POST / HTTP/1.1', H, 'Transfer-Encoding: xchunked')}0\r\n\r\n`],
    ['Transfer-Encoding: gzip, chunked', `${head('POST / HTTP/1.1', H, 'Transfer-Encoding: gzip, chunked')}0\r\n\r\n`],
    ['an empty Transfer-Encoding', `${head('POST / HTTP/1.1', H, 'Transfer-Encoding:')}0\r\n\r\n`],
    ['Transfer-Encoding with vertical tab', `${head('POST / HTTP/1.1', H, 'Transfer-Encoding: \x0bchunked')}0\r\n\r\n`],
    ['Transfer-Encoding on HTTP/1.0', `${head('POST / HTTP/1.0', H, 'Transfer-Encoding: chunked')}0\r\n\r\n`],
    ['a folded line', head('GET / HTTP/1.1', H, 'X-A: 1', ' folded: 2')],
    ['a folded first line', head('GET / HTTP/1.1', ' X-A: 1', H)],
    ['a space before the colon', head('GET / HTTP/1.1', H, 'Transfer-Encoding : chunked')],
    ['a tab before the colon', head('GET / HTTP/1.1', H, 'Content-Length\t: 4')],
    ['a field without colon', head('GET / HTTP/1.1', H, 'garbage')],
    ['an empty name', head('GET / HTTP/1.1', H, ': x')],
    ['NUL in a value', head('GET / HTTP/1.1', H, 'X-A: a\0b')],
    ['NUL in a name', head('GET / HTTP/1.1', H, 'X\0A: b')],
    ['NUL in the target', head('GET /\0 HTTP/1.1', H)],
    ['a bare CR in a value', head('GET / HTTP/1.1', H, 'X-A: a\rX-B: b')],
    ['a bare LF between fields', `GET / HTTP/1.1\r\n${H}\nX-A: 1\r\n\r\n`],
    ['bare LF everywhere', `GET / HTTP/1.1\n${H}\n\n`],
    ['a bare LF at the end of the head', `GET / HTTP/1.1\r\n${H}\r\n\n`],
    ['two Hosts', head('GET / HTTP/1.1', H, H)],
    ['two differing Hosts', head('GET / HTTP/1.1', H, 'host: evil.example')],
    ['no Host', head('GET / HTTP/1.1', 'X-A: 1')],
    ['a Host that is none', head('GET / HTTP/1.1', 'Host: a b')],
    ['a Host with credentials', head('GET / HTTP/1.1', 'Host: user@HOST')],
    ['two spaces in the request line', head('GET  / HTTP/1.1', H)],
    ['a tab in the request line', head('GET\t/ HTTP/1.1', H)],
    ['a space in the target', head('GET /a b HTTP/1.1', H)],
    ['a target without slash', head('GET index.html HTTP/1.1', H)],
    ['an unknown version', head('GET / HTTP/1.2', H)],
    ['HTTP/2 in the clear text of HTTP/1', head('GET / HTTP/2.0', H)],
    ['a lower-case version', head('GET / http/1.1', H)],
    ['no version', 'GET /\r\n\r\n'],
    ['a method that is no token', head('GE(T) / HTTP/1.1', H)],
    ['CONNECT inside the tunnel', head('CONNECT HOST HTTP/1.1', H)],
    ['an asterisk for GET', head('GET * HTTP/1.1', H)],
  ])('%s', async (_name, bytes) => {
    const text = await answerTo(bytes.replaceAll('HOST', server.authority));
    expect(text).toMatch(/^HTTP\/1.1 4(00|21|08) /);
    expect(reached).toEqual([]);
  });

  it.each<[string, string]>([
    ['a size that is no number', 'zz\r\nabc\r\n0\r\n\r\n'],
    ['an empty size', '\r\nabc\r\n0\r\n\r\n'],
    ['a negative size', '-3\r\nabc\r\n0\r\n\r\n'],
    ['a size with sign', '+3\r\nabc\r\n0\r\n\r\n'],
    ['a size with 0x', '0x3\r\nabc\r\n0\r\n\r\n'],
    ['a space before the size', ' 3\r\nabc\r\n0\r\n\r\n'],
    ['a size beyond all bounds', 'fffffffffffffffff\r\nabc\r\n0\r\n\r\n'],
    ['a size line that ends in LF', '3\nabc\r\n0\r\n\r\n'],
    ['an extension that ends in LF', '3;a\nabc\r\n0\r\n\r\n'],
    ['an extension with CR', '3;a\rb\r\nabc\r\n0\r\n\r\n'],
    ['an extension with NUL', '3;a=\0\r\nabc\r\n0\r\n\r\n'],
    ['an endless extension', `3;${'a'.repeat(9000)}`],
    ['data longer than the size', '3\r\nabcd\r\n0\r\n\r\n'],
    ['data that ends in LF', '3\r\nabc\n0\r\n\r\n'],
    ['a bare LF at the end', '3\r\nabc\r\n0\r\n\n'],
    ['a trailer without colon', '3\r\nabc\r\n0\r\nbad\r\n\r\n'],
    ['a folded trailer', '3\r\nabc\r\n0\r\nX: 1\r\n y\r\n\r\n'],
    ['endless trailers', `3\r\nabc\r\n0\r\n${'X: 1\r\n'.repeat(5000)}`],
  ])('chunks: %s', async (_name, body) => {
    const text = await answerTo(`POST / HTTP/1.1\r\nHost: ${server.authority}\r\nTransfer-Encoding: chunked\r\n\r\n${body}`);
    expect(text).toMatch(/^(HTTP\/1.1 400 |$)/);
    expect(reached.filter((request) => request.includes('0\r\n\r\n'))).toEqual([]);
  });

  it('a request hidden in a body is a body', async () => {
    const wire = await openTls(proxy, server.authority, { alpn: ['http/1.1'] });
    const hidden = `GET /hidden HTTP/1.1\r\nHost: ${server.authority}\r\n\r\n`;
    wire.send(`POST /outer HTTP/1.1\r\nHost: ${server.authority}\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`);
    await wire.until('reached');
    wire.destroy();
    expect(reached).toHaveLength(1);
    expect(reached[0]).toMatch(/^POST \/outer[\s\S]*GET \/hidden/);
  });

  it('a head of 1 MB is refused before it is whole', async () => {
    const text = await answerTo(`GET / HTTP/1.1\r\nHost: ${server.authority}\r\nX-Big: ${'a'.repeat(1_000_000)}`);
    expect(text).toMatch(/^HTTP\/1.1 431 /);
    expect(reached).toEqual([]);
  });

  it('a head of 60 KB passes', async () => {
    const wire = await openTls(proxy, server.authority, { alpn: ['http/1.1'] });
    wire.send(`GET / HTTP/1.1\r\nHost: ${server.authority}\r\nX-Big: ${'a'.repeat(60_000)}\r\n\r\n`);
    await wire.until('reached');
    wire.destroy();
    expect(reached[0]!.length).toBeGreaterThan(60_000);
  });
});

describe('requests over HTTP/2 that would become something else over HTTP/1 are refused', () => {
  const rejected = async (fields: string[]): Promise<number> => {
    const session = await openHttp2(proxy, server.authority);
    const all = [':method', 'GET', ':scheme', 'https', ':authority', server.authority, ':path', '/', ...fields];
    const flat: string[] = [];
    // A later pseudo-header replaces the default.
    for (let i = 0; i < all.length; i += 2) {
      const at = flat.indexOf(all[i]!);
      if (all[i]!.startsWith(':') && at >= 0) flat[at + 1] = all[i + 1]!;
      else flat.push(all[i]!, all[i + 1]!);
    }
    return new Promise((resolve) => {
      const stream = session.request(flat as never, { endStream: true });
      stream.on('response', (headers) => resolve(Number(headers[':status'])));
      stream.on('error', () => undefined);
      stream.on('close', () => resolve(0));
    }).finally(() => session.destroy()) as Promise<number>;
  };

  it.each<[string, string[]]>([
    ['a Host beside another :authority', ['host', 'evil.example']],
    ['another :authority', [':authority', 'evil.example']],
    ['a path with a line break', [':path', '/ HTTP/1.1\r\nX-Smuggled: 1\r\n\r\nGET /']],
    ['a path with a space', [':path', '/ HTTP/1.1']],
    ['a path without slash', [':path', 'evil']],
    ['an absolute path', [':path', 'https://evil.example/']],
    ['a method with a space', [':method', 'GET / HTTP/1.1\r\nX: ']],
    ['a length beside no body', ['content-length', '5']],
    ['a length that is none', ['content-length', 'x']],
  ])('%s', async (_name, fields) => {
    expect([0, 400, 421]).toContain(await rejected(fields));
    expect(reached).toEqual([]);
  });

  it.each([
    ['longer than its length', 'GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['shorter than its length', 'abc'],
  ])('a body %s', async (_name, body) => {
    const session = await openHttp2(proxy, server.authority);
    const answer = await requestHttp2(session, { ':method': 'POST', ':path': '/', 'content-length': '5' }, body);
    session.destroy();
    expect([0, 400, 502]).toContain(answer.status);
    expect(reached.join('')).not.toContain('hidden');
  });

  it('a value with a line break does not arrive', async () => {
    await rejected(['x-a', 'a\r\nX-Smuggled: 1']);
    expect(reached.join('')).not.toMatch(/Smuggled/);
  });

  it('Host that repeats :authority is sent once', async () => {
    expect(await rejected(['host', server.authority])).toBe(200);
    expect(reached[0]!.match(/^host:/gim)).toHaveLength(1);
  });
});

describe('answers that are ambiguous are not passed on', () => {
  it.each<[string, string]>([
    [
      'Content-Length with Transfer-Encoding',
      'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde'],
    ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\n'],
    ['a huge length', 'HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n'],
    ['Transfer-Encoding: identity, chunked', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n'],
    ['Transfer-Encoding on HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a folded line', 'HTTP/1.1 200 OK\r\nX-A: 1\r\n 2\r\nContent-Length: 0\r\n\r\n'],
    ['a bare LF', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n\r\n\r\n'],
    ['a space before the colon', 'HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n'],
    ['NUL', 'HTTP/1.1 200 OK\r\nX: \0\r\nContent-Length: 0\r\n\r\n'],
    ['a status that is none', 'HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n'],
    ['no HTTP at all', 'SSH-2.0-OpenSSH_9.6\r\n\r\n'],
    ['HTTP/2 frames', '\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80\r\n\r\n'],
    ['101 that nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n'],
    ['a head of 1 MB', `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(1_000_000)}`],
  ])('%s', async (_name, bytes) => {
    const bad = await serveRaw((wire) => void wire.until('\r\n\r\n').then(() => wire.send(bytes)), {
      context: await proxy.contextFor('bad.localhost'),
      alpn: ['http/1.1'],
      host: 'bad.localhost',
    });
    try {
      const wire = await openTls(proxy, bad.authority, { alpn: ['http/1.1'] });
      wire.send(`GET /bad HTTP/1.1\r\nHost: ${bad.authority}\r\n\r\n`);
      expect(await wire.until('ERR_UPSTREAM_PROTOCOL')).toMatch(/^HTTP\/1.1 502 /);
      wire.destroy();
    } finally {
      bad.close();
    }
  });

  it.each<[string, string]>([
    ['a bad chunk size', 'zz\r\nabc\r\n0\r\n\r\n'],
    ['data longer than its size', '3\r\nabcd\r\n0\r\n\r\n'],
    ['LF for CRLF', '3\nabc\n0\n\n'],
  ])('chunks: %s', async (_name, body) => {
    const bad = await serveRaw(
      (wire) => void wire.until('\r\n\r\n').then(() => wire.send(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${body}`)),
      { context: await proxy.contextFor('bad.localhost'), alpn: ['http/1.1'], host: 'bad.localhost' },
    );
    try {
      const wire = await openTls(proxy, bad.authority, { alpn: ['http/1.1'] });
      wire.send(`GET /bad HTTP/1.1\r\nHost: ${bad.authority}\r\n\r\n`);
      await wire.over();
      expect(wire.text).not.toMatch(/\r\n0\r\n\r\n$/);
      wire.destroy();
    } finally {
      bad.close();
    }
  });

  it('bytes after an answer are nobody’s answer', async () => {
    const extra = await serveAnswers(
      proxy,
      (request) => `${ok('mine')}${request.includes('/first') ? ok('POISON') : ''}`,
      'extra.localhost',
    );
    const first = await openTls(proxy, extra.authority, { alpn: ['http/1.1'] });
    first.send(`GET /first HTTP/1.1\r\nHost: ${extra.authority}\r\n\r\n`);
    await first.until('mine');
    const second = await openTls(proxy, extra.authority, { alpn: ['http/1.1'] });
    second.send(`GET /second HTTP/1.1\r\nHost: ${extra.authority}\r\n\r\n`);
    await second.until('mine');
    expect(first.text + second.text).not.toContain('POISON');
    first.destroy();
    second.destroy();
    extra.close();
  });

  it('the same length twice is sent once', async () => {
    const twice = await serveAnswers(
      proxy,
      () => 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok',
      'twice.localhost',
    );
    const wire = await openTls(proxy, twice.authority, { alpn: ['http/1.1'] });
    wire.send(`GET / HTTP/1.1\r\nHost: ${twice.authority}\r\n\r\n`);
    expect((await wire.until('\r\n\r\nok')).match(/Content-Length/g)).toHaveLength(1);
    wire.destroy();
    twice.close();
  });
});
