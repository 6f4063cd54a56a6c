// What policy does to running traffic, without a restart: modes for a class and for one rule, blocks, exceptions, a broken
// file; and what the one who is blocked gets to see, by kind of request.

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type Appliance, startAppliance, until, within } from './appliance.ts';
import { initialize } from './clients/raw-clients.ts';
import { type HttpAnswer, type HttpRequest, openTls, readAll, requestHttp1 } from './clients/tunnel.ts';
import { sessionServer } from './servers/session-server.ts';
import { sseServer } from './servers/sse-server.ts';
import { statelessServer } from './servers/stateless-server.ts';
import { serveTls, type TestServer } from './servers/tls-server.ts';
import { type Closings, serveWebSocketMcp } from './servers/websocket-server.ts';

const JSON_HEADERS = { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' };

/** The rule "MCP method headers on a request". */
const METHOD_HEADERS = 'ec7ac8ad';

let appliance: Appliance;
const started: TestServer[] = [];

beforeAll(async () => {
  appliance = await startAppliance();
});
afterAll(async () => {
  for (const server of started) server.close();
  await appliance?.stop();
});

/** Puts a new policy file in the place of the old one, as git and many editors do. */
function replace(name: string, text: string): void {
  const file = join(appliance.rulesDir, 'local', name);
  const fresh = `${file}.${randomUUID()}`;
  writeFileSync(fresh, text);
  renameSync(fresh, file);
}

/** A server that no other test has talked to. */
async function serve(name: string, listener: Parameters<typeof serveTls>[2]): Promise<TestServer> {
  const server = await serveTls(appliance, `${name}.localhost`, listener);
  started.push(server);
  return server;
}

async function open({ origin }: TestServer) {
  return openTls(appliance.proxyUrl, new URL(origin).host, { ca: readFileSync(appliance.caFile) });
}

async function send(server: TestServer, request: HttpRequest): Promise<HttpAnswer> {
  return requestHttp1(await open(server), new URL(server.origin).host, request);
}

function post(server: TestServer, message: object, headers: Record<string, string> = {}): Promise<HttpAnswer> {
  return send(server, { method: 'POST', path: '/mcp', headers: { ...JSON_HEADERS, ...headers }, body: JSON.stringify(message) });
}

const opening = (server: TestServer) => post(server, initialize('policy-test', '2025-06-18'));

async function policy(...args: string[]): Promise<void> {
  const { code, stderr } = await appliance.cli(...args);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  await appliance.inForce();
}

const BLOCKED =
  /Blocked by Daylight: .* Rule: .*\([0-9a-f-]{36}\)\. To ask for approval, send security@example\.com the event id [0-9a-f-]{36}\./;

describe('a change of policy', () => {
  afterEach(async () => {
    replace('modes.yml', 'default: log\nmodes: []\n');
    replace('exceptions.yml', 'exceptions: []\n');
    await appliance.inForce();
  });

  test('reaches every worker, for the class of traffic, and is taken back the same way', async () => {
    const server = await serve('class', sessionServer('class', { json: true }));
    expect((await opening(server)).body).toContain('"serverInfo"');
    await policy('rules', 'mode', 'shadow', 'block');
    // Enough connections at once that the kernel hands some of them to each worker.
    const answers = await Promise.all(Array.from({ length: 24 }, () => opening(server)));
    for (const answer of answers) expect(answer.body).toMatch(BLOCKED);
    await policy('rules', 'mode', 'shadow', 'log');
    expect((await opening(server)).body).toContain('"serverInfo"');
    expect(appliance.log()).not.toContain('a proxy worker died');
  });

  test('for one rule leaves what other rules find alone', async () => {
    const server = await serve('rule', statelessServer('rule'));
    const stateless = { 'Mcp-Protocol-Version': '2026-07-28', 'Mcp-Method': 'server/discover' };
    const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} };
    const discover = { jsonrpc: '2.0', id: 5, method: 'server/discover', params: { _meta: meta } };
    await policy('rules', 'mode', METHOD_HEADERS, 'block');
    const refused = await post(server, discover, stateless);
    expect(refused).toMatchObject({ status: 200, body: expect.stringMatching(BLOCKED) });
    expect(refused.body).toContain(METHOD_HEADERS);
    expect((await opening(server)).body).toContain('"serverInfo"');
  });

  test('to block one server counts whatever the modes say, and until it is unblocked', async () => {
    const [bad, good] = [
      await serve('bad', sessionServer('bad', { json: true })),
      await serve('good', sessionServer('good', { json: true })),
    ];
    await policy('servers', 'block', `${bad.origin}/mcp`, '--comment', 'leaked data');
    expect((await opening(bad)).body).toMatch(/server .* is blocked/);
    expect((await opening(good)).body).toContain('"serverInfo"');
    await policy('servers', 'unblock', `${bad.origin}/mcp`);
    expect((await opening(bad)).body).toContain('"serverInfo"');
  });

  test('an exception lets the one host pass', async () => {
    const [one, other] = [
      await serve('excepted', sessionServer('one', { json: true })),
      await serve('unexcepted', sessionServer('other', { json: true })),
    ];
    await policy('rules', 'mode', 'shadow', 'block');
    await policy('exceptions', 'add', '--host', 'excepted.localhost', '--until', '2099-01-31', '--comment', 'migration');
    expect((await opening(one)).body).toContain('"serverInfo"');
    expect((await opening(other)).body).toMatch(BLOCKED);
    const [event] = await appliance.events((all) => all.some((each) => each.dst_host === 'excepted.localhost'), {
      args: ['--host', 'excepted.localhost'],
    });
    expect(event).toMatchObject({ traffic: 'shadow', disposition: 'logged', policy_step: 'exception' });
  });

  test('that breaks a file leaves the old policy in force, says so loudly, and counts once it is mended in place', async () => {
    const server = await serve('broken', sessionServer('broken', { json: true }));
    await policy('rules', 'mode', 'shadow', 'block');
    const file = join(appliance.rulesDir, 'local/modes.yml');
    writeFileSync(file, 'default: log\nmodes:\n  - traffic: shadow\n    mode: stop\n');
    const line = await until(
      async () =>
        appliance
          .log()
          .split('\n')
          .find((each) => each.includes('RULES OR POLICY ARE BROKEN')),
      (found) => found !== undefined,
    );
    expect(line).toMatch(/modes\.yml:4/);
    expect((await opening(server)).body).toMatch(BLOCKED);
    const check = await appliance.cli('check');
    expect(check.code).toBe(2);
    expect(check.stdout).toMatch(/modes\.yml:4: .*off, log or block/);
    writeFileSync(file, 'default: log\nmodes: []\n');
    await appliance.inForce();
    expect((await opening(server)).body).toContain('"serverInfo"');
  });
});

