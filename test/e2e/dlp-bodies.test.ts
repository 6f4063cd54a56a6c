// DLP on bodies as they come over the wire: in any pieces, coding and length, broken or hostile. What is changed keeps its framing
// right, what is not changed passes byte by byte, and what cannot be read is ruled by onError.

import { randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  eventually,
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
  type TestProxyOptions,
  type Wire,
} from './proxy.ts';
import { CARD, PRIVATE_KEY } from './servers/records-server.ts';

const MARK = /\[payment-card [0-9a-f]{6}\]/;
const DLP: TestProxyOptions['dlp'] = [
  { id: 'cards', detectors: ['payment-card'], request: 'redact', response: 'redact' },
  { id: 'keys', detectors: ['private-key'], request: 'block', response: 'block' },
];

let proxy: TestProxy;
let closed: TestProxy;
const closers: (() => void)[] = [];

beforeAll(async () => {
  [proxy, closed] = await Promise.all([
    startTestProxy({ dlp: DLP }),
    startTestProxy({ dlp: DLP, proxy: { onError: 'closed', inspect: { dlp: '1MiB' } } }),
  ]);
});
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
});
afterAll(() => Promise.all([proxy.stop(), closed.stop()]));

type Answering = Parameters<typeof serveAnswers>[1];

/** An approved server whose answers are written by hand. */
async function answers(of: TestProxy, answer: Answering): Promise<RawServer> {
  const server = await serveAnswers(of, answer);
  closers.push(() => server.close());
  of.approve([{ url: `https://${server.authority}` }]);
  return server;
}

async function wireTo(of: TestProxy, server: RawServer): Promise<Wire> {
  const wire = await openTls(of, server.authority, { alpn: ['http/1.1'] });
  closers.push(() => wire.destroy());
  return wire;
}

const JSON_TYPE = ['Content-Type: application/json'];
const call = (text: string, id: number | string = 1) =>
  JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'note', arguments: { text } } });
const result = (text: string, id: number | string = 1) =>
  JSON.stringify({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text }] } });
const headOf = (text: string) => text.slice(0, text.indexOf('\r\n\r\n'));
/** The content, chunked or not. */
function bodyOf(text: string): string {
  const body = text.slice(text.indexOf('\r\n\r\n') + 4);
  if (!/transfer-encoding: chunked/i.test(headOf(text))) return body;
  const pieces: string[] = [];
  for (let at = 0; at < body.length; ) {
    const line = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.slice(at, line), 16);
    pieces.push(body.slice(line + 2, line + 2 + size));
    at = line + size + 4;
  }
  return pieces.join('');
}
const lengthOf = (text: string) => Number(/\r\ncontent-length: *(\d+)/i.exec(headOf(text))?.[1] ?? -1);

/** Sends one call and gives back what the client saw. */
async function ask(
  of: TestProxy,
  server: RawServer,
  body = call('hello'),
  headers: readonly string[] = JSON_TYPE,
): Promise<string> {
  const wire = await wireTo(of, server);
  wire.send(Buffer.from(post(server.authority, '/mcp', body, [...headers, 'Connection: close'])));
  await wire.over(10_000);
  return wire.text;
}

/** The request as the server got it, with an answer. */
function keeping(seen: string[]): Answering {
  return (request) => {
    seen.push(request);
    return ok(result('fine'), ...JSON_TYPE);
  };
}

