import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { INSTALL_DIR } from '../../src/config.ts';
import { connectStore } from '../../src/store/connect.ts';
import { readConnection } from '../../src/store/connection.ts';
import { createWorkplace, type Workplace } from '../cli/daylight.ts';

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test-client', version: '1' } },
};

let place: Workplace;
let appliance: ChildProcess;
let ready: { proxy: string; console: string; ca: string };
let url: string;
const server = createServer((incoming, outgoing) => {
  incoming.resume();
  const result = {
    protocolVersion: '2025-06-18',
    capabilities: { tools: {} },
    serverInfo: { name: 'test-server', version: '1' },
  };
  outgoing.setHeader('content-type', 'application/json').end(JSON.stringify({ jsonrpc: '2.0', id: 1, result }));
});

beforeAll(async () => {
  place = createWorkplace();
  writeFileSync(
    join(place.folder, 'daylight.yaml'),
    'proxy:\n  listen: 127.0.0.1:0\n  workers: 1\n  upstream: { allowPrivate: [127.0.0.0/8] }\nconsole: { listen: 127.0.0.1:0 }\n',
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  appliance = spawn(join(INSTALL_DIR, 'bin/daylight'), ['start', '--json'], {
    cwd: place.folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = await once(createInterface({ input: appliance.stdout! }), 'line');
  ready = JSON.parse(String(line));
});

afterAll(async () => {
  if (appliance.exitCode === null) {
    appliance.kill('SIGTERM');
    await once(appliance, 'exit');
  }
  server.close();
  place.remove();
});

/** Opens an MCP session through the proxy, in absolute form. */
async function initialize(): Promise<{ status: number; body: Record<string, { message?: string } | undefined> }> {
  const { hostname, port } = new URL(ready.proxy);
  const outgoing = request({
    hostname,
    port,
    path: url,
    method: 'POST',
    headers: { 'content-type': 'application/json', host: new URL(url).host },
  });
  outgoing.end(JSON.stringify(INITIALIZE));
  const [response] = await once(outgoing, 'response');
  return { status: response.statusCode, body: JSON.parse(Buffer.concat(await response.toArray()).toString()) };
}

async function until<T>(what: () => T | Promise<T>, fits: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await what();
    if (fits(value)) return value;
    await sleep(100);
  }
}

test('start says where it serves in one line', () => {
  expect(ready).toMatchObject({ event: 'ready', ca: join(place.folder, 'certs/ca.pem') });
  expect(ready.proxy).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(existsSync(ready.ca)).toBe(true);
});

test('doctor finds the running appliance and its ClickHouse', () => {
  const { status, lines } = place.daylight('doctor', '--json');
  const states = Object.fromEntries(lines().map(({ check, state }) => [check, state]));
  expect(states).toMatchObject({ Node: 'ok', ClickHouse: 'ok', 'data folder': 'ok' });
  expect(status).toBe(0);
});

test('a detection is queried, explained, exported and in the inventory', async () => {
  expect((await initialize()).body.result).toBeDefined();
  const [event] = await until(
    () => place.daylight('events', 'query', '--traffic', 'shadow', '--json').lines(),
    (lines) => lines.length > 0,
  );
  expect(event).toMatchObject({ url, disposition: 'logged', mcp_client_name: 'test-client', mcp_server_name: 'test-server' });
  const explained = place.daylight('explain', String(event?.event_id), '--json').lines()[0];
  expect(explained).toMatchObject({ traffic: 'shadow', action: 'log' });
  expect(explained?.change).toEqual(
    expect.arrayContaining([`daylight servers approve ${url}`, 'daylight rules mode shadow block']),
  );
  expect(place.daylight('explain', String(event?.event_id)).stdout).toContain('decisive');
  expect(place.daylight('explain', url, '--json').lines()[0]).toMatchObject({ seen: expect.stringContaining('test-server') });

  const [server] = place.daylight('servers', 'list', '--json').lines();
  expect(server).toMatchObject({ server_key: url, last_traffic: 'shadow', n: 1 });
  expect(place.daylight('servers', 'list').stdout).toContain(url);
  expect(place.daylight('events', 'query').stdout).toContain(String(event?.event_id));

  const out = join(place.folder, 'events.ndjson');
  expect(place.daylight('events', 'export', '--out', out).status).toBe(0);
  expect(JSON.parse(readFileSync(out, 'utf8').trim()).event_id).toBe(event?.event_id);
  expect(place.daylight('events', 'tail', '--since', '1h', '--limit', '1', '--json').lines()[0]).toMatchObject({ url });
  expect(place.daylight('events', 'query', '--host', 'other.example').stdout).toMatch(/^No events fit/);

  const filter = ['traffic:shadow', 'client:TEST-* since:1h', 'NOT user:ana'];
  expect(place.daylight('events', 'query', ...filter, '--json').lines()).toMatchObject([{ url }]);
  expect(place.daylight('events', 'tail', ...filter, '--limit', '1', '--json').lines()).toMatchObject([{ url }]);
  expect(place.daylight('events', 'export', ...filter, '--user', 'ana').stdout).toBe('');
});

test('a mode set by command blocks, an approval lets pass, both without a restart', async () => {
  expect(place.daylight('rules', 'mode', 'shadow', 'block').status).toBe(0);
  const blocked = await until(initialize, ({ body }) => body.error !== undefined);
  expect(blocked.status).toBe(200);
  expect(blocked.body.error?.message).toMatch(/Blocked by Daylight: .*nobody approved/);
  expect(place.daylight('servers', 'approve', url).status).toBe(0);
  await until(initialize, ({ body }) => body.result !== undefined);

  const store = connectStore(readConnection(join(place.folder, 'data')));
  const query =
    "SELECT action, actor, object_id FROM audit_log WHERE actor != '' AND action IN ('policy.mode', 'policy.approve') ORDER BY ts";
  const rows = await until(
    async () => (await store.reader.query({ query, format: 'JSONEachRow' })).json<Record<string, string>>(),
    (found) => found.length === 2,
  );
  await store.close();
  expect(rows).toMatchObject([
    { action: 'policy.mode', object_id: 'shadow', actor: userInfo().username },
    { action: 'policy.approve', object_id: url, actor: userInfo().username },
  ]);
});

test('when the appliance has stopped, commands start the engine themselves and find what was stored', async () => {
  appliance.kill('SIGTERM');
  expect((await once(appliance, 'exit'))[0]).toBe(0);
  const stored = place.daylight('events', 'query', '--json').lines();
  expect(stored.map((event) => event.disposition)).toEqual(expect.arrayContaining(['logged', 'blocked', 'allowed']));
  expect(existsSync(join(place.folder, 'data/clickhouse/connection.json'))).toBe(false);
});
