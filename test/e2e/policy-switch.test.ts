// Policy over time, with real clients and a clock of the test's own: log, a scheduled block, approval, limits on tools, a pause that
// ends by itself also for what stays open; and policy that is swapped while requests flow.

import { once } from 'node:events';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ProxyAgent, fetch as undiciFetch } from 'undici';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type Policy, policySchema } from '../../src/engine/policy/schema.ts';
import { loadSnapshotSource } from '../../src/load.ts';
import { until, within } from './appliance.ts';
import { type ClientReport, failed, sdk1, sdk2 } from './clients/mcp-clients.ts';
import { CALL, initialize } from './clients/raw-clients.ts';
import { openTls } from './clients/tunnel.ts';
import { fetchBy } from './doors.ts';
import { startTestProxy, type TestProxy } from './proxy.ts';
import { sessionServer } from './servers/session-server.ts';
import { serveTls, type TestServer } from './servers/tls-server.ts';
import { echoTool, toolServer } from './servers/tool-server.ts';
import { serveWebSocketMcp } from './servers/websocket-server.ts';

const { rules } = loadSnapshotSource('rules').source;
const started: TestServer[] = [];
let clock = 0;
let proxy: TestProxy;
let dispatcher: ProxyAgent;
let context: { fetch: typeof fetch };

beforeAll(async () => {
  proxy = await startTestProxy({ now: () => clock });
  dispatcher = new ProxyAgent({ uri: `http://127.0.0.1:${proxy.port}`, requestTls: { ca: proxy.ca } });
  context = { fetch: fetchBy(dispatcher) };
});
beforeEach(() => {
  clock = Date.parse('2026-12-03T12:00:00Z');
  proxy.events.length = 0;
  enforce({});
});
afterAll(async () => {
  await dispatcher?.close();
  for (const server of started) server.close();
  await proxy?.stop();
});

type Documents = { [part in keyof Policy]?: unknown };

function enforce(documents: Documents): void {
  const { approved = {}, modes = {}, exceptions = {}, groups = {} } = documents;
  proxy.worker.update({ rules, policy: policySchema.parse({ approved, modes, exceptions, groups }) });
}

/** A server that no other test has talked to. */
async function serve(name: string): Promise<string> {
  const server = await serveTls(proxy, `${name}.localhost`, sessionServer(name, { json: true }));
  started.push(server);
  return `${server.origin}/mcp`;
}

const talk = (url: string, client = sdk1): Promise<ClientReport> => client(url, context).catch(failed);

/**
 * The last event of what was said to a server: class, disposition, step of policy. Not of the GET that listens: a client that is
 * done may leave before it is answered.
 */
async function lastEvent(host: string): Promise<string> {
  const said = (each: TestProxy['events'][number]) =>
    each.dst_host === host && each.traffic !== 'none' && each.http_method === 'POST';
  const event = await until(
    async () => proxy.events.findLast(said),
    (found) => found !== undefined,
  );
  return `${event?.traffic} ${event?.disposition} ${event?.policy_step}`;
}

test('log, a scheduled block, an approval, a tool outside of it', async () => {
  const url = await serve('scheduled');
  const modes = { modes: [{ traffic: 'shadow', mode: 'block', after: '2026-12-04' }] };
  enforce({ modes });
  expect(await talk(url)).toMatchObject({ ok: true, text: 'echo: hello' });
  expect(await lastEvent('scheduled.localhost')).toBe('shadow logged default-mode');

  clock = Date.parse('2026-12-04T00:00:01Z');
  for (const client of [sdk1, sdk2]) {
    expect(await talk(url, client)).toMatchObject({ ok: false, text: expect.stringContaining('Blocked by Daylight') });
  }
  expect(await lastEvent('scheduled.localhost')).toBe('shadow blocked traffic-mode');

  const approval = { url, owner: 'platform', until: '2026-12-31' };
  enforce({ modes, approved: { servers: [approval] } });
  expect(await talk(url)).toMatchObject({ ok: true, text: 'echo: hello' });
  expect(await lastEvent('scheduled.localhost')).toBe('approved allowed approval');

  for (const limits of [{ tools: ['read_*'] }, { blockedTools: ['echo'] }]) {
    enforce({ modes, approved: { servers: [{ ...approval, ...limits }] } });
    expect(await talk(url)).toMatchObject({ ok: false, text: expect.stringMatching(/tool echo is outside the approval/) });
  }
  const call = await until(
    async () => proxy.events.findLast((each) => each.mcp_tool === 'echo'),
    (found) => found?.disposition === 'blocked',
  );
  expect(call).toMatchObject({ traffic: 'approved', policy_step: 'approval', policy_id: url });

  clock = Date.parse('2027-01-01T00:00:00Z');
  expect(await talk(url)).toMatchObject({ ok: false, text: expect.stringContaining('nobody approved this MCP server') });
});

