// DLP on traffic to approved servers, with real servers and clients of both SDK majors and every transport: what is sensitive is
// replaced on its way out and on its way back, a private key is refused, and everything else passes as if nobody had looked.

import { connect as connectTls } from 'node:tls';
import { Client as Client2, StreamableHTTPClientTransport as Streamable2 } from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { LoggingMessageNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { ProxyAgent } from 'undici';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { fetchBy } from './doors.ts';
import { eventually, openTunnel, startTestProxy, type TestProxy } from './proxy.ts';
import { chargeServer } from './servers/charge-server.ts';
import { CARD, OTHER_CARD, PRIVATE_KEY, recordsServer } from './servers/records-server.ts';
import { sessionServer } from './servers/session-server.ts';
import { sseServer } from './servers/sse-server.ts';
import { serveTls, type TestServer } from './servers/tls-server.ts';
import { serveWebSocketMcp } from './servers/websocket-server.ts';

const MARK = /\[payment-card [0-9a-f]{6}\]/;
const WAIT = { timeout: 30_000 };

let proxy: TestProxy;
let dispatcher: ProxyAgent;
let through: typeof fetch;
const servers: TestServer[] = [];
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  proxy = await startTestProxy({
    dlp: [
      { id: 'cards', detectors: ['payment-card'], request: 'redact', response: 'redact' },
      { id: 'keys', detectors: ['private-key'], request: 'block', response: 'block' },
    ],
  });
  const requestTls = { ca: proxy.ca };
  dispatcher = new ProxyAgent({ uri: `http://127.0.0.1:${proxy.port}`, requestTls, allowH2: true });
  through = fetchBy(dispatcher);
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(async () => {
  await dispatcher?.destroy();
  for (const server of servers) server.close();
  await proxy?.stop();
});

/** A server that is approved from now on. */
async function approved(name: string, listener: Parameters<typeof serveTls>[2], options = {}): Promise<TestServer> {
  const server = await serveTls(proxy, `${name}.localhost`, listener, options);
  servers.push(server);
  proxy.approve(servers.map(({ origin }) => ({ url: origin })));
  return server;
}

async function connect(transport: unknown): Promise<Client> {
  const client = new Client({ name: 'dlp-test', version: '1.0.0' });
  await client.connect(transport as Transport, WAIT);
  closers.push(() => client.close());
  return client;
}

const streamable = ({ origin }: TestServer) =>
  connect(new StreamableHTTPClientTransport(new URL(`${origin}/mcp`), { fetch: through }));
const oldTransport = ({ origin }: TestServer) => connect(new SSEClientTransport(new URL(`${origin}/sse`), { fetch: through }));

async function call(client: Client, name: string, given: Record<string, unknown> = {}): Promise<string> {
  const { content } = await client.callTool({ name, arguments: given }, undefined, WAIT);
  return (content as { text: string }[])[0]!.text;
}

const TRANSPORTS = [
  ['streamable HTTP with event streams', 'streams', streamable],
  ['streamable HTTP with JSON', 'json', streamable],
  ['HTTP+SSE', 'sse', oldTransport],
] as const;

describe.each(TRANSPORTS)('over %s', (_, kind, open) => {
  const serve = async (name: string) => {
    const records = recordsServer();
    const listener =
      kind === 'sse' ? sseServer(name, records.create) : sessionServer(name, { json: kind === 'json' }, records.create);
    const server = await approved(`${name}-${kind}`, listener);
    return { records, server, client: await open(server) };
  };

  it('a card number in arguments is replaced, equally within a session, and the event says so', async () => {
    const { records, server, client } = await serve('arguments');
    await call(client, 'note', { text: `charge ${CARD}, twice "${CARD}"` });
    await call(client, 'note', { text: `again ${CARD}, not ${OTHER_CARD}` });
    await call(client, 'note', { text: 'nothing to see' });
    const mark = MARK.exec(records.notes[0]!)![0];
    expect(records.notes).toEqual([
      `charge ${mark}, twice "${mark}"`,
      expect.stringMatching(`^again \\${mark}, not \\[payment-card [0-9a-f]{6}\\]$`),
      'nothing to see',
    ]);
    expect(records.notes[1]).not.toMatch(new RegExp(`not \\${mark}`));
    const event = await proxy.event((each) => each.url.startsWith(server.origin) && each.dlp_count > 0);
    expect(event).toMatchObject({ traffic: 'approved', action: 'redact', disposition: 'redacted', mcp_method: 'tools/call' });
    expect(JSON.stringify(proxy.events)).not.toContain(CARD);
  });

  it('a card number in a result is replaced', async () => {
    const { client } = await serve('result');
    expect(await call(client, 'customer')).toMatch(/^Ada Lovelace pays by card \[payment-card [0-9a-f]{6}\], expires 12\/29$/);
  });

  it('a private key in a result becomes an error that does not show it, and the session goes on', async () => {
    const { client } = await serve('key');
    const failure = await call(client, 'key').catch((error: Error) => error.message);
    expect(failure).toMatch(/Blocked by Daylight: .*private-key/);
    expect(failure).not.toContain('MIIEvQ');
    expect(await call(client, 'note', { text: 'still here' })).toBe('noted');
  });

  it('a result of a megabyte is read whole', async () => {
    const { client } = await serve('report');
    const report = await call(client, 'report', { size: 1_040_000 });
    expect(report).toMatch(MARK);
    expect(report).not.toContain(CARD);
    expect(report.length).toBeGreaterThan(1_000_000);
  });
});

describe('a private key in arguments', () => {
  it('is refused with an error, and never reaches the server', async () => {
    const records = recordsServer();
    const server = await approved('outgoing', sessionServer('outgoing', { json: false }, records.create));
    const client = await streamable(server);
    const failure = await call(client, 'note', { text: PRIVATE_KEY }).catch((error: Error) => error.message);
    expect(failure).toMatch(/Blocked by Daylight: .*private-key.*arguments\.text/);
    expect(failure).not.toContain('MIIEvQ');
    expect(records.notes).toEqual([]);
    const event = await proxy.event((each) => each.url.startsWith(server.origin) && each.disposition === 'blocked');
    expect(event).toMatchObject({ traffic: 'approved', action: 'block', policy_step: 'dlp', dlp_count: 1 });
  });
});

describe('an event stream that stays open', () => {
  it('passes each event as it comes: changed, dropped or as it is', async () => {
    const records = recordsServer();
    const server = await approved('watch', sessionServer('watch', { json: false }, records.create));
    const client = await streamable(server);
    const heard: string[] = [];
    client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => void heard.push(String(params.data)));
    const result = call(client, 'watch');
    // The server waits with its answer until these have arrived.
    await eventually('the last message before the answer', () => heard.includes('waiting'));
    expect(heard).toEqual(['started', expect.stringMatching(/^paid by card \[payment-card [0-9a-f]{6}\]$/), 'waiting']);
    records.release();
    expect(await result).toMatch(/^done, card \[payment-card [0-9a-f]{6}\]$/);
    const event = await proxy.event((each) => each.url.startsWith(server.origin) && each.mcp_tool === 'watch');
    expect(event).toMatchObject({ action: 'block', dlp_count: 3 });
  });
});

