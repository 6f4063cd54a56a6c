// Time, numbers and shutdown: nobody can hold the proxy's resources for ever, and nobody's open exchange is lost when it stops.

import { once } from 'node:events';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import {
  deadline,
  dialProxy,
  eventually,
  ok,
  openHttp2,
  openTls,
  openTunnel,
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

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(proxy: NonNullable<TestProxyOptions['proxy']>): Promise<TestProxy> {
  const started = await startTestProxy({ proxy });
  closers.push(() => started.stop());
  return started;
}

async function answers(of: TestProxy, answer: Parameters<typeof serveAnswers>[1]): Promise<RawServer> {
  const server = await serveAnswers(of, answer);
  closers.push(() => server.close());
  return server;
}

function keep(wire: Wire): Wire {
  closers.push(() => wire.destroy());
  return wire;
}

describe('limits', () => {
  it('a client gets so many connections, and another one when one of them ends', async () => {
    const proxy = await start({ limits: { connectionsPerClient: 3 } });
    const held = [dialProxy(proxy), dialProxy(proxy), dialProxy(proxy)].map(keep);
    await Promise.all(held.map((wire) => once(wire.socket, 'connect')));
    const refused = keep(dialProxy(proxy));
    await refused.over();
    expect(refused.text).toMatch(/^HTTP\/1.1 503 [\s\S]*more than 3 connections/);
    held[0]!.destroy();
    await eventually('the first one is gone', () => held[0]!.closed);
    await new Promise((resolve) => setTimeout(resolve, 30));
    const wire = keep(dialProxy(proxy));
    wire.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await wire.until('\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /);
  });

  it('all clients together get so many connections', async () => {
    const proxy = await start({ limits: { connections: 2 } });
    const held = [dialProxy(proxy), dialProxy(proxy)].map(keep);
    await Promise.all(held.map((wire) => once(wire.socket, 'connect')));
    const refused = keep(dialProxy(proxy));
    await refused.over();
    expect(refused.text).toMatch(/^HTTP\/1.1 503 [\s\S]*more than 2 connections in all/);
  });

  it('a head that trickles in is given up, on the front and in a tunnel', async () => {
    const proxy = await start({ timeouts: { header: 300 } });
    const server = await answers(proxy, () => ok('x'));
    for (const wire of [keep(dialProxy(proxy)), keep(await openTls(proxy, server.authority, { alpn: ['http/1.1'] }))]) {
      wire.send('GET / HTTP/1.1\r\nHost: x\r\n');
      const drip = setInterval(() => wire.send('X: y\r\n'), 50);
      await wire.over();
      clearInterval(drip);
      expect(wire.text).toMatch(/^HTTP\/1.1 408 /);
    }
  });

  it('a tunnel in which nothing clear is said is given up', async () => {
    const proxy = await start({ timeouts: { handshake: 300 } });
    const server = await serveRaw(() => {});
    closers.push(() => server.close());
    const hello = keep(await openTunnel(proxy, server.authority));
    hello.send(Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]));
    await hello.over();
    const silent = keep(await openTunnel(proxy, server.authority));
    await silent.over();
    await proxy.event((event) => event.error.includes('ClientHello'));
  });

  it('a client that never completes its handshake is given up', async () => {
    const proxy = await start({ timeouts: { handshake: 300 } });
    const server = await answers(proxy, () => ok('x'));
    const tunnel = await openTunnel(proxy, server.authority);
    keep(tunnel);
    tunnel.socket.removeAllListeners('data');
    // A client that refuses what it is shown, and one that goes silent after its first message.
    const refusing = connectTls({ socket: tunnel.socket, servername: 'origin.localhost', rejectUnauthorized: true });
    refusing.on('error', () => undefined);
    await eventually('the refusal', () => refusing.destroyed);
    await proxy.event((event) => event.error.startsWith('ERR_CLIENT_TLS'));
  });

  it('an idle connection is closed', async () => {
    const proxy = await start({ timeouts: { idle: 200 } });
    const server = await answers(proxy, () => ok('fine'));
    const wire = keep(await openTls(proxy, server.authority, { alpn: ['http/1.1'] }));
    wire.send(`GET / HTTP/1.1\r\nHost: ${server.authority}\r\n\r\n`);
    await wire.until('fine');
    await wire.over();
    const session = await openHttp2(proxy, server.authority);
    closers.push(() => session.destroy());
    await requestHttp2(session, { ':path': '/' });
    await eventually('the end of the session', () => session.closed || session.destroyed);
    keep(dialProxy(proxy)).over();
  });

  it('an exchange in which nothing passes is ended on both sides, over HTTP/1.1, HTTP/2 and WebSocket', async () => {
    const proxy = await start({ timeouts: { idle: 150, request: 400 } });
    const server = await serveRaw(() => {}, { context: await proxy.contextFor('origin.localhost'), alpn: ['http/1.1'] });
    closers.push(() => server.close());
    const wire = keep(await openTls(proxy, server.authority, { alpn: ['http/1.1'] }));
    wire.send(`GET /1 HTTP/1.1\r\nHost: ${server.authority}\r\n\r\n`);
    await wire.over();
    const session = await openHttp2(proxy, server.authority);
    closers.push(() => session.destroy());
    expect((await requestHttp2(session, { ':path': '/2' })).status).toBe(0);
    const upgrade = keep(await openTls(proxy, server.authority, { alpn: ['http/1.1'] }));
    upgrade.send(
      `GET /3 HTTP/1.1\r\nHost: ${server.authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n`,
    );
    await upgrade.over();
    await eventually('the server side ends', () => server.connections.filter((each) => each.ended || each.closed).length >= 3);
    for (const path of ['/1', '/2', '/3']) await proxy.event((event) => event.path === path && event.disposition === 'failed');
  });

  it('a slow exchange in which something passes goes on', async () => {
    const proxy = await start({ timeouts: { idle: 100, request: 300 } });
    const server = await answers(proxy, (_request, wire) => {
      wire.send('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n');
      let sent = 0;
      const timer = setInterval(() => {
        wire.send(`data: ${++sent}\n\n`);
        if (sent === 8) clearInterval(timer);
      }, 100);
      return undefined;
    });
    const wire = keep(await openTls(proxy, server.authority, { alpn: ['http/1.1'] }));
    wire.send(`GET / HTTP/1.1\r\nHost: ${server.authority}\r\n\r\n`);
    await wire.until('data: 8');
  });
});

