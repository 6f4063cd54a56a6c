// The appliance's own host behind its proxy: what is handed on to the page for requests, by which ways, and that nothing else is
// reached there. A real worker and the real page in this process.

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askKey, signAsk } from '../../src/ask-token.ts';
import { type AskDoor, openAskDoor } from '../../src/console/ask/door.ts';
import { type ApprovalRequests, openApprovalRequests } from '../../src/store/approval-requests.ts';
import { uuid7 } from '../store/sample-event.ts';
import { dialProxy, dropClients, openTunnel, post, requestHttp2, startTestProxy, type TestProxy } from './proxy.ts';

const key = askKey(Buffer.alloc(32, 7));
const FORM = 'name=Ann&reason=for+the+migration&days=30';
const FORM_HEADERS = ['Content-Type: application/x-www-form-urlencoded', 'Origin: http://daylight.internal'];

let dir: string;
let requests: ApprovalRequests;
let door: AskDoor;
let proxy: TestProxy;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'daylight-ask-relay-'));
  requests = openApprovalRequests(dir);
  door = await openAskDoor({
    key,
    publicUrl: '',
    contact: 'us',
    requests,
    facts: async () => undefined,
    onFiled: () => {},
    onFault: () => {},
    now: Date.now,
  });
  // Port 80 is not among those that may be reached: that list is about servers.
  proxy = await startTestProxy({ shadow: 'block', ask: { port: door.port, secret: door.secret }, proxy: { ports: [443] } });
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

describe('nothing else is reached there:', () => {
  test.each(['/', '/healthz', '/readyz', '/ask', '/ask/', '/ask/a/b', '/ask/../readyz', '//ask/x', '/ask/x?y=1'])(
    '%s',
    async (other) => {
      expect(await get(`http://daylight.internal${other}`)).toMatch(/^HTTP\/1\.1 404 /);
    },
  );

  test('not by TLS or another port, and the answer says how', async () => {
    for (const target of ['daylight.internal:443', `daylight.internal:${door.port}`]) {
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
  async function freePort(): Promise<number> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    return port;
  }

  test('people read whom to ask instead, and the proxy goes on', async () => {
    const lonely = await startTestProxy({ ask: { port: await freePort(), secret: 'x' } });
    const target = `http://daylight.internal${path()}`;
    const text = await send(`GET ${target} HTTP/1.1\r\nHost: daylight.internal\r\nConnection: close\r\n\r\n`, lonely);
    expect(text).toMatch(/^HTTP\/1\.1 503 .*send your security team the event id/s);
    await lonely.stop();
  });

  test('a door with another word stays shut', async () => {
    const stranger = await startTestProxy({ ask: { port: door.port, secret: 'f'.repeat(64) } });
    const target = `http://daylight.internal${path()}`;
    const text = await send(`GET ${target} HTTP/1.1\r\nHost: daylight.internal\r\nConnection: close\r\n\r\n`, stranger);
    expect(text).toMatch(/^HTTP\/1\.1 404 /);
    await stranger.stop();
  });
});