describe('who is blocked reads why:', () => {
  beforeAll(async () => {
    await policy('rules', 'mode', 'shadow', 'block');
    await policy('rules', 'mode', 'discovery', 'block');
  });

  test('a request with an id gets a JSON-RPC error with event, rule and whom to ask', async () => {
    const server = await serve('told', sessionServer('told', { json: true }));
    const { status, head, body } = await opening(server);
    expect(status).toBe(200);
    expect(head).toMatch(/content-type: application\/json/i);
    const answer = JSON.parse(body) as {
      id: number;
      error: { code: number; message: string; data: { daylight: Record<string, string> } };
    };
    expect(answer).toMatchObject({ jsonrpc: '2.0', id: 1, error: { code: -32050, message: expect.stringMatching(BLOCKED) } });
    const { eventId, server: named, howToAsk } = answer.error.data.daylight;
    expect(named).toBe(`${server.origin}/mcp`);
    expect(howToAsk).toContain('security@example.com');
    expect(server.requests).toEqual([]);
    const [event] = await appliance.events((all) => all.some((each) => each.event_id === eventId), {
      args: ['--host', 'told.localhost'],
    });
    expect(event).toMatchObject({ event_id: eventId, disposition: 'blocked', mcp_client_name: 'policy-test', status: 200 });
  });

  test('a batch with one blocked call is refused whole, with an error for each id', async () => {
    const server = await serve('batch', sessionServer('batch', { json: true }));
    const harmless = { jsonrpc: '2.0', id: 'a', method: 'getBalance', params: [] };
    const { status, body } = await post(server, [
      harmless,
      initialize('batcher', '2025-03-26'),
      { jsonrpc: '2.0', method: 'note' },
    ]);
    expect(status).toBe(200);
    const answers = JSON.parse(body) as { id: string | number; error: { message: string } }[];
    expect(answers.map(({ id }) => id)).toEqual(['a', 1]);
    for (const { error } of answers) expect(error.message).toMatch(BLOCKED);
    expect(server.requests).toEqual([]);
  });

  test('a notification, and a request without a body, get 403 with JSON; a browser gets a page', async () => {
    const server = await serve('page', sessionServer('page', { json: true }));
    const session = { 'Mcp-Session-Id': 'b1946ac9-2b47-4f1e-9c4f-1d2c3b4a5e6f', 'Mcp-Protocol-Version': '2025-06-18' };
    const notified = await post(server, { jsonrpc: '2.0', method: 'notifications/initialized' }, session);
    const deleted = await send(server, { method: 'DELETE', path: '/mcp', headers: session });
    for (const answer of [notified, deleted]) {
      expect(answer.status).toBe(403);
      expect(answer.head).toMatch(/content-type: application\/json/i);
      expect(JSON.parse(answer.body).error.message).toMatch(BLOCKED);
    }
    const page = await send(server, { path: '/.well-known/mcp/server-card.json', headers: { Accept: 'text/html,*/*' } });
    expect(page).toMatchObject({ status: 403, head: expect.stringMatching(/content-type: text\/html/i) });
    expect(page.body).toContain('<h1>Blocked by Daylight</h1>');
    expect(server.requests).toEqual([]);
  });

  test('an event stream recognised by its answer is cut before its first event, and the next request gets 403', async () => {
    const server = await serve('stream', sseServer('stream'));
    const host = new URL(server.origin).host;
    const socket = await open(server);
    socket.write(`GET /sse HTTP/1.1\r\nHost: ${host}\r\nAccept: text/event-stream\r\n\r\n`);
    const text = await readAll(socket);
    expect(text).not.toContain('sessionId');
    const next = await send(server, { path: '/sse', headers: { Accept: 'text/event-stream' } });
    expect(next.status).toBe(403);
    expect(JSON.parse(next.body).error.message).toMatch(BLOCKED);
    expect(server.requests).toEqual(['GET /sse']);
  });

  test('a WebSocket is closed with 1008 on both sides when a message shows what it is', async () => {
    const { server, closings } = await serveSocket('closing');
    const socket = await connect(server);
    await within('the handshake', once(socket, 'open'));
    socket.send(JSON.stringify(initialize('ws-client', '2025-11-25')));
    const [code, reason] = (await within('the closing', once(socket, 'close'))) as [number, Buffer];
    expect(code).toBe(1008);
    expect(reason.toString()).toMatch(/^Blocked by Daylight: .* Event [0-9a-f-]{36}$/);
    await until(
      async () => closings,
      (seen) => seen.length === 1,
    );
    expect(closings[0]?.code).toBe(1008);
  });

  test('a WebSocket that names the subprotocol is refused in the handshake', async () => {
    const { server } = await serveSocket('handshake');
    const socket = await connect(server, 'mcp');
    const [, response] = await within('the refusal', once(socket, 'unexpected-response'));
    expect(response.statusCode).toBe(403);
    const body = Buffer.concat(await response.toArray()).toString();
    expect(JSON.parse(body).error.message).toMatch(BLOCKED);
    expect(server.requests).toEqual([]);
  });
});

test('workers that die are replaced at the same address, with the policy that is in force', async () => {
  const server = await serve('reborn', sessionServer('reborn', { json: true }));
  await policy('rules', 'mode', 'shadow', 'block');
  const pids = appliance.workers();
  expect(pids).toHaveLength(2);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await until(
    async () => appliance.workers(),
    (left) => left.length === 0,
  );
  const answer = await until(
    () => opening(server).catch(() => undefined),
    (found) => found !== undefined,
  );
  expect(answer?.body).toMatch(BLOCKED);
});

async function serveSocket(name: string): Promise<{ server: TestServer; closings: Closings }> {
  const server = await serve(name, (_incoming, outgoing) => outgoing.writeHead(426).end());
  return { server, closings: serveWebSocketMcp(server.server, name) };
}

async function connect(server: TestServer, ...protocols: string[]): Promise<WebSocket> {
  const tls = await open(server);
  const socket = new WebSocket(`${server.origin.replace('https', 'wss')}/live`, protocols, { createConnection: () => tls });
  socket.on('error', () => undefined);
  return socket;
}
