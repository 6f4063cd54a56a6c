// Real MCP clients of seven makers, configured as people configure them (HTTPS_PROXY and a CA file in the environment), through a real
// appliance to real servers over TLS. Each session has to show up as one entry of the inventory: one server, under one address,
// with its tools, and with the names and versions that client and server gave themselves.

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { InventoryServer } from '../../src/store/queries.ts';
import { type Appliance, run, startAppliance, until } from './appliance.ts';
import type { AgentKind } from './clients/agent-clients.ts';
import { type ClientKind, type ClientReport, failed } from './clients/mcp-clients.ts';
import { type EverythingServer, startEverything } from './servers/everything-server.ts';
import { sessionServer } from './servers/session-server.ts';
import { sseServer } from './servers/sse-server.ts';
import { statelessServer } from './servers/stateless-server.ts';
import { serveTls, type TestServer } from './servers/tls-server.ts';

type Program = 'mcp-clients.ts' | 'agent-clients.ts' | 'langchain-client.ts';

interface Live {
  name: string;
  program: Program;
  /** Which client of the program; none if it holds only one. */
  kind?: ClientKind | AgentKind;
  host: string;
  path: string;
  /** What the inventory says. */
  server: string;
  clients: string[];
  generation: string;
  transport: string;
}

const LIVE: Live[] = [
  {
    name: 'SDK 1.x with the everything server',
    program: 'mcp-clients.ts',
    kind: 'sdk1',
    host: 'sdk1.localhost',
    path: '/mcp',
    server: 'mcp-servers/everything 2.0.0',
    clients: ['sdk1-editor 1.0.0'],
    generation: '2025-11-25',
    transport: 'streamable-http',
  },
  {
    name: 'SDK 1.x over HTTP+SSE',
    program: 'mcp-clients.ts',
    kind: 'sdk1Sse',
    host: 'sdk1-sse.localhost',
    path: '/sse',
    server: 'live-sse 1.4.0',
    clients: ['sdk1-sse-editor 1.0.0'],
    generation: '2024-11-05',
    transport: 'http+sse',
  },
  {
    name: 'SDK 2.x in the older era',
    program: 'mcp-clients.ts',
    kind: 'sdk2',
    host: 'sdk2.localhost',
    path: '/mcp',
    server: 'live-sdk2 1.4.0',
    clients: ['sdk2-agent 2.0.0'],
    generation: '2025-11-25',
    transport: 'streamable-http',
  },
  {
    name: 'SDK 2.x in the stateless era',
    program: 'mcp-clients.ts',
    kind: 'sdk2Stateless',
    host: 'sdk2-stateless.localhost',
    path: '/mcp',
    server: 'live-stateless 2.1.0',
    clients: ['sdk2-stateless-agent 2.0.0'],
    generation: '2026-07-28',
    transport: 'streamable-http',
  },
  {
    name: 'mcp-remote as the bridge of a stdio client',
    program: 'agent-clients.ts',
    kind: 'mcpRemote',
    host: 'mcp-remote.localhost',
    path: '/mcp',
    server: 'live-bridged 1.4.0',
    clients: ['desktop-app (via mcp-remote 0.15.1) 0.9.0', 'mcp-remote-fallback-test 0.0.0'],
    generation: '2025-11-25',
    transport: 'streamable-http',
  },
  {
    name: "the AI SDK's client",
    program: 'agent-clients.ts',
    kind: 'aiSdk',
    host: 'ai-sdk.localhost',
    path: '/weather',
    server: 'live-weather 1.4.0',
    clients: ['ai-sdk-agent 1.0.0'],
    generation: '2025-11-25',
    transport: 'streamable-http',
  },
  {
    name: 'the Inspector on the command line',
    program: 'agent-clients.ts',
    kind: 'inspector',
    host: 'inspector.localhost',
    path: '/mcp',
    server: 'live-inspected 1.4.0',
    clients: ['inspector-cli 1.0.3'],
    generation: '2025-11-25',
    transport: 'streamable-http',
  },
  {
    name: "LangChain's client",
    program: 'langchain-client.ts',
    host: 'langchain.localhost',
    path: '/mcp',
    server: 'live-chained 1.4.0',
    clients: ['@langchain/mcp-adapters 1.0.3'],
    generation: '2025-11-25',
    transport: 'streamable-http',
  },
];

