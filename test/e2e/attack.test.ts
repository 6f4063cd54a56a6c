// What other intercepting proxies fail at, and what attackers try: each a test over real sockets.

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import {
  dialProxy,
  eventually,
  INITIALIZE,
  ok,
  openHttp2,
  openTls,
  openTunnel,
  post,
  type RawServer,
  requestHttp2,
  serveAnswers,
  serveRaw,
  startTestProxy,
  type TestProxy,
  type Wire,
} from './proxy.ts';

let proxy: TestProxy;
let blocking: TestProxy;
const closers: (() => void)[] = [];
const ipv6 = Object.values(networkInterfaces())
  .flat()
  .some((each) => each?.address === '::1');
const openssl = spawnSync('openssl', ['version']).status === 0;

beforeAll(async () => {
  [proxy, blocking] = await Promise.all([startTestProxy(), startTestProxy({ shadow: 'block' })]);
});
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
});
afterAll(() => Promise.all([proxy.stop(), blocking.stop()]));

async function answers(answer: Parameters<typeof serveAnswers>[1], of = proxy): Promise<RawServer> {
  const server = await serveAnswers(of, answer);
  closers.push(() => server.close());
  return server;
}

async function raw(serve: Parameters<typeof serveRaw>[0], options: Parameters<typeof serveRaw>[1] = {}): Promise<RawServer> {
  const server = await serveRaw(serve, options);
  closers.push(() => server.close());
  return server;
}

async function wireTo(server: RawServer, of = proxy): Promise<Wire> {
  const wire = await openTls(of, server.authority, { alpn: ['http/1.1'] });
  closers.push(() => wire.destroy());
  return wire;
}

const gone = (server: RawServer): boolean => server.connections.some((each) => each.ended || each.closed);

describe('a client that leaves', () => {
  it('in the middle of an event stream is gone at the server at once', async () => {
    const server = await answers(
      (_request, wire) => void wire.send('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n'),
    );
    const wire = await wireTo(server);
    wire.send(`GET /sse HTTP/1.1\r\nHost: ${server.authority}\r\n\r\n`);
    await wire.until('data: 1');
    wire.destroy();
    await eventually('the end at the server', () => gone(server));
    const event = await proxy.event((each) => each.path === '/sse');
    expect(event.error).toBe('');
  });

  it('before the answer is gone at the server at once', async () => {
    const server = await answers(() => undefined);
    const wire = await wireTo(server);
    wire.send(`GET /slow HTTP/1.1\r\nHost: ${server.authority}\r\n\r\n`);
    await eventually('the request', () => server.connections[0]?.text.includes('/slow'));
    wire.destroy();
    await eventually('the end at the server', () => gone(server));
    await proxy.event((each) => each.path === '/slow' && each.disposition === 'failed');
  });

  it('before the answer, over HTTP/2', async () => {
    const server = await answers(() => undefined);
    const session = await openHttp2(proxy, server.authority);
    const stream = session.request({ ':path': '/slow' });
    stream.on('error', () => undefined);
    await eventually('the request', () => server.connections[0]?.text.includes('/slow'));
    session.destroy();
    await eventually('the end at the server', () => gone(server));
  });

  it('while a WebSocket is being agreed on', async () => {
    const server = await answers(() => undefined);
    const wire = await wireTo(server);
    wire.send(
      `GET /ws HTTP/1.1\r\nHost: ${server.authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
    await eventually('the handshake', () => server.connections.some((each) => each.text.includes('/ws')));
    wire.destroy();
    await eventually(
      'the end at the server',
      () => server.connections.some((each) => each.text.includes('/ws') && (each.ended || each.closed)),
      1000,
    );
  });
});

describe('a request for another host than the tunnel’s', () => {
  it.each(['Host', 'absolute target', 'HTTP/2 :authority'])('by %s never reaches that host', async (how) => {
    const named = await answers(() => ok('wrong'));
    const server = await answers(() => ok('right'));
    let status: number;
    if (how === 'HTTP/2 :authority') {
      const session = await openHttp2(proxy, server.authority);
      closers.push(() => session.destroy());
      status = (await requestHttp2(session, { ':path': '/', ':authority': named.authority })).status;
    } else {
      const wire = await wireTo(server);
      wire.send(
        how === 'Host'
          ? `GET / HTTP/1.1\r\nHost: ${named.authority}\r\n\r\n`
          : `GET https://${named.authority}/ HTTP/1.1\r\nHost: ${server.authority}\r\n\r\n`,
      );
      status = Number((await wire.until('Event id')).split(' ')[1]);
    }
    expect(status).toBe(421);
    expect(named.connections).toHaveLength(0);
    expect(server.connections.map((each) => each.text).join('')).toBe('');
    await proxy.event(
      (event) => event.status === 421 && event.dst_port === server.port && event.error.startsWith('ERR_MISDIRECTED'),
    );
  });

  it('by SNI: the handshake succeeds for that name, every request is refused, and no server hears of it', async () => {
    const server = await answers(() => ok('right'));
    const wire = await openTls(proxy, server.authority, { servername: 'other.localhost', alpn: ['http/1.1'] });
    closers.push(() => wire.destroy());
    wire.send(`GET / HTTP/1.1\r\nHost: other.localhost:${server.port}\r\n\r\n`);
    expect(await wire.until('ERR_MISDIRECTED')).toMatch(/^HTTP\/1.1 421 /);
    expect(server.connections).toHaveLength(0);
  });

  it('spelt otherwise is the same host', async () => {
    const server = await answers(() => ok('right'));
    const wire = await wireTo(server);
    for (const host of [`ORIGIN.localhost:${server.port}`, `origin.localhost.:${server.port}`]) {
      wire.forget();
      wire.send(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      await wire.until('right');
    }
  });
});