describe('a request whose content changes', () => {
  it('has the right length, and says nothing about the old bytes', async () => {
    const seen: string[] = [];
    const server = await answers(proxy, keeping(seen));
    const old = ['Content-MD5: x', 'Digest: x', 'Content-Digest: x', 'Repr-Digest: x', 'X-Kept: 1'];
    await ask(proxy, server, call(`pay ${CARD} now, é`), [...JSON_TYPE, ...old]);
    expect(bodyOf(seen[0]!)).toMatch(MARK);
    expect(seen[0]).not.toContain(CARD);
    expect(lengthOf(seen[0]!)).toBe(bodyOf(seen[0]!).length);
    expect(headOf(seen[0]!)).toMatch(/X-Kept: 1/);
    expect(headOf(seen[0]!)).not.toMatch(/md5|digest/i);
  });

  it('is decoded if it was compressed; one that does not change stays as it is', async () => {
    const seen: string[] = [];
    const server = await answers(proxy, keeping(seen));
    const coded = [...JSON_TYPE, 'Content-Encoding: gzip'];
    for (const text of [`pay ${CARD}`, 'nothing']) {
      const bytes = gzipSync(call(text));
      const wire = await wireTo(proxy, server);
      wire
        .send(post(server.authority, '/mcp', '', coded).replace('Content-Length: 0', `Content-Length: ${bytes.length}`))
        .send(bytes);
      await wire.until('fine');
    }
    expect(headOf(seen[0]!)).not.toMatch(/content-encoding/i);
    expect(bodyOf(seen[0]!)).toMatch(MARK);
    expect(headOf(seen[1]!)).toMatch(/content-encoding: gzip/i);
    expect(gunzipSync(Buffer.from(bodyOf(seen[1]!), 'latin1')).toString()).toBe(call('nothing'));
  });

  it('is read whole, though it comes byte by byte, in chunks and with trailers', async () => {
    const server = await serveRaw(
      (wire) =>
        void wire
          .until('\r\n\r\n')
          .then(() => wire.until(/\r\n0\r\n.*\r\n\r\n$/s))
          .then(() => wire.send(ok(result('fine')))),
      {
        context: await proxy.contextFor('origin.localhost'),
        alpn: ['http/1.1'],
      },
    );
    closers.push(() => server.close());
    proxy.approve([{ url: `https://${server.authority}` }]);
    const wire = await wireTo(proxy, server);
    wire.send(
      `POST /mcp HTTP/1.1\r\nHost: ${server.authority}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    for (const byte of Buffer.from(call(`pay ${CARD}`))) wire.send(`1\r\n${String.fromCharCode(byte)}\r\n`);
    wire.send('0\r\nContent-Digest: x\r\nX-Kept: 1\r\n\r\n');
    await wire.until('fine');
    const arrived = server.connections[0]!.text;
    expect(arrived).toMatch(MARK);
    expect(headOf(arrived)).toMatch(/transfer-encoding: chunked/i);
    expect(arrived).toMatch(/\r\n0\r\nX-Kept: 1\r\n\r\n$/);
  });

  it('is held together with its head, however late it comes', async () => {
    const seen: string[] = [];
    const server = await answers(proxy, keeping(seen));
    const wire = await wireTo(proxy, server);
    const body = call(`pay ${CARD}`);
    wire.send(post(server.authority, '/mcp', body, JSON_TYPE).slice(0, -body.length));
    await new Promise((resolve) => setTimeout(resolve, 100));
    wire.send(body);
    await wire.until('fine');
    expect(bodyOf(seen[0]!)).toMatch(MARK);
    expect(lengthOf(seen[0]!)).toBe(bodyOf(seen[0]!).length);
  });

  it('changes together with the fields that repeat it, wherever it was found', async () => {
    const seen: string[] = [];
    const server = await answers(proxy, keeping(seen));
    const mirror = (value: string) => [...JSON_TYPE, `Mcp-Param-Text: ${value}`];
    await ask(proxy, server, call(`pay ${CARD}`), mirror(`=?base64?${Buffer.from(`pay ${CARD}`).toString('base64')}?=`));
    await ask(proxy, server, call(CARD), mirror(CARD));
    const [coded, plain] = seen.map((each) => /\r\nmcp-param-text: (.*)\r\n/i.exec(each)![1]!);
    const sent = seen.map(
      (each) => (JSON.parse(bodyOf(each)) as { params: { arguments: { text: string } } }).params.arguments.text,
    );
    expect(Buffer.from(coded!.slice(9, -2), 'base64').toString()).toBe(sent[0]);
    expect(sent[0]).toMatch(MARK);
    expect(plain).toBe(sent[1]);
    expect(plain).toMatch(MARK);
  });
});

describe('an answer whose content changes', () => {
  it('is decoded, has the right length, and no digest or tag of the old bytes', async () => {
    const body = gzipSync(result(`card ${CARD}`));
    const fields = ['ETag: "1"', 'Content-Digest: x', 'Content-Encoding: gzip', ...JSON_TYPE, 'X-Kept: 1'];
    const head = ['HTTP/1.1 200 OK', `Content-Length: ${body.length}`, ...fields, '', ''].join('\r\n');
    const server = await answers(proxy, () => Buffer.concat([Buffer.from(head), body]));
    const text = await ask(proxy, server);
    expect(JSON.parse(bodyOf(text))).toMatchObject({ id: 1, result: { content: [{ text: expect.stringMatching(MARK) }] } });
    expect(lengthOf(text)).toBe(bodyOf(text).length);
    expect(headOf(text)).toMatch(/X-Kept: 1/);
    expect(headOf(text)).not.toMatch(/etag|digest|content-encoding/i);
  });

  it('stays in chunks and keeps its trailers', async () => {
    const body = result(`card ${CARD}`);
    const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
    const server = await answers(
      proxy,
      () =>
        `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(body.slice(0, 80))}${chunk(body.slice(80))}0\r\nRepr-Digest: x\r\nX-Kept: 1\r\n\r\n`,
    );
    const text = await ask(proxy, server);
    expect(headOf(text)).toMatch(/transfer-encoding: chunked/i);
    expect(text).toMatch(MARK);
    expect(text).toMatch(/\r\n0\r\nX-Kept: 1\r\n\r\n$/);
  });

  it('fits its length over HTTP/2 on both sides', async () => {
    const arrived: string[] = [];
    const server = await serveHttp2(proxy, (stream, headers) => {
      let text = '';
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      stream.on('end', () => {
        arrived.push(`${headers['content-length']} ${text}`);
        const body = result(`card ${CARD}`);
        stream.respond({
          ':status': 200,
          'content-type': 'application/json',
          'content-length': String(body.length),
          etag: '"1"',
        });
        stream.end(body);
      });
    });
    closers.push(() => server.close());
    proxy.approve([{ url: `https://${server.authority}` }]);
    const session = await openHttp2(proxy, server.authority);
    closers.push(() => session.destroy());
    const body = call(`pay ${CARD}`);
    const fields = { 'content-type': 'application/json', 'content-length': String(body.length) };
    const answer = await requestHttp2(session, { ':method': 'POST', ':path': '/mcp', ...fields }, body);
    expect(answer.code).toBe(0);
    expect(answer.body.toString()).toMatch(MARK);
    expect(answer.headers['content-length']).toBe(String(answer.body.length));
    expect(answer.headers.etag).toBeUndefined();
    const [length, ...sent] = arrived[0]!.split(' ');
    expect(sent.join(' ')).toMatch(MARK);
    expect(Number(length)).toBe(sent.join(' ').length);
  });

  it('reaches a client that reads slowly, whole', async () => {
    const body = result(`${randomBytes(1_400_000).toString('base64')} card ${CARD}`);
    const server = await answers(proxy, () => ok(body, ...JSON_TYPE));
    const wire = await wireTo(proxy, server);
    wire.send(post(server.authority, '/mcp', call('x'), [...JSON_TYPE, 'Connection: close']));
    await wire.until('HTTP/1.1 200');
    wire.socket.pause();
    await new Promise((resolve) => setTimeout(resolve, 200));
    wire.socket.resume();
    await wire.over(10_000);
    expect(JSON.parse(bodyOf(wire.text)).result.content[0].text.slice(-40)).toMatch(MARK);
    expect(lengthOf(wire.text)).toBe(bodyOf(wire.text).length);
  });
});

