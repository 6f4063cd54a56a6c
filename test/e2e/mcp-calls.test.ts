// Each call to an MCP server becomes a row with what came of it: real clients and servers on every transport, answers that are read and
// answers that are not, errors, refusals, and answers that never come.

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ProxyAgent } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { McpCallEvent } from '../../src/engine/calls/call-events.ts';
import { openTls } from './clients/tunnel.ts';
import { fetchBy } from './doors.ts';
import { eventually, startTestProxy, type TestProxy } from './proxy.ts';
import { createFaultyMcp, faultyServer } from './servers/faulty-server.ts';
import { CARD } from './servers/records-server.ts';
import { serveTls, type TestServer } from './servers/tls-server.ts';
import { serveWebSocketMcp } from './servers/websocket-server.ts';

const WAIT = { timeout: 30_000 };

let proxy: TestProxy;
let dispatcher: ProxyAgent;
let through: typeof fetch;
let server: TestServer;

beforeAll(async () => {
  proxy = await startTestProxy({
    store: { excerpts: true },
    dlp: [{ id: 'cards', detectors: ['payment-card'], request: 'redact' }],
  });
  server = await serveTls(proxy, 'faulty.localhost', faultyServer());
  serveWebSocketMcp(server.server, 'faulty', () => createFaultyMcp());
  dispatcher = new ProxyAgent({ uri: `http://127.0.0.1:${proxy.port}`, requestTls: { ca: proxy.ca } });
  through = fetchBy(dispatcher);
});
afterAll(async () => {
  await dispatcher?.destroy();
  server?.close();
  await proxy?.stop();
});
beforeEach(() => {
  proxy.approve([]);
  proxy.mcpCalls.length = 0;
  proxy.events.length = 0;
});

const url = (path: string): URL => new URL(`${server.origin}${path}`);
const open: Record<string, () => unknown> = {
  '/mcp': () => new StreamableHTTPClientTransport(url('/mcp'), { fetch: through }),
  '/json': () => new StreamableHTTPClientTransport(url('/json'), { fetch: through }),
  '/sse': () => new SSEClientTransport(url('/sse'), { fetch: through }),
};

async function connect(path: string): Promise<Client> {
  const client = new Client({ name: 'caller', version: '1.0.0' });
  await client.connect(open[path]!() as Transport, WAIT);
  return client;
}

/** The next row of a tool, a resource or a method. */
function row(of: string): Promise<McpCallEvent> {
  const fits = ({ tool, resource, prompt, method }: McpCallEvent): boolean => [tool, resource, prompt, method].includes(of);
  return eventually(`a call of ${of}`, () => proxy.mcpCalls.find(fits));
}