test('an approved server reached past its portal is told apart from one that nobody approved', async () => {
  const [portal, shadow] = [await serve('past-portal'), await serve('unknown')];
  enforce({ approved: { servers: [{ url: portal, via: 'portal' }] }, modes: { modes: [{ traffic: 'bypass', mode: 'block' }] } });
  expect(await talk(portal)).toMatchObject({ ok: false, text: expect.stringContaining('through the portal only') });
  expect(await talk(shadow)).toMatchObject({ ok: true });
  expect(await lastEvent('past-portal.localhost')).toBe('bypass blocked traffic-mode');
  expect(await lastEvent('unknown.localhost')).toBe('shadow logged default-mode');
});

const PAUSED = {
  default: 'block',
  pause: { until: '2026-12-03T12:10:00Z', comment: 'demo breaks', by: 'kim' },
};

test('a pause lets everything pass, blocked servers and forbidden tools too, and is over by itself', async () => {
  const [url, blocked, limited] = [await serve('paused'), await serve('paused-block'), await serve('paused-tool')];
  const approved = { servers: [{ url: limited, tools: ['other'] }] };
  enforce({ approved, modes: { ...PAUSED, blocked: [{ url: blocked }] } });
  for (const each of [url, blocked, limited]) expect(await talk(each)).toMatchObject({ ok: true, text: 'echo: hello' });
  for (const host of ['paused', 'paused-block']) expect(await lastEvent(`${host}.localhost`)).toBe('shadow logged pause');
  const [event] = proxy.events.filter((each) => each.mcp_tool === 'echo' && each.dst_host === 'paused-tool.localhost');
  expect(event).toMatchObject({
    traffic: 'approved',
    disposition: 'logged',
    policy_step: 'pause',
    policy_id: PAUSED.pause.until,
  });
  expect(event?.reason).toContain('Protection is paused until 2026-12-03T12:10:00Z by kim (demo breaks).');
  clock = Date.parse(PAUSED.pause.until);
  for (const each of [url, blocked, limited]) expect(await talk(each)).toMatchObject({ ok: false });
});

test('what was opened during a pause does not outlive it', async () => {
  const server = await serveTls(proxy, 'paused-socket.localhost', (_incoming, outgoing) => outgoing.writeHead(426).end());
  started.push(server);
  serveWebSocketMcp(server.server, 'socket');
  enforce({ modes: PAUSED });
  const tls = await openTls(`http://127.0.0.1:${proxy.port}`, new URL(server.origin).host, { ca: proxy.ca });
  const socket = new WebSocket(`${server.origin.replace('https', 'wss')}/live`, { createConnection: () => tls });
  socket.on('error', () => undefined);
  await within('the handshake', once(socket, 'open'));
  socket.send(JSON.stringify(initialize('ws-client', '2025-11-25')));
  const [answer] = await within('the answer', once(socket, 'message'));
  expect(String(answer)).toContain('serverInfo');
  clock = Date.parse(PAUSED.pause.until);
  socket.send(JSON.stringify(CALL));
  const [code] = await within('the closing', once(socket, 'close'));
  expect(code).toBe(1008);
});