describe('an answer whose content does not change', () => {
  it('passes byte by byte, and the connection to the server serves on', async () => {
    const body = gzipSync(result(randomBytes(900_000).toString('base64')));
    const head = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nETag: "1"\r\nContent-Length: ${body.length}\r\n\r\n`;
    const server = await answers(proxy, () => Buffer.concat([Buffer.from(head), body]));
    for (let round = 0; round < 3; round++) {
      const wire = await wireTo(proxy, server);
      wire.send(post(server.authority, '/mcp', call('x'), [...JSON_TYPE, 'Connection: close']));
      await wire.until('HTTP/1.1 200');
      wire.socket.pause();
      await new Promise((resolve) => setTimeout(resolve, 30));
      wire.socket.resume();
      await wire.over(10_000);
      expect(Buffer.from(bodyOf(wire.text), 'latin1').equals(body)).toBe(true);
      expect(headOf(wire.text)).toMatch(/ETag: "1"/);
    }
  });
});

describe('an event stream in a coding', () => {
  it('is decoded, and its events change', async () => {
    const events = gzipSync(`event: message\r\nid: 9\r\ndata: ${result(`card ${CARD}`)}\r\n\r\n: end\r\n\r\n`);
    const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\nConnection: close\r\n';
    const server = await answers(proxy, (_, wire) => {
      wire.send(Buffer.concat([Buffer.from(`${head}Content-Length: ${events.length}\r\n\r\n`), events]));
      return undefined;
    });
    const text = await ask(proxy, server);
    expect(headOf(text)).not.toMatch(/content-encoding|content-length/i);
    expect(bodyOf(text)).toMatch(/event: message\r\nid: 9\r\ndata: \{.*\[payment-card [0-9a-f]{6}\].*\}\r\n\r\n: end\r\n\r\n/);
  });
});

describe('hostile and broken bodies', () => {
  it('nested a hundred thousand deep pass with what is in them replaced', async () => {
    const deep = `${'['.repeat(100_000)}"${CARD}"${']'.repeat(100_000)}`;
    const seen: string[] = [];
    const server = await answers(proxy, keeping(seen));
    const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"note","arguments":{"text":"${CARD}","deep":${deep}}}}`;
    expect(await ask(proxy, server, body)).toContain('fine');
    expect(bodyOf(seen[0]!).slice(0, 200)).toMatch(MARK);
    expect(bodyOf(seen[0]!)).not.toContain(CARD);
  });

  it('with bytes that are not UTF-8 are read all the same', async () => {
    const bytes = Buffer.concat([
      Buffer.from(result('a').slice(0, -5)),
      Buffer.from([0xff, 0xc3, 0x28]),
      Buffer.from(` ${CARD}"}]}}`),
    ]);
    const head = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${bytes.length}\r\n\r\n`;
    const server = await answers(proxy, () => Buffer.concat([Buffer.from(head), bytes]));
    const text = await ask(proxy, server);
    expect(text).toMatch(MARK);
    expect(text).not.toContain(CARD);
    expect(lengthOf(text)).toBe(bodyOf(text).length);
  });

  it('that end too early are read as far as they go', async () => {
    const cut = `{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"card ${CARD}`;
    const server = await answers(proxy, () => ok(cut, ...JSON_TYPE));
    expect(await ask(proxy, server)).not.toContain(CARD);
  });

  const huge = (text: string) => result(`${text} ${'x'.repeat(50 * 1024 * 1024)}`);

  it('of 50 MB pass if nothing was found before the limit, and are blocked where errors are closed', async () => {
    const body = huge('fine');
    for (const [of, expected] of [
      [proxy, /"text":"fine x/],
      [closed, /Blocked by Daylight: DLP: .*too long/],
    ] as const) {
      const server = await answers(of, () => ok(body, ...JSON_TYPE));
      const text = await ask(of, server);
      expect(text.slice(0, 2000)).toMatch(expected);
      if (of === proxy) expect(bodyOf(text)).toHaveLength(body.length);
    }
  });

  it('of 50 MB are blocked if something was found that is to be replaced', async () => {
    const server = await answers(proxy, () => ok(huge(CARD), ...JSON_TYPE));
    const text = await ask(proxy, server);
    expect(text.length).toBeLessThan(5000);
    expect(JSON.parse(bodyOf(text))).toMatchObject({ id: 1, error: { message: expect.stringMatching(/Blocked.*payment-card/) } });
  });

  it('of 50 MB on their way out are stopped as well', async () => {
    const seen: string[] = [];
    const server = await answers(proxy, keeping(seen));
    const body = call(`${CARD} ${'x'.repeat(20 * 1024 * 1024)}`);
    const wire = await wireTo(proxy, server);
    wire.send(post(server.authority, '/mcp', body, JSON_TYPE));
    await wire.until(/Blocked by Daylight/, 10_000);
    expect(seen).toEqual([]);
  });

  it.each([
    ['an unknown coding', 'zz', Buffer.from('whatever')],
    ['a broken coding', 'gzip', Buffer.concat([gzipSync(result('x'.repeat(3000))).subarray(0, 40), Buffer.alloc(40, 1)])],
  ])('in %s pass, or not, as onError says', async (_, coding, bytes) => {
    const head = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: ${coding}\r\nContent-Length: ${bytes.length}\r\n\r\n`;
    const answer = () => Buffer.concat([Buffer.from(head), bytes]);
    const passed = await ask(proxy, await answers(proxy, answer));
    expect(Buffer.from(bodyOf(passed), 'latin1').equals(bytes)).toBe(true);
    expect(await ask(closed, await answers(closed, answer))).toMatch(/Blocked by Daylight: DLP/);
  });

  it('in an event that is too long are ruled alike, and the stream goes on', async () => {
    const event = (text: string, id: number) => `data: ${result(text, id)}\n\n`;
    const long = (text: string) => event(`${text} ${'y'.repeat(5 * 1024 * 1024)}`, 1);
    const serve = (of: TestProxy, stream: string) =>
      answers(of, (_, wire) => {
        wire.send(`HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n${stream}`);
        setTimeout(() => wire.socket.end(), 50);
        return undefined;
      });
    const stream = long('a') + event('next', 2);
    expect(bodyOf(await ask(proxy, await serve(proxy, stream)))).toContain(`yyy"}]}}\n\n${event('next', 2)}`);
    for (const [of, text] of [
      [proxy, CARD],
      [closed, 'a'],
    ] as const) {
      const seen = bodyOf(await ask(of, await serve(of, long(text) + event('next', 2))));
      expect(seen.length).toBeLessThan(5000);
      expect(seen).toMatch(/data: \{"jsonrpc":"2.0","id":1,"error":.*Blocked by Daylight/);
      expect(seen).toContain(event('next', 2).trim());
    }
  });
});

describe('one flow does not wait for another', () => {
  it('small ones pass while large ones are read, and a client that leaves stops its own', async () => {
    const big = result(`${'word '.repeat(600_000)} ${CARD}`);
    const server = await answers(proxy, (request) => ok(request.includes('"big"') ? big : result('small'), ...JSON_TYPE));
    const large = await Promise.all(Array.from({ length: 6 }, () => wireTo(proxy, server)));
    for (const wire of large) wire.send(post(server.authority, '/mcp', call('big'), JSON_TYPE));
    const small = await ask(proxy, server, call('hello'));
    expect(small).toContain('small');
    large[0]!.destroy();
    for (const wire of large.slice(1)) {
      await eventually('a large answer', () => wire.bytes > big.length);
      expect(wire.text.slice(-200)).toMatch(MARK);
    }
  });
});

describe('a pause of protection', () => {
  it('lets everything pass and records what was found', async () => {
    const seen: string[] = [];
    const server = await answers(proxy, keeping(seen));
    proxy.approve([{ url: `https://${server.authority}` }], { until: '2099-01-01', by: 'test', comment: 'incident' });
    await ask(proxy, server, call(`${CARD} ${PRIVATE_KEY}`));
    expect(seen[0]).toContain(CARD);
    // A server of an earlier test may have had the same port.
    const event = await proxy.event((each) => each.url.includes(server.authority) && each.dlp_count === 2);
    expect(event).toMatchObject({ disposition: 'logged', dlp_count: 2 });
  });
});