describe('a CONNECT target that is none', () => {
  const targets = [
    '..:443',
    '../../x:443',
    '.:443',
    '[::1',
    '[::1]',
    '::1:443',
    'a b:443',
    'x\0y:443',
    '%2e%2e:443',
    'x:0',
    'x:65536',
    'x:443x',
    ':443',
    'x',
    '',
    '127.1:443',
    '0x7f.1:443',
    '2130706433:443',
    '[fe80::1%25eth0]:443',
    'x..y:443',
    `${'a'.repeat(64)}.example:443`,
    `${'a.'.repeat(200)}a:443`,
    'http://x:443',
    'user@x:443',
    '/etc/passwd',
    '*',
  ];

  it.each(targets.map((target) => [JSON.stringify(target.slice(0, 30)), target]))(
    '%s is refused and leaves no file',
    async (_name, target) => {
      const before = readdirSync(proxy.dir, { recursive: true }).sort();
      const wire = dialProxy(proxy);
      closers.push(() => wire.destroy());
      wire.send(`CONNECT ${target} HTTP/1.1\r\nHost: x\r\n\r\n\x16\x03\x01`);
      await wire.over();
      expect(wire.text).toMatch(/^HTTP\/1.1 400 /);
      expect(readdirSync(proxy.dir, { recursive: true }).sort()).toEqual(before);
      expect(existsSync(join(proxy.dir, '../../x.key'))).toBe(false);
    },
  );

  it('a server name in the handshake that is none ends the tunnel, and the proxy goes on', async () => {
    const server = await answers(() => ok('fine'));
    for (const servername of ['../../x', '..', 'a/b', 'x y']) {
      const tunnel = await openTunnel(proxy, `127.0.0.1:${server.port}`);
      closers.push(() => tunnel.destroy());
      const secure = connectTls({ socket: tunnel.socket, servername, rejectUnauthorized: false });
      secure.on('error', () => undefined);
      await eventually('the end of the handshake', () => secure.destroyed);
    }
    const wire = await wireTo(server);
    wire.send(`GET / HTTP/1.1\r\nHost: ${server.authority}\r\n\r\n`);
    await wire.until('fine');
  });
});

