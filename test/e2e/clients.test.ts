// Every kind of client against servers of all four generations, over real TLS, through a real appliance. Three rounds: nobody
// approved anything (seen, stored, not stopped), the class is blocked, the servers are approved.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ProxyAgent } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StoredEvent } from '../../src/store/rows.ts';
import { type Appliance, run, startAppliance } from './appliance.ts';
import {
  type ClientContext,
  type ClientKind,
  type ClientReport,
  failed,
  sdk1,
  sdk1Sse,
  sdk2,
  sdk2Stateless,
} from './clients/mcp-clients.ts';
import { curl, http2, python, type Way, webSocket } from './clients/raw-clients.ts';
import { fetchBy } from './doors.ts';
import { benignServer } from './servers/benign-server.ts';
import { type EverythingServer, startEverything } from './servers/everything-server.ts';
import { sessionServer } from './servers/session-server.ts';
import { sseServer } from './servers/sse-server.ts';
import { statelessServer } from './servers/stateless-server.ts';
import { serveTls, type TestServer } from './servers/tls-server.ts';
import { serveWebSocketMcp } from './servers/websocket-server.ts';

interface Pair {
  name: string;
  host: string;
  path: string;
  /** Started by the environment of a child process (`kind`), or from here. */
  client: ClientKind | ((url: string) => Promise<ClientReport>);
  /** What the client is told by the server. */
  server: string;
  protocol: string;
  /** Columns that some stored event of this pair has. */
  stored: Partial<StoredEvent>[];
  /** Part of the error that the client shows once the server is blocked. */
  blocked: RegExp;
  /** Why this client cannot be run here. */
  missing?: string | undefined;
}

const MESSAGE = /Blocked by Daylight: .*nobody approved.*send security@example\.com the event id [0-9a-f-]{36}/;
const BENIGN = 'benign.localhost';

function without(program: string): string | undefined {
  return spawnSync(program, ['--version']).status === 0 ? undefined : `${program} is not installed`;
}

let appliance: Appliance;
let way: Way;
let dispatcher: ProxyAgent;
let context: ClientContext;
const everything: EverythingServer[] = [];
const servers = new Map<string, TestServer>();