describe.each(Object.keys(open))('over %s', (path) => {
  it('calls are paired with their answers', async () => {
    const client = await connect(path);
    await client.listTools(undefined, WAIT);
    const call = (name: string, note = 'hello') => client.callTool({ name, arguments: { note } }, undefined, WAIT);
    await call('works');
    await call('fails');
    await expect(call('refuses')).rejects.toThrow();
    await client.readResource({ uri: 'file:///readme' }, WAIT);
    await client.getPrompt({ name: 'greeting' }, WAIT);
    const works = await row('works');
    const flow = await eventually('the exchange', () => proxy.events.find(({ event_id }) => event_id === works.parent_id));
    expect(flow).toMatchObject({ mcp_tool: 'works', http_method: 'POST' });
    expect(works).toMatchObject({
      ...{ kind: 'mcp_call', method: 'tools/call', outcome: 'ok', traffic: 'shadow', road: 'direct', action: 'log' },
      ...{ dst_host: 'faulty.localhost', disposition: 'logged', excerpt: '{"note":"hello"}' },
      ...{ server_key: url(path === '/sse' ? '/sse' : path).href, transport: path === '/sse' ? 'http+sse' : 'streamable-http' },
    });
    expect(works.error_code).toBeUndefined();
    expect(works.args_bytes).toBeGreaterThan(50);
    expect(works.result_bytes).toBeGreaterThan(20);
    expect(works.event_id).not.toBe(works.parent_id);
    expect(await row('fails')).toMatchObject({ outcome: 'tool-error', error: 'tool-error' });
    expect(await row('refuses')).toMatchObject({ outcome: 'error', error_code: -32602, error: 'invalid-params' });
    expect(await row('file:///readme')).toMatchObject({ method: 'resources/read', outcome: 'ok' });
    expect(await row('greeting')).toMatchObject({ method: 'prompts/get', outcome: 'ok' });
    expect(await row('initialize')).toMatchObject({ client_name: 'caller', outcome: 'ok', outcome_source: 'answer' });
    expect(await row('tools/list')).toMatchObject({ outcome: 'ok', outcome_source: 'answer' });
    expect(JSON.stringify(proxy.mcpCalls)).not.toMatch(/secret of the house|works done/);
    expect(proxy.mcpCalls.map(({ method }) => method)).not.toContain('notifications/initialized');
    await client.close();
  });

  it('what DLP finds is counted, and not shown', async () => {
    proxy.approve([{ url: server.origin }]);
    const client = await connect(path);
    await client.callTool({ name: 'works', arguments: { note: `card ${CARD}` } }, undefined, WAIT);
    const works = await row('works');
    expect(works).toMatchObject({ traffic: 'approved', disposition: 'redacted', dlp_count: 1, outcome: 'ok' });
    expect(works.excerpt).toContain('note');
    expect(works.excerpt).not.toContain(CARD);
    await client.close();
  });

  it('a call outside an approval is blocked', async () => {
    proxy.approve([{ url: server.origin, blockedTools: ['fails'] }]);
    const client = await connect(path);
    await expect(client.callTool({ name: 'fails', arguments: {} }, undefined, WAIT)).rejects.toThrow();
    expect(await row('fails')).toMatchObject({
      ...{ outcome: 'blocked', outcome_source: 'exchange', action: 'block', disposition: 'blocked' },
    });
    await client.close();
  });

  it('a call that nobody answers is unanswered once its session ends', async () => {
    const client = await connect(path);
    const lost = client.callTool({ name: 'never', arguments: {} }, undefined, WAIT).catch(() => 'gone');
    await eventually('the request', () => server.requests.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await client.close();
    await lost;
    expect(await row('never')).toMatchObject({ outcome: 'unanswered', outcome_source: 'exchange' });
  });
});

describe('answers that nobody reads', () => {
  it('are glanced at: the outcome is known all the same', async () => {
    const client = await connect('/json');
    await client.listTools(undefined, WAIT);
    for (const name of ['works', 'fails']) await client.callTool({ name, arguments: {} }, undefined, WAIT);
    expect(await row('works')).toMatchObject({ outcome: 'ok', outcome_source: 'glance', status: 200 });
    expect(await row('fails')).toMatchObject({ outcome: 'tool-error', outcome_source: 'answer' });
    await client.close();
  });
});

describe('over a WebSocket', () => {
  async function dial(): Promise<{ ask(message: object): Promise<unknown>; socket: WebSocket }> {
    const target = `faulty.localhost:${server.port}`;
    const tls = await openTls(`http://127.0.0.1:${proxy.port}`, target, { ca: proxy.ca, ALPNProtocols: ['http/1.1'] });
    const socket = new WebSocket(`wss://${target}/ws`, 'mcp', { createConnection: () => tls });
    const answers = new Map<unknown, unknown>();
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as { id: unknown };
      answers.set(message.id, message);
    });
    socket.on('error', () => {});
    await eventually('the handshake', () => socket.readyState === WebSocket.OPEN);
    return {
      socket,
      ask(message) {
        socket.send(JSON.stringify({ jsonrpc: '2.0', ...message }));
        return eventually('an answer', () => answers.get((message as { id: unknown }).id));
      },
    };
  }
  const hello = {
    ...{ id: 1, method: 'initialize' },
    params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'sockets', version: '1' } },
  };
  const call = (id: number, name: string) => ({ id, method: 'tools/call', params: { name, arguments: { note: 'hi' } } });

  it('each call is stored when its answer passes; what is left is unanswered', async () => {
    const { ask, socket } = await dial();
    await ask(hello);
    await ask(call(2, 'works'));
    await ask(call(3, 'fails'));
    await ask(call(4, 'refuses'));
    expect(await row('works')).toMatchObject({ outcome: 'ok', transport: 'websocket', excerpt: '{"note":"hi"}', status: 101 });
    expect(await row('fails')).toMatchObject({ outcome: 'tool-error', outcome_source: 'answer' });
    expect(await row('refuses')).toMatchObject({ outcome: 'error', error_code: -32602 });
    expect(proxy.events.some(({ url: at }) => at.endsWith('/ws'))).toBe(false);
    socket.send(JSON.stringify({ jsonrpc: '2.0', ...call(5, 'never') }));
    socket.close();
    expect(await row('never')).toMatchObject({ outcome: 'unanswered' });
  });

  it('a call that is refused is blocked', async () => {
    proxy.approve([{ url: server.origin, blockedTools: ['fails'] }]);
    const { ask, socket } = await dial();
    await ask(hello);
    socket.send(JSON.stringify({ jsonrpc: '2.0', ...call(2, 'fails') }));
    expect(await row('fails')).toMatchObject({ outcome: 'blocked', disposition: 'blocked' });
    socket.close();
  });
});