describe('places that may not be reached', () => {
  let strict: TestProxy;
  beforeAll(async () => {
    strict = await startTestProxy({ proxy: { ports: [443, '1024-65535'], upstream: {} } });
  });
  afterAll(() => strict.stop());

  it.each([
    '127.0.0.1',
    'localhost',
    'sub.localhost',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '0.0.0.0',
    '169.254.169.254',
    '10.0.0.1',
    '192.168.1.1',
    '[fd00:ec2::254]',
  ])('%s is refused before anything is opened', async (host) => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closers.push(() => server.close());
    let reached = false;
    server.on('connection', () => {
      reached = true;
    });
    const authority = `${host}:${(server.address() as AddressInfo).port}`;
    const connect = dialProxy(strict);
    closers.push(() => connect.destroy());
    connect.send(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
    expect(await connect.until('\r\n\r\n')).toMatch(/^HTTP\/1.1 403 /);
    const absolute = dialProxy(strict);
    closers.push(() => absolute.destroy());
    absolute.send(`GET http://${authority}/ HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
    expect(await absolute.until('\r\n\r\n')).toMatch(/^HTTP\/1.1 403 /);
    expect(reached).toBe(false);
  });

  it('a port that is not listed is refused', async () => {
    for (const request of ['CONNECT example.com:25 HTTP/1.1', 'GET http://example.com:25/ HTTP/1.1']) {
      const wire = dialProxy(strict);
      closers.push(() => wire.destroy());
      wire.send(`${request}\r\nHost: example.com:25\r\n\r\n`);
      expect(await wire.until('proxy.ports')).toMatch(/^HTTP\/1.1 403 /);
    }
  });

  it('a client outside the listed networks is turned away', async () => {
    const closed = await startTestProxy({ proxy: { clients: ['10.0.0.0/8'] } });
    const wire = dialProxy(closed);
    wire.send('CONNECT example.com:443 HTTP/1.1\r\n\r\n');
    await wire.over();
    expect(wire.text).toMatch(/^(HTTP\/1.1 403 |$)/);
    await closed.stop();
  });
});

describe('protocols', () => {
  it('a server that speaks first is heard, and what is said passes both ways', async () => {
    const server = await raw((wire) => {
      wire.send('220 ready\r\n');
      void wire.until('EHLO').then(() => wire.send('250 hello\r\n'));
      wire.socket.on('end', () => wire.socket.end());
    });
    const wire = await openTunnel(proxy, server.authority);
    closers.push(() => wire.destroy());
    await wire.until('220 ready');
    wire.send('EHLO x\r\n');
    await wire.until('250 hello');
    wire.destroy();
    await eventually('the end at the server', () => gone(server));
    await proxy.event((event) => event.inspected === 'opaque' && event.dst_port === server.port && event.resp_bytes === 22);
  });

  it('a silent server that resets the connection does no harm', async () => {
    const server = await raw((wire) => void setTimeout(() => wire.socket.resetAndDestroy(), 100));
    const wire = await openTunnel(proxy, server.authority);
    closers.push(() => wire.destroy());
    await wire.over();
  });

  it('a tunnel whose sides end one after the other carries everything', async () => {
    const server = await raw((wire) => {
      wire.socket.on('end', () => wire.socket.end(`got ${wire.bytes}`));
    });
    const wire = await openTunnel(proxy, server.authority);
    closers.push(() => wire.destroy());
    wire.send('\x01\x02\x03'.repeat(50_000));
    wire.socket.end();
    await wire.over();
    expect(wire.text).toBe('got 150000');
  });

  it.runIf(ipv6)('an IPv6 literal is reached, with a certificate for the address', async () => {
    const context = await proxy.contextFor('::1');
    const server = await serveRaw((wire) => void wire.until('\r\n\r\n').then(() => wire.send(ok('six'))), {
      context,
      alpn: ['http/1.1'],
      address: '::1',
      host: '[::1]',
    });
    closers.push(() => server.close());
    const tunnel = await openTunnel(proxy, server.authority);
    closers.push(() => tunnel.destroy());
    tunnel.socket.removeAllListeners('data');
    const secure = connectTls({ socket: tunnel.socket, host: '::1', ca: proxy.ca, ALPNProtocols: ['http/1.1'] });
    await once(secure, 'secureConnect');
    secure.write(`GET / HTTP/1.1\r\nHost: ${server.authority}\r\n\r\n`);
    const [chunk] = (await once(secure, 'data')) as [Buffer];
    expect(chunk.toString()).toContain('six');
  });

  it('a broken request is refused where HTTP was agreed on, and where it was not', async () => {
    const server = await answers(() => ok('served'));
    const wire = await wireTo(server);
    wire.send(`GET\t/ HTTP/1.1\r\nHost: ${server.authority}\r\n\r\n`);
    expect(await wire.until('\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /);
    const untold = await openTls(proxy, server.authority);
    closers.push(() => untold.destroy());
    untold.send(`get\t/ HTTP/1.1\r\nHost: ${server.authority}\r\n\r\n`);
    expect(await untold.until('\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /);
    expect(server.connections.map((each) => each.text).join('')).toBe('');
  });
});

describe('WebSocket', () => {
  async function webSocketServer(of: TestProxy): Promise<{ port: number; received: string[] }> {
    const { createServer: createHttps } = await import('node:https');
    const context = await of.contextFor('ws.localhost');
    const web = createHttps({ SNICallback: (_name, done) => done(null, context) });
    const sockets = new WebSocketServer({ server: web, perMessageDeflate: true });
    const received: string[] = [];
    sockets.on('connection', (socket) => {
      socket.on('message', (message, binary) => {
        received.push(String(message));
        socket.send(message, { binary });
      });
      socket.on('error', () => undefined);
    });
    web.listen(0, '127.0.0.1');
    await once(web, 'listening');
    closers.push(() => {
      for (const client of sockets.clients) client.terminate();
      sockets.close();
      web.close();
    });
    return { port: (web.address() as AddressInfo).port, received };
  }

  async function webSocket(of: TestProxy, port: number, options: object = {}): Promise<WebSocket> {
    const tunnel = await openTunnel(of, `ws.localhost:${port}`);
    tunnel.socket.removeAllListeners('data');
    const socket = new WebSocket(`wss://ws.localhost:${port}/chat`, ['a', 'b'], {
      ...options,
      createConnection: () => connectTls({ socket: tunnel.socket, ca: of.ca, servername: 'ws.localhost' }) as TLSSocket,
    } as never);
    closers.push(() => socket.terminate());
    await once(socket, 'open');
    return socket;
  }

  it('carries text, binary, fragments, large messages and close codes', async () => {
    const { port } = await webSocketServer(proxy);
    const socket = await webSocket(proxy, port);
    expect(socket.protocol).toBe('a');
    const messages: Buffer[] = [];
    socket.on('message', (message) => messages.push(message as Buffer));
    socket.send('hello');
    socket.send(Buffer.from([0, 1, 2, 255]));
    socket.send('part one,', { fin: false });
    socket.send(' part two', { fin: true });
    const large = Buffer.alloc(3_000_000, 'z');
    socket.send(large);
    await eventually('four echoes', () => messages.length === 4);
    expect(messages.map((each) => each.length)).toEqual([5, 4, 18, large.length]);
    const closed = once(socket, 'close');
    socket.close(4001, 'done');
    expect((await closed)[0]).toBe(4001);
    await proxy.event((event) => event.path === '/chat' && event.status === 101);
  });

  it('a message that is blocked ends both sides with 1008 and never arrives', async () => {
    const { port, received } = await webSocketServer(blocking);
    const socket = await webSocket(blocking, port);
    socket.send('{"fine":true}');
    await eventually('the fine one', () => received.length === 1);
    const closed = once(socket, 'close');
    socket.send(INITIALIZE);
    const [code, reason] = (await closed) as [number, Buffer];
    expect(code).toBe(1008);
    expect(reason.toString()).toMatch(/^Blocked by Daylight/);
    await blocking.event((event) => event.path === '/chat' && event.disposition === 'blocked');
    expect(received).toEqual(['{"fine":true}']);
  });

  it('frames that break the protocol end it with 1002', async () => {
    const { port } = await webSocketServer(proxy);
    for (const frame of [
      Buffer.from([0x81, 0x01, 0x61]),
      Buffer.from([0xc1, 0x81, 0, 0, 0, 0, 0x61]),
      Buffer.from([0x80, 0x81, 0, 0, 0, 0, 0x61]),
      Buffer.from([0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]),
    ]) {
      const wire = await openTls(proxy, `ws.localhost:${port}`, { alpn: ['http/1.1'] });
      closers.push(() => wire.destroy());
      wire.send(
        `GET /raw HTTP/1.1\r\nHost: ws.localhost:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`,
      );
      await wire.until(/^HTTP\/1.1 101[\s\S]*\r\n\r\n/);
      wire.forget();
      wire.send(frame);
      await wire.until('\x88');
      expect(wire.data.readUInt16BE(2)).toBe(1002);
    }
  });

  it('a server that does not change protocols is answered for as for any request, its event stream judged', async () => {
    const server = await answers(
      () => 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nevent: endpoint\ndata: /messages?sessionId=1\n\n',
      blocking,
    );
    const wire = await wireTo(server, blocking);
    wire.send(
      `GET /sse HTTP/1.1\r\nHost: ${server.authority}\r\nAccept: text/event-stream\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n`,
    );
    await wire.over();
    expect(wire.text).not.toContain('/messages');
  });

  it('an Upgrade with a body is an ordinary request', async () => {
    let seen = '';
    const server = await answers((request) => {
      seen = request;
      return ok('plain');
    });
    const wire = await wireTo(server);
    wire.send(
      `GET / HTTP/1.1\r\nHost: ${server.authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\nhi`,
    );
    await wire.until('plain');
    expect(seen).not.toMatch(/upgrade/i);
  });
});

