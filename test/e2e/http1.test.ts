// HTTP/1.1 on both sides, byte by byte: what must arrive unchanged, what must end here, and what happens when either side leaves.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  dialProxy,
  eventually,
  ok,
  openTls,
  openTunnel,
  post,
  type RawServer,
  serveAnswers,
  serveRaw,
  startTestProxy,
  type TestProxy,
  type Wire,
} from './proxy.ts';

let proxy: TestProxy;
const servers: RawServer[] = [];
const wires: Wire[] = [];

beforeAll(async () => {
  proxy = await startTestProxy();
});
afterEach(() => {
  for (const wire of wires.splice(0)) wire.destroy();
  for (const server of servers.splice(0)) server.close();
});
afterAll(() => proxy.stop());

async function serve(answer: Parameters<typeof serveAnswers>[1]): Promise<RawServer> {
  const server = await serveAnswers(proxy, answer);
  servers.push(server);
  return server;
}

async function open(server: RawServer, alpn: string[] | undefined = ['http/1.1']): Promise<Wire> {
  const wire = await openTls(proxy, server.authority, alpn ? { alpn } : {});
  wires.push(wire);
  return wire;
}

const get = (server: RawServer, path: string, ...headers: string[]): string =>
  [`GET ${path} HTTP/1.1`, `Host: ${server.authority}`, ...headers, '', ''].join('\r\n');