const PAIRS: Pair[] = [
  {
    name: 'SDK 1.x over HTTP+SSE',
    host: 'sdk1-sse.localhost',
    path: '/sse',
    client: (url) => sdk1Sse(url, context),
    server: 'sse-echo',
    protocol: '',
    stored: [
      { http_method: 'GET', mcp_transport: 'http+sse' },
      { http_method: 'POST', mcp_transport: 'http+sse', mcp_method: 'initialize', mcp_client_name: 'sdk1-sse-editor' },
      { mcp_method: 'tools/list' },
      { mcp_method: 'tools/call', mcp_tool: 'echo' },
    ],
    blocked: /403/,
  },
  {
    name: 'SDK 1.x over streamable HTTP with event streams',
    host: 'sdk1-streams.localhost',
    path: '/mcp',
    client: (url) => sdk1(url, context),
    server: 'session-echo',
    protocol: '2025-11-25',
    stored: [
      {
        mcp_generation: '2025-11-25',
        mcp_transport: 'streamable-http',
        mcp_method: 'initialize',
        mcp_client_name: 'sdk1-editor',
        mcp_server_name: 'session-echo',
      },
      { mcp_method: 'notifications/initialized' },
      { mcp_method: 'tools/list' },
      { mcp_method: 'tools/call', mcp_tool: 'echo', mcp_server_name: 'session-echo' },
    ],
    blocked: MESSAGE,
  },
  {
    name: 'SDK 1.x, configured by its environment, with the everything server',
    host: 'everything.localhost',
    path: '/mcp',
    client: 'sdk1',
    server: 'mcp-servers/everything',
    protocol: '2025-11-25',
    stored: [
      { mcp_generation: '2025-11-25', mcp_method: 'initialize', mcp_client_name: 'sdk1-editor' },
      { mcp_method: 'tools/call', mcp_tool: 'echo' },
    ],
    blocked: MESSAGE,
  },
  {
    name: 'SDK 1.x over HTTP+SSE with the everything server',
    host: 'everything-sse.localhost',
    path: '/sse',
    client: (url) => sdk1Sse(url, context),
    server: 'mcp-servers/everything',
    protocol: '',
    stored: [
      { http_method: 'GET', mcp_transport: 'http+sse' },
      { http_method: 'POST', mcp_method: 'tools/call', mcp_tool: 'echo' },
    ],
    blocked: /403/,
  },
  {
    name: 'SDK 1.x over WebSocket, configured by its environment',
    host: 'sdk1-ws.localhost',
    path: '/mcp',
    client: 'sdk1WebSocket',
    server: 'ws-echo',
    protocol: '',
    stored: [{ mcp_transport: 'websocket', mcp_client_name: 'sdk1-ws-editor', mcp_server_name: 'ws-echo', status: 101 }],
    // This transport keeps what the server answered to itself.
    blocked: /./,
  },
  {
    name: 'SDK 2.x as it is by default',
    host: 'sdk2-default.localhost',
    path: '/mcp',
    client: (url) => sdk2(url, context),
    server: 'stateless-echo',
    protocol: '2025-11-25',
    stored: [
      { mcp_generation: '2025-11-25', mcp_method: 'initialize', mcp_client_name: 'sdk2-agent' },
      { mcp_method: 'tools/call', mcp_tool: 'echo' },
    ],
    blocked: MESSAGE,
  },
  {
    name: 'SDK 2.x held to 2025-06-18',
    host: 'sdk2-2025-06.localhost',
    path: '/mcp',
    client: (url) => sdk2(url, context, ['2025-06-18']),
    server: 'session-echo',
    protocol: '2025-06-18',
    stored: [
      { mcp_generation: '2025-06-18', mcp_method: 'initialize', mcp_client_name: 'sdk2-agent', mcp_server_name: 'session-echo' },
      { mcp_generation: '2025-06-18', mcp_method: 'tools/call' },
    ],
    blocked: MESSAGE,
  },
  {
    name: 'SDK 2.x held to 2025-03-26, with answers in JSON',
    host: 'sdk2-2025-03.localhost',
    path: '/mcp',
    client: (url) => sdk2(url, context, ['2025-03-26']),
    server: 'json-echo',
    protocol: '2025-03-26',
    stored: [
      { mcp_generation: '2025-03-26', mcp_method: 'initialize', mcp_client_name: 'sdk2-agent', mcp_server_name: 'json-echo' },
      { mcp_method: 'tools/call' },
    ],
    blocked: MESSAGE,
  },
  {
    name: 'SDK 2.x that prefers 2026-07-28, configured by its environment',
    host: 'sdk2-stateless.localhost',
    path: '/mcp',
    client: 'sdk2Stateless',
    server: 'stateless-echo',
    protocol: '2026-07-28',
    stored: [
      { mcp_generation: '2026-07-28', mcp_method: 'server/discover', mcp_client_name: 'sdk2-stateless-agent' },
      { mcp_generation: '2026-07-28', mcp_method: 'tools/call', mcp_tool: 'echo', mcp_server_name: 'stateless-echo' },
    ],
    blocked: MESSAGE,
  },
  {
    name: 'SDK 2.x over HTTP/2 on both sides, with event streams',
    host: 'sdk2-h2.localhost',
    path: '/mcp',
    client: (url) => sdk2Stateless(url, context),
    server: 'stateless-echo',
    protocol: '2026-07-28',
    stored: [{ mcp_generation: '2026-07-28', mcp_method: 'tools/call' }],
    blocked: MESSAGE,
  },
  {
    name: 'curl',
    host: 'curl.localhost',
    path: '/mcp',
    client: (url) => curl(url, way),
    server: 'session-echo',
    protocol: '2025-06-18',
    stored: [
      { mcp_generation: '2025-06-18', mcp_method: 'initialize', mcp_client_name: 'curl-script' },
      { mcp_method: 'tools/call', mcp_tool: 'echo', alpn: 'http/1.1' },
    ],
    blocked: MESSAGE,
    missing: without('curl'),
  },
  {
    name: 'Python with strict verification',
    host: 'python.localhost',
    path: '/mcp',
    client: (url) => python(url, way),
    server: 'json-echo',
    protocol: '2025-03-26',
    stored: [
      { mcp_generation: '2025-03-26', mcp_method: 'initialize', mcp_client_name: 'python-agent', mcp_server_name: 'json-echo' },
      { mcp_method: 'tools/call', mcp_tool: 'echo' },
    ],
    blocked: MESSAGE,
    missing: without('python3'),
  },
  {
    name: 'node:http2',
    host: 'http2.localhost',
    path: '/mcp',
    client: (url) => http2(url, way),
    server: '',
    protocol: 'h2',
    stored: [
      { mcp_generation: '2026-07-28', mcp_method: 'tools/call', mcp_client_name: 'http2-agent', http_version: '2', alpn: 'h2' },
    ],
    blocked: MESSAGE,
  },
  {
    name: 'a WebSocket without subprotocol',
    host: 'ws.localhost',
    path: '/plain',
    client: (url) => webSocket(url, way),
    server: 'ws-echo',
    protocol: '2025-11-25',
    stored: [{ mcp_transport: 'websocket', mcp_client_name: 'ws-client', mcp_server_name: 'ws-echo' }],
    blocked: /Unexpected server response: 403/,
  },
];