describe('stopping', () => {
  it('lets open exchanges finish, says that the connection ends, and takes no new clients', async () => {
    const proxy = await startTestProxy({ proxy: { timeouts: { drain: 5000 } } });
    let release = (): void => {};
    const server = await answers(proxy, (_request, wire) => {
      release = () => wire.send(ok('finished'));
      return undefined;
    });
    const idle = keep(await openTls(proxy, server.authority, { alpn: ['http/1.1'] }));
    const busy = keep(await openTls(proxy, server.authority, { alpn: ['http/1.1'] }));
    busy.send(`GET /busy HTTP/1.1\r\nHost: ${server.authority}\r\n\r\n`);
    await eventually('the request at the server', () => server.connections.some((each) => each.text.includes('/busy')));
    const stopped = proxy.stop();
    await idle.over();
    const late = keep(dialProxy(proxy));
    await late.over();
    expect(late.text).toBe('');
    release();
    expect(await busy.until('finished')).toContain('Connection: close');
    await busy.over();
    busy.destroy();
    idle.destroy();
    await Promise.race([stopped, deadline('the stop')]);
    expect(proxy.events.find((event) => event.path === '/busy')?.disposition).toBe('allowed');
  });

  it('sends GOAWAY over HTTP/2 and finishes the streams', async () => {
    const proxy = await startTestProxy({ proxy: { timeouts: { drain: 5000 } } });
    let release = (): void => {};
    const server = await serveHttp2(proxy, (stream) => {
      release = () => {
        stream.respond({ ':status': 200 });
        stream.end('finished');
      };
    });
    closers.push(() => server.close());
    const session = await openHttp2(proxy, server.authority);
    closers.push(() => session.destroy());
    const goaway = once(session, 'goaway');
    const answer = requestHttp2(session, { ':path': '/' });
    await eventually('the stream at the server', () => server.sessions.size === 1 && proxy.worker !== undefined);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const stopped = proxy.stop();
    await Promise.race([goaway, deadline('GOAWAY')]);
    release();
    expect((await answer).body.toString()).toBe('finished');
    await Promise.race([stopped, deadline('the stop')]);
  });

  it('ends what does not finish in time', async () => {
    const proxy = await startTestProxy({ proxy: { timeouts: { drain: 200 } } });
    const server = await serveRaw(() => {}, { context: await proxy.contextFor('origin.localhost'), alpn: ['http/1.1'] });
    closers.push(() => server.close());
    const wire = keep(await openTls(proxy, server.authority, { alpn: ['http/1.1'] }));
    wire.send(`GET /stuck HTTP/1.1\r\nHost: ${server.authority}\r\n\r\n`);
    const tunnel = keep(await openTunnel(proxy, server.authority));
    await eventually('the request', () => server.connections.some((each) => each.text.includes('/stuck')));
    await Promise.race([proxy.stop(), deadline('the stop')]);
    await wire.over();
    await tunnel.over();
    expect(proxy.events.find((event) => event.path === '/stuck')?.disposition).toBe('failed');
  });
});