it('a batch gives a row for each of its calls', async () => {
  const message = (id: number, name: string) => ({
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: { name, arguments: { note: name } },
  });
  const plain = await serveTls(proxy, 'batch.localhost', (incoming, outgoing) => {
    incoming.resume();
    const answers = [
      { jsonrpc: '2.0', id: 2, result: { content: [{ type: 'text', text: 'b' }], isError: true } },
      { jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text: 'a' }] } },
    ];
    outgoing.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answers));
  });
  const headers = { 'content-type': 'application/json', 'mcp-protocol-version': '2025-03-26' };
  const note = { jsonrpc: '2.0', method: 'notifications/initialized' };
  const body = JSON.stringify([message(1, 'one'), note, message(2, 'two'), message(3, 'three')]);
  await (await through(`${plain.origin}/mcp`, { method: 'POST', headers, body })).text();
  plain.close();
  expect(await row('one')).toMatchObject({ outcome: 'ok', excerpt: '{"note":"one"}' });
  expect(await row('two')).toMatchObject({ outcome: 'tool-error', excerpt: '{"note":"two"}' });
  expect(await row('three')).toMatchObject({ outcome: 'unanswered' });
  expect(proxy.mcpCalls).toHaveLength(3);
  expect(proxy.mcpCalls[0]).not.toHaveProperty('args_bytes');
});

it('failures and refusals of HTTP are told apart', async () => {
  const status = Number.parseInt('401', 10);
  const plain = await serveTls(proxy, 'closed.localhost', (incoming, outgoing) => {
    incoming.resume();
    outgoing.writeHead(status).end();
  });
  const headers = { 'content-type': 'application/json', 'mcp-protocol-version': '2025-06-18' };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'works' } });
  await (await through(`${plain.origin}/mcp`, { method: 'POST', headers, body })).text();
  expect(await row('works')).toMatchObject({ outcome: 'error', outcome_source: 'status', error: 'http-401', status: 401 });
  proxy.mcpCalls.length = 0;
  plain.close();
  await through(`${plain.origin}/mcp`, { method: 'POST', headers, body }).catch(() => {});
  expect(await row('works')).toMatchObject({ outcome: 'failed', outcome_source: 'exchange' });
});

it('nothing is stored of calls that are switched off', async () => {
  const quiet = await startTestProxy({ store: { calls: 'off' } });
  const own = await serveTls(quiet, 'faulty.localhost', faultyServer());
  const agent = new ProxyAgent({ uri: `http://127.0.0.1:${quiet.port}`, requestTls: { ca: quiet.ca } });
  const fetching = fetchBy(agent);
  const client = new Client({ name: 'caller', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${own.origin}/mcp`), { fetch: fetching }) as Transport, WAIT);
  await client.callTool({ name: 'works', arguments: {} }, undefined, WAIT);
  await quiet.event(({ mcp_tool }) => mcp_tool === 'works');
  await client.close();
  await agent.destroy();
  own.close();
  await quiet.stop();
  expect(quiet.mcpCalls).toEqual([]);
});