beforeAll(async () => {
  const [streamable, sse, started] = await Promise.all([
    startEverything('streamableHttp'),
    startEverything('sse'),
    startAppliance(),
  ]);
  everything.push(streamable, sse);
  appliance = started;
  way = { proxyUrl: appliance.proxyUrl, caFile: appliance.caFile };
  const requestTls = { ca: readFileSync(appliance.caFile) };
  dispatcher = new ProxyAgent({ uri: appliance.proxyUrl, requestTls, allowH2: true });
  context = { fetch: fetchBy(dispatcher) };
  const streams = () => sessionServer('session-echo', { json: false });
  const json = () => sessionServer('json-echo', { json: true });
  const modern = () => statelessServer('stateless-echo');
  const listeners: [string, Parameters<typeof serveTls>[2], object?][] = [
    ['sdk1-sse.localhost', sseServer('sse-echo')],
    ['sdk1-streams.localhost', streams()],
    ['everything.localhost', streamable.listener],
    ['everything-sse.localhost', sse.listener],
    ['sdk2-default.localhost', modern()],
    ['sdk2-2025-06.localhost', streams()],
    ['sdk2-2025-03.localhost', json()],
    ['sdk2-stateless.localhost', modern()],
    ['sdk2-h2.localhost', statelessServer('stateless-echo', { responseMode: 'sse' }), { http2: true }],
    ['curl.localhost', streams()],
    ['python.localhost', json()],
    ['http2.localhost', modern(), { http2: true }],
    ['sdk1-ws.localhost', (_incoming, outgoing) => outgoing.writeHead(426).end()],
    ['ws.localhost', (_incoming, outgoing) => outgoing.writeHead(426).end()],
    [BENIGN, benignServer],
  ];
  for (const [host, listener, options] of listeners) servers.set(host, await serveTls(appliance, host, listener, options));
  for (const host of ['sdk1-ws.localhost', 'ws.localhost']) serveWebSocketMcp(servers.get(host)!.server, 'ws-echo');
});

afterAll(async () => {
  await dispatcher?.destroy();
  for (const server of servers.values()) server.close();
  await Promise.all([appliance?.stop(), ...everything.map((each) => each.stop())]);
});

