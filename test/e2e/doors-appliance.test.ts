// Every door at once, of a whole appliance with several workers: they share the ports, tell where they are, take a new certificate
// on SIGHUP, and store whom a request came from.

import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openCa } from '../../src/proxy/ca.ts';
import { createLeafIssuer } from '../../src/proxy/leaf.ts';
import type { ProxyUrls } from '../../src/proxy/places.ts';
import { type Appliance, startAppliance, until, within } from './appliance.ts';
import { failed, sdk2 } from './clients/mcp-clients.ts';
import { dispatcherFor, fetchBy, relayTo } from './doors.ts';
import { sessionServer } from './servers/session-server.ts';
import { serveTls, type TestServer } from './servers/tls-server.ts';

const BALANCER = '127.0.0.9';
const dir = mkdtempSync(join(tmpdir(), 'daylight-doors-'));
const files = { cert: join(dir, 'proxy.pem'), key: join(dir, 'proxy.key') };

let appliance: Appliance;
let server: TestServer;
let urls: ProxyUrls;
let authority: Awaited<ReturnType<typeof openCa>>;

async function writeCertificate(): Promise<void> {
  const { chain, key } = await createLeafIssuer(authority).mint({ host: 'localhost' });
  writeFileSync(files.cert, chain);
  writeFileSync(files.key, key);
}

async function shownSerial(): Promise<string> {
  const ca = readFileSync(join(dir, 'ca/ca.pem'), 'utf8');
  const socket = connectTls({ host: '127.0.0.1', port: Number(new URL(urls.tls!).port), servername: 'localhost', ca });
  await within('a TLS handshake', once(socket, 'secureConnect'));
  const { serialNumber } = socket.getPeerX509Certificate()!;
  socket.destroy();
  return serialNumber;
}

beforeAll(async () => {
  authority = await openCa({ dir: join(dir, 'ca') });
  await writeCertificate();
  appliance = await startAppliance({
    config: {
      proxy: {
        proxyProtocol: { from: [BALANCER] },
        tls: { listen: '127.0.0.1:0', ...files },
        socks: { listen: '127.0.0.1:0' },
        transparent: { listen: '127.0.0.1:0', http: { listen: '127.0.0.1:0' } },
      },
    },
    rules: { 'local/modes.yml': 'modes:\n  - { traffic: shadow, mode: block }\n' },
  });
  const serving = appliance
    .log()
    .split('\n')
    .find((line) => line.includes('"serving"'));
  urls = JSON.parse(serving ?? '{}') as ProxyUrls;
  server = await serveTls(appliance, 'mcp.localhost', sessionServer('session-echo', { json: true }));
});

afterAll(async () => {
  server?.close();
  await appliance?.stop();
  rmSync(dir, { recursive: true, force: true });
});

it('tells where each door is', () => {
  expect(urls).toMatchObject({
    proxy: appliance.proxyUrl,
    tls: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/),
    socks: expect.stringMatching(/^socks5h:\/\/127\.0\.0\.1:\d+$/),
    transparent: expect.stringMatching(/^tls:/),
    transparentHttp: expect.stringMatching(/^http:/),
  });
  expect(
    new Set([urls.proxy, urls.tls, urls.socks, urls.transparent, urls.transparentHttp].map((url) => new URL(url!).port)).size,
  ).toBe(5);
});

it('stores whom a request came from, by each door, whether or not a load balancer stands in between', async () => {
  const ca = readFileSync(appliance.caFile, 'utf8');
  const header = 'PROXY TCP4 10.1.2.3 10.0.0.1 4711 8080\r\n';
  for (const door of ['proxy', 'tls', 'socks'] as const) {
    const balancer = await relayTo(Number(new URL(urls[door]!).port), () => header, BALANCER);
    const trusted = door === 'tls' ? readFileSync(join(dir, 'ca/ca.pem'), 'utf8') + ca : ca;
    const dispatcher = dispatcherFor(door, { port: balancer.port, ca: trusted });
    const told = await sdk2(`${server.origin}/mcp?${door}`, { fetch: fetchBy(dispatcher) }).catch(failed);
    expect(told.text).toContain('Blocked by Daylight');
    await dispatcher.destroy();
    balancer.close();
  }
  const events = await appliance.events((found) => found.filter(({ disposition }) => disposition === 'blocked').length >= 3);
  for (const event of events.filter(({ disposition }) => disposition === 'blocked'))
    expect(String(event.src_ip)).toContain('10.1.2.3');
});

it('takes a new certificate on SIGHUP', async () => {
  const before = await shownSerial();
  await writeCertificate();
  process.kill(appliance.pid, 'SIGHUP');
  await until(
    async () => Promise.all([shownSerial(), shownSerial(), shownSerial(), shownSerial()]),
    (serials) => !serials.includes(before),
  );
});

it('ends in order while connections wait at every door', async () => {
  const waiting = [urls.proxy, urls.tls!, urls.socks!, urls.transparent!].map((url) => {
    const socket = connectTcp({ host: '127.0.0.1', port: Number(new URL(url).port) });
    socket.on('error', () => undefined);
    return socket;
  });
  await Promise.all(waiting.map((socket) => within('a connection', once(socket, 'connect'))));
  await within('the end', appliance.stop(), 15_000);
});