describe('event streams', () => {
  it('are cut where an event is blocked, and the next request is refused', async () => {
    const server = await answers(
      (request) =>
        request.includes('/sse')
          ? 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: hi\n\nevent: endpoint\ndata: /messages?sessionId=1\n\n'
          : ok('more'),
      blocking,
    );
    const wire = await wireTo(server, blocking);
    wire.send(`GET /sse HTTP/1.1\r\nHost: ${server.authority}\r\nAccept: text/event-stream\r\n\r\n`);
    await wire.over();
    expect(wire.text).not.toContain('/messages');
    await blocking.event((event) => event.path === '/sse' && event.disposition === 'blocked');
    const next = await wireTo(server, blocking);
    next.send(`GET /sse HTTP/1.1\r\nHost: ${server.authority}\r\nAccept: text/event-stream\r\n\r\n`);
    expect(await next.until('\r\n\r\n')).toMatch(/^HTTP\/1.1 403 /);
  });
});

describe('certificates', () => {
  const peer = async (target: string, servername: string): Promise<TLSSocket> => {
    const wire = await openTls(proxy, target, { servername });
    closers.push(() => wire.destroy());
    return wire.socket as TLSSocket;
  };

  it('are right for each of many new hosts at once, and again under load', async () => {
    const contexts = new Map<string, Awaited<ReturnType<TestProxy['contextFor']>>>();
    const hosts = Array.from({ length: 24 }, (_, i) => `h${i}.many.localhost`);
    for (const host of hosts) contexts.set(host, await proxy.contextFor(host));
    const { createServer: createHttps } = await import('node:https');
    const server = createHttps({ SNICallback: (name, done) => done(null, contexts.get(name)) }, (request, response) =>
      response.end(request.headers.host),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closers.push(() => server.close().closeAllConnections());
    const { port } = server.address() as AddressInfo;
    const listening = process.getActiveResourcesInfo().filter((each) => each === 'TCPServerWrap').length;
    const names = await Promise.all(
      [...hosts, ...hosts, ...hosts].map(async (host) => {
        const socket = await peer(`${host}:${port}`, host);
        socket.write(`GET / HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`);
        await once(socket, 'data');
        return [host, socket.getPeerCertificate().subjectaltname];
      }),
    );
    for (const [host, names_] of names) expect(names_).toBe(`DNS:${host}`);
    // No listener of its own for a host.
    expect(process.getActiveResourcesInfo().filter((each) => each === 'TCPServerWrap')).toHaveLength(listening);
  });

  it('an untrusted server is an error that says so, inside the tunnel', async () => {
    const other = await startTestProxy();
    const context = await other.contextFor('origin.localhost');
    const server = await raw(() => {}, { context });
    const wire = await wireTo(server);
    wire.send(`GET / HTTP/1.1\r\nHost: ${server.authority}\r\n\r\n`);
    expect(await wire.until('ERR_UPSTREAM_TLS')).toMatch(/^HTTP\/1.1 502 /);
    wire.forget();
    wire.send(post(server.authority, '/mcp', INITIALIZE));
    const text = await wire.until('ERR_UPSTREAM_TLS');
    expect(text).toMatch(/^HTTP\/1.1 200 OK/);
    expect(text).toContain('"id":1');
    await other.stop();
  });

  it.runIf(openssl)('pass strict verification', async () => {
    const server = await answers(() => ok('x'));
    const socket = await peer(server.authority, 'origin.localhost');
    const pem = (der: Buffer): string =>
      `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/(.{64})/g, '$1\n')}\n-----END CERTIFICATE-----\n`;
    const leaf = join(proxy.dir, 'leaf.pem');
    writeFileSync(leaf, pem(socket.getPeerCertificate(true).raw));
    const verified = spawnSync('openssl', [
      'verify',
      '-x509_strict',
      '-purpose',
      'sslserver',
      '-verify_hostname',
      'origin.localhost',
      '-CAfile',
      join(proxy.dir, 'certs/ca.pem'),
      leaf,
    ]);
    expect(String(verified.stdout) + String(verified.stderr)).toMatch(/: OK/);
  });

  it('the key of the CA is nobody else’s to read', () => {
    for (const file of readdirSync(join(proxy.dir, 'certs'))) {
      if (/key/.test(file)) expect(statSync(join(proxy.dir, 'certs', file)).mode & 0o077).toBe(0);
    }
  });
});

it('a plain request to a server that is not there is an error page', async () => {
  const server = createHttpServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const wire = dialProxy(proxy);
  closers.push(() => wire.destroy());
  wire.send(`GET http://localhost:${port}/ HTTP/1.1\r\nHost: localhost:${port}\r\nAccept: text/html\r\n\r\n`);
  const text = await wire.until('</html>');
  expect(text).toMatch(/^HTTP\/1.1 502 [\s\S]*text\/html/);
});