test.for(['short', 'open'])(
  'who awaits an answer in an event stream when policy turns to block is told so (%s stream)',
  async (kind) => {
    const tools = toolServer(kind, [echoTool('Says what it was told')]);
    const turn = () => enforce({ modes: { modes: [{ traffic: 'shadow', mode: 'block' }] } });
    const server = await serveTls(proxy, `${kind}.localhost`, async (incoming, outgoing) => {
      if (incoming.headers['x-turn'] === undefined) return tools.listener(incoming, outgoing);
      if (kind === 'short') {
        turn();
        return tools.listener(incoming, outgoing);
      }
      // The head is with the client before the answer is there.
      const { id } = JSON.parse(Buffer.concat(await incoming.toArray()).toString()) as { id: number };
      outgoing.writeHead(200, { 'content-type': 'text/event-stream' }).write(': wait\n\n');
      setTimeout(() => {
        turn();
        outgoing.end(`data: ${JSON.stringify({ jsonrpc: '2.0', id, result: { tools: [] } })}\n\n`);
      }, 100);
    });
    started.push(server);
    let turns = false;
    const through = ((url: string, init: RequestInit) => {
      const headers = { ...Object.fromEntries(new Headers(init.headers)), ...(turns && { 'x-turn': '1' }) };
      return undiciFetch(url, { ...init, headers, dispatcher } as never);
    }) as unknown as typeof fetch;
    const client = new Client({ name: 'waiting', version: '1.0.0' });
    const transport = new StreamableHTTPClientTransport(new URL(`${server.origin}/mcp`), { fetch: through });
    await client.connect(transport as Transport);
    turns = true;
    const answer = client.listTools({}, { timeout: 30_000 }).catch((error: Error) => error.message);
    expect(await answer.finally(() => client.close())).toContain('Blocked by Daylight');
    // The stream of the session ends last.
    await until(
      async () => proxy.events.some((event) => event.dst_host === `${kind}.localhost` && event.http_method === 'GET'),
      (ended) => ended,
    );
  },
);

test('while policy is swapped under traffic, each request is decided by one policy or the other, never by half of one', async () => {
  const url = await serve('swapped');
  const one: Documents = { modes: { default: 'log' } };
  // Taken apart, its block without its approval would refuse, its approval without its limit would let pass.
  const other: Documents = {
    modes: { default: 'block', modes: [{ traffic: 'install', mode: 'off' }] },
    approved: { servers: [{ url, blockedTools: ['echo'] }] },
  };
  const ask = (body: object): Promise<string> =>
    undiciFetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      body: JSON.stringify(body),
      dispatcher,
    }).then((answer) => answer.text());
  const verdicts = () =>
    proxy.events.map((event) =>
      [event.mcp_method, event.traffic, event.action, event.policy_step, event.policy_id, event.reason].join(' | '),
    );

  const possible = new Set<string>();
  for (const documents of [one, other]) {
    enforce(documents);
    await Promise.all([ask(initialize('swap', '2025-06-18')), ask(CALL)]);
    await until(
      async () => proxy.events.length,
      (count) => count === 2,
    );
    for (const verdict of verdicts()) possible.add(verdict);
    proxy.events.length = 0;
  }
  expect(possible.size).toBe(4);

  let swaps = 0;
  const swapping = setInterval(() => enforce(swaps++ % 2 === 0 ? one : other), 3);
  const requests = 240;
  try {
    for (let sent = 0; sent < requests; sent += 12) {
      await Promise.all(Array.from({ length: 12 }, (_, index) => ask(index % 2 ? CALL : initialize('swap', '2025-06-18'))));
    }
  } finally {
    clearInterval(swapping);
  }
  await until(
    async () => proxy.events.length,
    (count) => count === requests,
  );
  expect(swaps).toBeGreaterThan(3);
  const seen = new Set(verdicts());
  expect([...seen].filter((verdict) => !possible.has(verdict))).toEqual([]);
  expect(seen.size).toBe(4);
});