describe('SDK 2.x', () => {
  it.each([false, true])('gets an argument and the header that repeats it replaced alike, HTTP/2: %s', async (http2) => {
    const calls: string[][] = [];
    const server = await approved(
      `charge-${http2}`,
      chargeServer((card, header) => void calls.push([card, header])),
      { http2 },
    );
    const options = { versionNegotiation: { mode: 'auto' } } as const;
    const client = new Client2({ name: 'dlp-stateless', version: '2.0.0' }, options);
    await client.connect(new Streamable2(new URL(`${server.origin}/mcp`), { fetch: through }), WAIT);
    closers.push(() => client.close());
    await client.listTools(undefined, WAIT);
    const { content } = await client.callTool({ name: 'charge', arguments: { card: `card ${CARD}` } }, WAIT);
    expect(content).toEqual([{ type: 'text', text: 'charged' }]);
    expect(calls).toEqual([[expect.stringMatching(/^card \[payment-card [0-9a-f]{6}\]$/), calls[0]![0]]]);
    const event = await proxy.event((each) => each.url.startsWith(server.origin) && each.dlp_count > 0);
    expect(event).toMatchObject({ mcp_generation: '2026-07-28', disposition: 'redacted', http_version: http2 ? '2' : '1.1' });
  });
});

describe('over a WebSocket', () => {
  async function dial(server: TestServer): Promise<WebSocket> {
    const { host } = new URL(server.origin);
    const tunnel = await openTunnel(proxy, host);
    tunnel.socket.removeAllListeners('data');
    const socket = new WebSocket(`wss://${host}/mcp`, 'mcp', {
      createConnection: () => connectTls({ socket: tunnel.socket, ca: proxy.ca, servername: host.split(':')[0]! }),
    } as never);
    closers.push(() => socket.terminate());
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return socket;
  }

  it('messages are replaced and refused in both directions', async () => {
    const records = recordsServer();
    const server = await approved('socket', (_incoming, outgoing) => outgoing.writeHead(426).end());
    serveWebSocketMcp(server.server, 'socket', records.create);
    const socket = await dial(server);
    const heard: { id?: number; result?: { content?: { text: string }[] }; error?: { message: string } }[] = [];
    socket.on('message', (data) => void heard.push(JSON.parse(String(data))));
    const answer = (id: number) => eventually(`the answer to ${id}`, () => heard.find((each) => each.id === id));
    const send = (id: number, method: string, params: object) => {
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
      return answer(id);
    };
    const info = { capabilities: {}, clientInfo: { name: 'ws', version: '1' } };
    await send(1, 'initialize', { protocolVersion: '2025-06-18', ...info });
    socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }));
    const tool = (id: number, name: string, given = {}) => send(id, 'tools/call', { name, arguments: given });
    await tool(2, 'note', { text: `card ${CARD}` });
    expect(records.notes).toEqual([expect.stringMatching(/^card \[payment-card [0-9a-f]{6}\]$/)]);
    expect((await tool(3, 'note', { text: PRIVATE_KEY })).error?.message).toMatch(/Blocked by Daylight: .*private-key/);
    expect((await tool(4, 'customer')).result?.content?.[0]?.text).toMatch(MARK);
    expect((await tool(5, 'key')).error?.message).toMatch(/Blocked by Daylight: .*private-key/);
    expect((await tool(6, 'report', { size: 1_040_000 })).result?.content?.[0]?.text).toMatch(MARK);
    expect(records.notes).toHaveLength(1);
    expect(heard.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6]);
    socket.close();
    const event = await proxy.event((each) => each.url.includes(server.origin.slice(8)));
    expect(event).toMatchObject({ mcp_transport: 'websocket', action: 'block', dlp_count: 5 });
  });
});