describe('a message passes as it is', () => {
  it('keeps case, order and duplicates of header fields in both directions', async () => {
    let seen = '';
    const server = await serve((request) => {
      seen = request;
      return 'HTTP/1.1 200 Very Fine\r\nX-UPPER: 1\r\nset-COOKIE: a=1\r\nset-COOKIE: b=2\r\nX-Twice: 1\r\nX-Twice: 2\r\nX-Bytes: caf\xe9\r\nContent-length: 2\r\n\r\nok';
    });
    const wire = await open(server);
    wire.send(
      get(server, '/a?b=c%20d', 'X-LOUD: 1', 'x-quiet: 2', 'X-Twice: a', 'X-Twice: b', 'aCCept: */*', 'X-Bytes: \xff\xfe'),
    );
    const answer = await wire.until('ok');
    expect(answer).toBe(
      'HTTP/1.1 200 Very Fine\r\nX-UPPER: 1\r\nset-COOKIE: a=1\r\nset-COOKIE: b=2\r\nX-Twice: 1\r\nX-Twice: 2\r\nX-Bytes: caf\xe9\r\nContent-length: 2\r\n\r\nok',
    );
    expect(seen).toBe(
      get(server, '/a?b=c%20d', 'X-LOUD: 1', 'x-quiet: 2', 'X-Twice: a', 'X-Twice: b', 'aCCept: */*', 'X-Bytes: \xff\xfe'),
    );
  });

  it('drops what concerns one connection, and what Connection names, but not what the message needs', async () => {
    let seen = '';
    const server = await serve((request) => {
      seen = request;
      return ok(
        'ok',
        'Connection: X-Hop, Content-Length',
        'X-Hop: 1',
        'Keep-Alive: timeout=9',
        'Proxy-Authenticate: Basic',
        'X-End: 1',
      );
    });
    const wire = await open(server);
    wire.send(
      get(
        server,
        '/',
        'Connection: keep-alive, X-Private, Host, Authorization',
        'X-Private: 1',
        'Authorization: Bearer t',
        'Keep-Alive: 1',
        'Proxy-Authorization: Basic c2VjcmV0',
        'Proxy-Connection: keep-alive',
        'Upgrade: h2c',
        'HTTP2-Settings: AAMA',
        'TE: gzip',
        'X-End: 1',
      ),
    );
    const answer = await wire.until('ok');
    expect(seen).toBe(get(server, '/', 'Authorization: Bearer t', 'X-End: 1'));
    expect(answer).toBe('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-End: 1\r\n\r\nok');
  });

  it.each([
    ['HEAD with a length', 'HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n', /Content-Length: 500/],
    ['HEAD with a coding', 'HEAD', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', /^HTTP\/1.1 200 OK\r\n\r\n/],
    ['204', 'GET', 'HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n', /^HTTP\/1.1 204 No Content\r\nX-A: 1\r\n\r\n/],
    [
      '304 with the length of what it stands for',
      'GET',
      'HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\nETag: "x"\r\n\r\n',
      /Content-Length: 99/,
    ],
    ['205', 'GET', 'HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n', /Content-Length: 0/],
  ])('%s has no body and the connection goes on', async (_name, method, answer, expected) => {
    const server = await serve((request) => (request.startsWith(`${method} /first`) ? answer : ok('second')));
    const wire = await open(server);
    wire.send(get(server, '/first').replace('GET', method));
    const first = await wire.until('\r\n\r\n');
    expect(first).toMatch(expected);
    expect(first.endsWith('\r\n\r\n')).toBe(true);
    wire.forget();
    wire.send(get(server, '/second'));
    expect(await wire.until('second')).toMatch(/^HTTP\/1.1 200 OK/);
  });

  it('keeps chunked bodies chunked, with trailers, in both directions', async () => {
    let seen = '';
    const server = await serveRaw(
      (wire) => {
        void wire.until(/\r\n0\r\n[\s\S]*\r\n\r\n$/).then((text) => {
          seen = text;
          wire.send(
            'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5;ext=1\r\nhello\r\n1\r\n!\r\n0\r\nX-Sum: 42\r\nX-Sum: 43\r\nContent-Length: 7\r\n\r\n',
          );
        });
      },
      { context: await proxy.contextFor('origin.localhost'), alpn: ['http/1.1'] },
    );
    servers.push(server);
    const wire = await open(server);
    wire.send(
      `POST /t HTTP/1.1\r\nHost: ${server.authority}\r\nTransfer-Encoding: chunked\r\nTE: trailers\r\nTrailer: X-Up\r\n\r\n3\r\nabc\r\n0\r\nX-Up: 1\r\nHost: evil\r\n\r\n`,
    );
    const answer = await wire.until(/\r\n0\r\n[\s\S]*\r\n\r\n$/);
    expect(answer).toContain('Transfer-Encoding: chunked\r\n');
    expect(answer.replace(/^[\s\S]*?\r\n\r\n/, '')).toBe('5\r\nhello\r\n1\r\n!\r\n0\r\nX-Sum: 42\r\nX-Sum: 43\r\n\r\n');
    expect(seen).toContain('TE: trailers\r\nConnection: TE\r\n');
    expect(seen.replace(/^[\s\S]*?\r\n\r\n/, '')).toBe('3\r\nabc\r\n0\r\nX-Up: 1\r\n\r\n');
  });

  it('passes 103 on and answers Expect: 100-continue itself', async () => {
    const requests: string[] = [];
    const server = await serve((request) => {
      requests.push(request);
      return `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nLink: </b>\r\nConnection: X\r\n\r\n${ok('done')}`;
    });
    const wire = await open(server);
    wire.send(`PUT /e HTTP/1.1\r\nHost: ${server.authority}\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n`);
    await wire.until('HTTP/1.1 100 Continue\r\n\r\n');
    expect(requests).toEqual([]);
    wire.send('body');
    const answer = await wire.until('done');
    expect(answer.match(/HTTP\/1.1 100/g)).toHaveLength(1);
    expect(answer).toContain('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nLink: </b>\r\n\r\nHTTP/1.1 200 OK');
    expect(requests[0]).not.toMatch(/expect/i);
    expect(requests[0]).toMatch(/body$/);
  });

  it('answers pipelined requests in order, over one connection, however they are split', async () => {
    const server = await serve((request) => ok(`<${/\/\S*/.exec(request)![0]}>`));
    const wire = await open(server);
    const all = Array.from({ length: 30 }, (_, i) =>
      i % 3 === 0 ? post(server.authority, `/${i}`, 'x'.repeat(i)) : get(server, `/${i}`),
    ).join('');
    for (let at = 0; at < all.length; at += 97) {
      wire.send(all.slice(at, at + 97));
      if (at % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const text = await wire.until('</29>');
    expect(text.match(/<\/\d+>/g)).toEqual(Array.from({ length: 30 }, (_, i) => `</${i}>`));
  });

  it('serves HTTP/1.0 clients: no chunks, no interim answers, the end is the end', async () => {
    const server = await serve(
      () => 'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
    );
    const wire = await open(server, undefined);
    wire.send('GET /old HTTP/1.0\r\n\r\n');
    await wire.over();
    expect(wire.text).toBe('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc');
  });

  it('reads answers that end with the connection, and refuses to take a cut one for whole', async () => {
    const server = await serve((request, wire) => {
      if (request.includes('/whole')) {
        wire.socket.end('HTTP/1.0 200 OK\r\n\r\nall of it');
        return undefined;
      }
      wire.socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
      return undefined;
    });
    const whole = await open(server);
    whole.send(get(server, '/whole'));
    const text = await whole.until(/\r\n0\r\n\r\n$/);
    expect(text).toContain('Transfer-Encoding: chunked\r\n\r\n9\r\nall of it\r\n0\r\n\r\n');
    const cut = await open(server);
    cut.send(get(server, '/cut'));
    await cut.over();
    expect(cut.text).toContain('Content-Length: 100');
    await proxy.event((event) => event.path === '/cut' && event.error.includes('closed the connection before'));
  });

  it('sends an empty Host nowhere and replaces Host by an absolute target', async () => {
    const seen: string[] = [];
    const server = await serve((request) => {
      seen.push(request);
      return ok('ok');
    });
    const wire = await open(server);
    wire.send('GET /none HTTP/1.1\r\nHost:\r\n\r\n');
    await wire.until('ok');
    wire.forget();
    wire.send(`GET https://${server.authority}/abs HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n`);
    await wire.until('ok');
    expect(seen[0]).toBe(get(server, '/none'));
    expect(seen[1]).toBe(get(server, '/abs'));
  });
});

describe('plain http:// through the proxy', () => {
  it('serves absolute-form requests with keep-alive, to several servers over one connection', async () => {
    const origins = await Promise.all(
      ['one', 'two'].map(async (name) => {
        const server = createServer((request, response) => response.end(`${name}${request.url}${request.headers.host}`));
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        return server;
      }),
    );
    try {
      const wire = dialProxy(proxy);
      wires.push(wire);
      for (const [index, origin] of origins.entries()) {
        const authority = `localhost:${(origin.address() as AddressInfo).port}`;
        wire.forget();
        wire.send(`GET http://${authority}/p HTTP/1.1\r\nHost: ignored.example\r\nProxy-Connection: keep-alive\r\n\r\n`);
        expect(await wire.until(authority)).toContain(`${['one', 'two'][index]}/p${authority}`);
      }
    } finally {
      for (const origin of origins) origin.close().closeAllConnections();
    }
  });

  it('reads plain HTTP/1 inside CONNECT', async () => {
    const server = createServer((request, response) => response.end(`plain${request.url}`));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const authority = `localhost:${(server.address() as AddressInfo).port}`;
      const wire = await openTunnel(proxy, authority);
      wires.push(wire);
      wire.send(`GET /inside HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
      await wire.until('plain/inside');
      await proxy.event((event) => event.url === `http://${authority}/inside` && event.inspected === 'yes');
    } finally {
      server.close().closeAllConnections();
    }
  });

  it('says what it is to those who take it for a web server', async () => {
    const wire = dialProxy(proxy);
    wires.push(wire);
    wire.send('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    expect(await wire.until('proxy address')).toMatch(/^HTTP\/1.1 400 /);
  });
});

describe('either side leaves', () => {
  it.each([
    ['before the answer', undefined],
    ['within the head', 'HTTP/1.1 200 OK\r\nContent-'],
  ])('the server dies %s: the client reads why', async (_name, bytes) => {
    const server = await serve((_request, wire) => {
      if (bytes === undefined) wire.socket.destroy();
      else wire.socket.end(bytes);
      return undefined;
    });
    const wire = await open(server);
    wire.send(get(server, '/die'));
    expect(await wire.until('Event id')).toMatch(/^HTTP\/1.1 502 Bad Gateway/);
    wire.forget();
    wire.send(get(server, '/again'));
    expect(await wire.until('Event id')).toMatch(/^HTTP\/1.1 502 Bad Gateway/);
  });

  it('the server dies within a chunked body: the client sees that it is not whole', async () => {
    const server = await serve((_request, wire) => {
      wire.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n');
      setTimeout(() => wire.socket.destroy(), 20);
      return undefined;
    });
    const wire = await open(server);
    wire.send(get(server, '/'));
    await wire.until('hello');
    await wire.over();
    expect(wire.text).not.toContain('\r\n0\r\n');
  });

  it('the server answers before the request is whole: the answer arrives, then the connection ends', async () => {
    const server = await serveRaw(
      (wire) =>
        void wire.until('\r\n\r\n').then(() => wire.send('HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig')),
      { context: await proxy.contextFor('origin.localhost'), alpn: ['http/1.1'] },
    );
    servers.push(server);
    const wire = await open(server);
    wire.send(`POST /up HTTP/1.1\r\nHost: ${server.authority}\r\nContent-Length: 100000\r\n\r\n${'x'.repeat(5000)}`);
    expect(await wire.until('big')).toMatch(/^HTTP\/1.1 413[\s\S]*Connection: close/);
    wire.send('x'.repeat(20_000));
    await wire.over();
  });

  it('a kept connection that has gone stale is not used, and one that dies under a GET is tried again', async () => {
    const server = await serve((request, wire, index) => {
      if (request.includes('/stale') || (request.includes('/race') && index > 0)) {
        wire.socket.destroy();
        return undefined;
      }
      return ok('fine');
    });
    const wire = await open(server);
    wire.send(get(server, '/warm'));
    await wire.until('fine');
    wire.forget();
    // The second request on this connection is answered by its end; the proxy asks again on a new one.
    wire.send(get(server, '/race'));
    await wire.until('fine');
    wire.forget();
    for (const connection of server.connections) connection.destroy();
    await eventually('the server side is gone', () => server.connections.every((each) => each.closed));
    await new Promise((resolve) => setTimeout(resolve, 30));
    wire.send(post(server.authority, '/later', 'body'));
    await wire.until('fine');
  });

  it('a POST whose kept connection dies is not repeated', async () => {
    let posts = 0;
    const server = await serve((request, wire) => {
      if (!request.startsWith('POST')) return ok('fine');
      posts++;
      wire.socket.destroy();
      return undefined;
    });
    const wire = await open(server);
    wire.send(get(server, '/warm'));
    await wire.until('fine');
    wire.forget();
    wire.send(post(server.authority, '/pay', 'amount=1'));
    expect(await wire.until('Event id')).toContain('502 Bad Gateway');
    expect(posts).toBe(1);
  });

  it('nothing is served after an answer that closes the connection', async () => {
    const server = await serve((request) => ok(request.includes('first') ? 'first' : 'SECOND'));
    const wire = await open(server);
    wire.send(get(server, '/first', 'Connection: close') + get(server, '/second'));
    await wire.over();
    expect(wire.text).toContain('Connection: close');
    expect(wire.text).not.toContain('SECOND');
    expect(server.connections.map((each) => each.text).join('')).not.toContain('/second');
  });

  it('a client that leaves in the middle of its upload leaves nothing behind', async () => {
    const server = await serve(() => undefined);
    const wire = await open(server);
    wire.send(`POST /gone HTTP/1.1\r\nHost: ${server.authority}\r\nContent-Length: 1000\r\n\r\nplain text`);
    await eventually('the request at the server', () => server.connections.some((each) => each.text.includes('plain text')));
    wire.destroy();
    await eventually('the end at the server', () => server.connections.every((each) => each.ended || each.closed));
    await proxy.event((event) => event.path === '/gone' && event.disposition === 'failed');
  });
});

describe('connections to servers', () => {
  it('are kept and shared between clients', async () => {
    const server = await serve(() => ok('shared'));
    for (let i = 0; i < 5; i++) {
      const wire = await open(server);
      wire.send(get(server, `/${i}`));
      await wire.until('shared');
    }
    expect(server.connections).toHaveLength(1);
  });

  it.each(['NTLM', 'Negotiate'])('that carry %s belong to one client, and keep it', async (scheme) => {
    const server = await serve((request, wire) => {
      const id = server.connections.indexOf(wire);
      if (!request.includes('Authorization:'))
        return `HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: ${scheme}\r\nContent-Length: 0\r\n\r\n`;
      return ok(`connection ${id};`);
    });
    const alice = await open(server);
    alice.send(get(server, '/1'));
    await alice.until('401');
    const seen: string[] = [];
    for (const path of ['/2', '/3']) {
      alice.forget();
      alice.send(get(server, path, `Authorization: ${scheme} TlRMTVNTUAAB`));
      seen.push(/connection \d+/.exec(await alice.until(/connection \d+;/))![0]);
    }
    const bob = await open(server);
    bob.send(get(server, '/bob', `Authorization: ${scheme} TlRMTVNTUAAC`));
    const other = /connection \d+/.exec(await bob.until(/connection \d+;/))![0];
    expect(new Set(seen).size).toBe(1);
    expect(other).not.toBe(seen[0]);
    const used = Number(seen[0]!.split(' ')[1]);
    alice.destroy();
    await eventually(
      'the bound connection ends with its client',
      () => server.connections[used]!.ended || server.connections[used]!.closed,
    );
  });

  it('that were paused for a slow client serve the next one', async () => {
    const big = 'b'.repeat(6_000_000);
    const server = await serve((request) => ok(request.includes('big') ? big : 'small'));
    const slow = await open(server);
    slow.send(get(server, '/big'));
    slow.socket.pause();
    await new Promise((resolve) => setTimeout(resolve, 100));
    slow.socket.resume();
    await eventually('the big answer', () => slow.bytes > big.length);
    const next = await open(server);
    next.send(get(server, '/small'));
    await next.until('small');
    expect(server.connections).toHaveLength(1);
  });
});
