// The appliance's own host behind its proxy: what is handed on to the page for requests and to the setup pages, by which ways, and that
// nothing else is reached there. A real worker and the real page in this process.

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askKey, signAsk } from '../../src/ask-token.ts';
import { type OwnDoor, openOwnDoor } from '../../src/console/own-door.ts';
import { type ApprovalRequests, openApprovalRequests } from '../../src/store/approval-requests.ts';
import { freePort } from '../../src/store/engine-process.ts';
import { uuid7 } from '../store/sample-event.ts';
import { dialProxy, dropClients, openTunnel, post, requestHttp2, startTestProxy, type TestProxy } from './proxy.ts';

const key = askKey(Buffer.alloc(32, 7));
const FORM = 'name=Ann&reason=for+the+migration&days=30';
const FORM_HEADERS = ['Content-Type: application/x-www-form-urlencoded', 'Origin: http://daylight.internal'];

let dir: string;
let requests: ApprovalRequests;
let door: OwnDoor;
let proxy: TestProxy;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'daylight-ask-relay-'));
  requests = openApprovalRequests(dir);
  door = await openOwnDoor({
    ask: {
      key,
      publicUrl: '',
      contact: 'us',
      requests,
      facts: async () => undefined,
      onFiled: () => {},
      onFault: () => {},
      now: Date.now,
    },
    setup: {
      ca: () => Promise.reject(new Error('there is no CA')),
      proxyUrl: () => 'http://127.0.0.1:8080',
      pac: { direct: [], failover: 'none' },
      onFault: () => {},
    },
  });
  // Port 80 is not among those that may be reached: that list is about servers.
  proxy = await startTestProxy({
    shadow: 'block',
    door: { port: door.port, secret: door.secret, asks: true },
    proxy: { ports: [443] },
  });
});
afterAll(async () => {
  dropClients();
  await proxy?.stop();
  await door?.stop();
  requests?.close();
  rmSync(dir, { recursive: true });
});

const path = () => `/ask/${signAsk(key, uuid7())}`;

/** One request as it is written here, and everything that comes back. */
async function send(request: string, to: Pick<TestProxy, 'port'> = proxy): Promise<string> {
  const wire = dialProxy(to);
  wire.send(request);
  await wire.over();
  wire.destroy();
  return wire.text;
}

const get = (target: string, ...headers: string[]) =>
  send(`${[`GET ${target} HTTP/1.1`, 'Host: daylight.internal', 'Connection: close', ...headers].join('\r\n')}\r\n\r\n`);