function urlOf({ host, path, client }: Pair): string {
  const origin = servers.get(host)!.origin;
  return (client === 'sdk1WebSocket' || host === 'ws.localhost' ? origin.replace('https', 'wss') : origin) + path;
}

/** Runs every client once, and says what each saw. */
async function round(): Promise<Map<string, ClientReport>> {
  const reports = new Map<string, ClientReport>();
  const inChild = present().filter(({ client }) => typeof client === 'string');
  const here = present().map(async ({ client, ...pair }) => {
    if (typeof client === 'string') return;
    reports.set(pair.host, await client(urlOf({ ...pair, client })).catch(failed));
  });
  const child = run(
    process.execPath,
    [join(import.meta.dirname, 'clients/mcp-clients.ts'), ...inChild.map((pair) => `${pair.client}=${urlOf(pair)}`)],
    { env: { PATH: process.env.PATH, NODE_USE_ENV_PROXY: '1', HTTPS_PROXY: way.proxyUrl, NODE_EXTRA_CA_CERTS: way.caFile } },
  ).then(({ stdout, stderr }) => {
    const lines = stdout.split('\n').filter(Boolean);
    inChild.forEach(({ host }, at) => {
      reports.set(host, lines[at] ? JSON.parse(lines[at]) : failed(stderr || 'the client said nothing'));
    });
  });
  await Promise.all([...here, child]);
  return reports;
}

/** The harmless clients: a JSON API, an editor and a language server, agents among themselves. */
async function benignRound(): Promise<number[]> {
  const { origin } = servers.get(BENIGN)!;
  const post = (path: string, method: string, params: object) =>
    context.fetch!(origin + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    });
  const textDocument = { uri: 'file:///src/main.rs' };
  const message = { role: 'user', parts: [{ kind: 'text', text: 'hello' }], messageId: 'm-1', kind: 'message' };
  const answers = await Promise.all([
    context.fetch!(`${origin}/v1/orders`),
    post('/lsp', 'textDocument/hover', { textDocument, position: { line: 3, character: 8 } }),
    post('/lsp', 'initialize', { processId: 7, rootUri: 'file:///src', capabilities: {}, clientInfo: { name: 'editor' } }),
    post('/a2a', 'message/send', { message }),
  ]);
  for (const answer of answers) await answer.text();
  return answers.map(({ status }) => status);
}

const of = (events: readonly StoredEvent[], host: string) => events.filter((event) => event.dst_host === host);

function fits(event: StoredEvent, row: Partial<StoredEvent>): boolean {
  return Object.entries(row).every(([name, value]) => event[name as keyof StoredEvent] === value);
}

/**
 * What has to become of a request. A client that has all its answers may leave while one request is still unanswered: the GET for
 * messages from the server or, where answers come in an event stream, any POST.
 */
function outcome({ error, http_method, mcp_transport }: StoredEvent, usual: string): string {
  const nobodyWaits = http_method === 'GET' || mcp_transport === 'http+sse';
  return nobodyWaits && error.startsWith('The client closed') ? 'failed' : usual;
}

/** The event that an error text names. */
function named(report: ClientReport | undefined): string | undefined {
  return /event id ([0-9a-f-]{36})/.exec(report?.text ?? '')?.[1];
}

const present = () => PAIRS.filter(({ missing }) => missing === undefined);