/** A line of `servers list --json`, as far as it matters here. */
type Listed = InventoryServer & { tools: number };

let appliance: Appliance;
let everything: EverythingServer;
const servers = new Map<string, TestServer>();
const reports = new Map<string, ClientReport>();
let inventory: Listed[];

const urlOf = ({ host, path }: Live) => `${servers.get(host)!.origin}${path}`;
const ofServer = ({ host }: Live) => inventory.filter(({ server_key }) => new URL(server_key).hostname === host);

/** Runs the clients of one program in one process. */
async function start(program: Program): Promise<void> {
  const clients = LIVE.filter((each) => each.program === program);
  const jobs = clients.map((each) => (each.kind ? `${each.kind}=${urlOf(each)}` : urlOf(each)));
  const { stdout, stderr } = await run(process.execPath, [join(import.meta.dirname, 'clients', program), ...jobs], {
    env: {
      PATH: process.env.PATH,
      NODE_USE_ENV_PROXY: '1',
      HTTPS_PROXY: appliance.proxyUrl,
      NODE_EXTRA_CA_CERTS: appliance.caFile,
    },
  });
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  clients.forEach(({ host }, at) => {
    reports.set(host, lines[at] ? JSON.parse(lines[at]) : failed(stderr || 'the client said nothing'));
  });
}

async function listServers(): Promise<Listed[]> {
  const { stdout } = await appliance.cli('servers', 'list', '--json');
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Listed);
}

beforeAll(async () => {
  [everything, appliance] = await Promise.all([startEverything('streamableHttp'), startAppliance()]);
  const session = (name: string) => sessionServer(name, { json: false });
  const listeners: Record<string, Parameters<typeof serveTls>[2]> = {
    'sdk1.localhost': everything.listener,
    'sdk1-sse.localhost': sseServer('live-sse'),
    'sdk2.localhost': session('live-sdk2'),
    'sdk2-stateless.localhost': statelessServer('live-stateless'),
    'mcp-remote.localhost': session('live-bridged'),
    'ai-sdk.localhost': session('live-weather'),
    'inspector.localhost': session('live-inspected'),
    'langchain.localhost': session('live-chained'),
  };
  for (const [host, listener] of Object.entries(listeners)) servers.set(host, await serveTls(appliance, host, listener));
  await Promise.all([start('mcp-clients.ts'), start('agent-clients.ts'), start('langchain-client.ts')]);
  const known = (host: string, clients: readonly string[], all: Listed[]) =>
    all.some(
      (each) =>
        new URL(each.server_key).hostname === host && each.tools > 0 && clients.every((client) => each.clients.includes(client)),
    );
  // What a client could not do, its own test says; the inventory is not waited for then.
  const working = LIVE.filter(({ host }) => reports.get(host)?.ok);
  inventory = await until(listServers, (all) => working.every(({ host, clients }) => known(host, clients, all)), 15_000);
});

afterAll(async () => {
  for (const server of servers.values()) server.close();
  await Promise.all([appliance?.stop(), everything?.stop()]);
});

describe('a live session', () => {
  test.for(LIVE)('of $name works and shows as one entry of the inventory', (live) => {
    expect(reports.get(live.host)).toMatchObject({ ok: true, text: expect.stringMatching(/^echo: hello$/i) });
    const entries = ofServer(live);
    expect(entries.map(({ server_key }) => server_key)).toEqual([urlOf(live)]);
    const [entry] = entries;
    expect(entry).toMatchObject({ last_traffic: 'shadow', blocked: 0 });
    expect(entry!.names).toEqual([live.server]);
    expect([...entry!.clients].sort()).toEqual([...live.clients].sort());
    expect(entry!.tools).toBeGreaterThan(0);
    expect(entry!.generations).toContain(live.generation);
    expect(entry!.transports).toContain(live.transport);
  });

  test('is all that the inventory holds', () => {
    expect(inventory).toHaveLength(LIVE.length);
  });
});