describe('the page for requests is reached', () => {
  test('by a plain request through the proxy, however the host is written', async () => {
    for (const host of ['daylight.internal', 'daylight.internal:80', 'Daylight.INTERNAL', 'daylight.internal.'])
      expect(await get(`http://${host}${path()}`)).toMatch(/^HTTP\/1\.1 200 OK\r\n.*<title>Ask for approval/s);
  });

  test('through a tunnel to port 80, by HTTP/1.1 and by HTTP/2', async () => {
    const wire = await openTunnel(proxy, 'daylight.internal:80');
    wire.send(post('daylight.internal', path(), FORM, FORM_HEADERS));
    expect(await wire.until('</html>')).toContain('Your request was sent');
    wire.forget();
    wire.send(`GET ${path()} HTTP/1.1\r\nHost: daylight.internal\r\n\r\n`);
    expect(await wire.until('</html>')).toContain('Ask for approval');

    const tunnel = await openTunnel(proxy, 'daylight.internal:80');
    tunnel.socket.removeAllListeners('data');
    const session = connectHttp2('http://daylight.internal', { createConnection: () => tunnel.socket });
    await once(session, 'connect');
    const answer = await requestHttp2(session, { ':path': path() });
    expect(answer.status).toBe(200);
    session.destroy();
  });

  test('with the address of the client, which a client cannot choose', async () => {
    const forged = ['Daylight-Client: 10.6.6.6', 'Daylight-Door: x', 'X-Forwarded-For: 10.6.6.6'];
    const body = FORM.replace('Ann', 'Forger');
    const wire = dialProxy(proxy);
    wire.send(post('daylight.internal', `http://daylight.internal${path()}`, body, [...FORM_HEADERS, ...forged]));
    await wire.until('</html>');
    expect(requests.list()[0]).toMatchObject({ name: 'Forger', address: '127.0.0.1' });
  });

  test('and leaves no event: its address lets the holder ask', async () => {
    const before = proxy.events.length;
    await get(`http://daylight.internal${path()}`);
    expect(proxy.events.slice(before)).toEqual([]);
    expect(proxy.log()).not.toMatch(/\/ask\//);
  });
});

describe('the setup pages are reached', () => {
  test('in the tunnel of TLS, by HTTP/1.1 and by HTTP/2, under a certificate of the CA', async () => {
    for (const alpn of [undefined, 'http/1.1', 'h2'] as const) {
      const tunnel = await openTunnel(proxy, 'daylight.internal:443');
      tunnel.socket.removeAllListeners('data');
      const secure = connectTls({
        ...{ socket: tunnel.socket, servername: 'daylight.internal', ca: proxy.ca },
        ...(alpn && { ALPNProtocols: [alpn] }),
      });
      await once(secure, 'secureConnect');
      if (alpn === 'h2') {
        const session = connectHttp2('https://daylight.internal', { createConnection: () => secure });
        const answer = await requestHttp2(session, { ':path': '/test.json' });
        expect(answer.status).toBe(200);
        session.destroy();
      } else {
        secure.write('GET /test.json HTTP/1.1\r\nHost: daylight.internal\r\nConnection: close\r\n\r\n');
        const text = Buffer.concat(await secure.toArray()).toString();
        expect(text).toContain('{"throughProxy":true,"trustsCa":true,"client":"127.0.0.1"}');
      }
      secure.destroy();
    }
  });

  test('on the port of the proxy itself, but not as if through it', async () => {
    const text = await send('GET /test.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(text).toMatch(/^HTTP\/1\.1 200 .*"throughProxy":false,"trustsCa":null/s);
    for (const file of ['/proxy.pac', '/wpad.dat'])
      expect(await send(`GET ${file} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).toMatch(
        /^HTTP\/1\.1 200 .*FindProxyForURL/s,
      );
  });

  test.each([
    'GET /ask/x HTTP/1.1',
    'POST / HTTP/1.1',
    'GET /../etc/passwd HTTP/1.1',
    'GET //evil.example/ HTTP/1.1',
    `GET /${'a'.repeat(2_000)} HTTP/1.1`,
    'GET /%0d%0aSet-Cookie:x HTTP/1.1',
    'OPTIONS * HTTP/1.1',
    'GET ?x HTTP/1.1',
  ])('and nothing else by that port: %s', async (line) => {
    expect(await send(`${line}\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 4\d\d /);
  });

  test('by a client that does not trust the CA: it is told apart', async () => {
    const before = proxy.events.length;
    const noted = proxy.noted.length;
    const tunnel = await openTunnel(proxy, 'daylight.internal:443');
    tunnel.socket.removeAllListeners('data');
    const secure = connectTls({ socket: tunnel.socket, servername: 'daylight.internal', ALPNProtocols: ['http/1.1'] });
    await expect(once(secure, 'secureConnect')).rejects.toThrow();
    const told = () => [...proxy.events.slice(before), ...proxy.noted.slice(noted)].map(({ error }) => error);
    await expect.poll(told).toEqual([expect.stringMatching(/^ERR_CLIENT_TLS/)]);
  });
});

describe('nothing else is reached there:', () => {
  test.each(['/healthz', '/readyz', '/ask', '/ask/', '/ask/a/b', '/ask/../readyz', '//ask/x', '/ask/x?y=1'])(
    '%s',
    async (other) => {
      expect(await get(`http://daylight.internal${other}`)).toMatch(/^HTTP\/1\.1 404 /);
    },
  );

  test('not by another port, and the answer says how', async () => {
    for (const target of ['daylight.internal:8080', `daylight.internal:${door.port}`]) {
      const text = await send(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
      expect(text).toMatch(/^HTTP\/1\.1 403 .*Use http:\/\/daylight\.internal\//s);
    }
    expect(await get(`http://daylight.internal:${door.port}${path()}`)).toMatch(/^HTTP\/1\.1 403 /);
  });

  test('not the servers of others: the ports and addresses that may be reached are the same as before', async () => {
    expect(await get('http://example.com/')).toMatch(/^HTTP\/1\.1 403 .*port 80 is not one that may be reached/s);
    expect(await get(`http://127.0.0.1:${door.port}${path()}`)).toMatch(/^HTTP\/1\.1 403 /);
    expect(await get('http://x.daylight.internal/ask/x')).toMatch(/^HTTP\/1\.1 403 /);
  });

  test('by other methods', async () => {
    expect(await send(`DELETE http://daylight.internal${path()} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 405 /,
    );
  });

  test('and with a body that never ends the answer comes before it', async () => {
    const wire = dialProxy(proxy);
    wire.send(`POST http://daylight.internal${path()} HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n`);
    wire.send('x'.repeat(100_000));
    expect(await wire.until('This is too long')).toMatch(/^HTTP\/1\.1 413 /);
    wire.destroy();
  });
});

describe('when the page is not there', () => {
  test('people read whom to ask instead, and the proxy goes on', async () => {
    const lonely = await startTestProxy({ door: { port: await freePort(), secret: 'x', asks: true } });
    const target = `http://daylight.internal${path()}`;
    const text = await send(`GET ${target} HTTP/1.1\r\nHost: daylight.internal\r\nConnection: close\r\n\r\n`, lonely);
    expect(text).toMatch(/^HTTP\/1\.1 503 .*send your security team the event id/s);
    await lonely.stop();
  });

  test('a door with another word stays shut', async () => {
    const stranger = await startTestProxy({ door: { port: door.port, secret: 'f'.repeat(64), asks: true } });
    const target = `http://daylight.internal${path()}`;
    const text = await send(`GET ${target} HTTP/1.1\r\nHost: daylight.internal\r\nConnection: close\r\n\r\n`, stranger);
    expect(text).toMatch(/^HTTP\/1\.1 404 /);
    await stranger.stop();
  });
});