describe('while nothing is blocked', () => {
  let reports: Map<string, ClientReport>;
  let benign: number[];
  let events: StoredEvent[];

  beforeAll(async () => {
    [reports, benign] = await Promise.all([round(), benignRound()]);
    const complete = (all: StoredEvent[]) =>
      of(all, BENIGN).length >= benign.length &&
      present().every(({ host, stored }) => stored.every((row) => of(all, host).some((event) => fits(event, row))));
    events = await appliance.events(complete);
  });

  test.for(PAIRS)('$name is served, and stored as what it is', ({ host, server, protocol, stored, missing }, { skip }) => {
    skip(missing !== undefined, missing);
    expect(reports.get(host)).toEqual({ ok: true, server, protocol, text: expect.stringMatching(/^echo: hello$/i) });
    const seen = of(events, host);
    for (const row of stored) expect(seen).toContainEqual(expect.objectContaining(row));
    for (const event of seen) {
      expect(event).toMatchObject({ traffic: 'shadow', action: 'log', disposition: outcome(event, 'logged') });
    }
  });

  test('harmless clients are served and not flagged', () => {
    expect(benign).toEqual([200, 200, 200, 200]);
    expect(new Set(of(events, BENIGN).map(({ traffic }) => traffic))).toEqual(new Set(['none']));
  });

  test('the inventory lists every server with its name', async () => {
    const { stdout } = await appliance.cli('servers', 'list', '--json');
    for (const pair of present()) {
      const { server, path, host } = pair;
      const url = `${servers.get(host)!.origin}${path}`;
      const line = stdout.split('\n').find((each) => each.includes(JSON.stringify(url)));
      expect(line, url).toBeDefined();
      if (server !== '') expect(line).toContain(server);
    }
  });
});

describe('when the class "shadow" is blocked', () => {
  let reports: Map<string, ClientReport>;
  let benign: number[];
  let events: StoredEvent[];

  beforeAll(async () => {
    expect((await appliance.cli('rules', 'mode', 'shadow', 'block')).code).toBe(0);
    await appliance.inForce();
    [reports, benign] = await Promise.all([round(), benignRound()]);
    const complete = (all: StoredEvent[]) =>
      present().every(({ host }) => of(all, host).some(({ event_id }) => (named(reports.get(host)) ?? event_id) === event_id));
    events = await appliance.events(complete, { args: ['--disposition', 'blocked'] });
  });

  test.for(PAIRS)('$name is refused, and told why', ({ host, blocked, missing }, { skip }) => {
    skip(missing !== undefined, missing);
    const report = reports.get(host);
    expect(report?.ok).toBe(false);
    expect(report?.text).toMatch(blocked);
    const id = named(report);
    const event = of(events, host).find(({ event_id }) => id === undefined || event_id === id);
    expect(event).toMatchObject({ traffic: 'shadow', action: 'block', policy_step: 'traffic-mode' });
  });

  test('harmless clients are served as before', () => expect(benign).toEqual([200, 200, 200, 200]));
});

describe('when the servers are approved', () => {
  let reports: Map<string, ClientReport>;
  let events: StoredEvent[];
  let before: number;

  beforeAll(async () => {
    before = Date.now();
    // As a person would: with the address that `servers list` shows. At the same time, as several persons would.
    const approve = async ({ host, path }: Pair) =>
      appliance.cli('servers', 'approve', `${servers.get(host)!.origin}${path}`, '--owner', 'platform-team');
    const done = await Promise.all(present().map(approve));
    for (const { code, stderr } of done) expect(code, stderr).toBe(0);
    await appliance.inForce();
    reports = await round();
    const complete = (all: StoredEvent[]) =>
      present().every(({ host }) => of(all, host).some((event) => event.traffic === 'approved' && event.mcp_method !== ''));
    events = await appliance.events(complete, { args: ['--since', new Date(before).toISOString()] });
  });

  test.for(PAIRS)('$name is served again, as approved', ({ host, server, protocol, missing }, { skip }) => {
    skip(missing !== undefined, missing);
    expect(reports.get(host)).toEqual({ ok: true, server, protocol, text: expect.stringMatching(/^echo: hello$/i) });
    for (const event of of(events, host)) {
      expect(event).toMatchObject({
        traffic: 'approved',
        disposition: outcome(event, 'allowed'),
        policy_step: 'approval',
      });
    }
  });
});
