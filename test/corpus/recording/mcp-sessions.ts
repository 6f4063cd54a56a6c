// Real MCP clients with real MCP servers: every generation, every transport, bridges and frameworks.

import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { WebSocketClientTransport } from '@modelcontextprotocol/sdk/client/websocket.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { CreateMessageRequestSchema, ListRootsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { aiSdk, inspector, mcpRemote } from '../../e2e/clients/agent-clients.ts';
import { sdk1, sdk2, sdk2Stateless } from '../../e2e/clients/mcp-clients.ts';
import type { startEverything } from '../../e2e/servers/everything-server.ts';
import { sessionServer } from '../../e2e/servers/session-server.ts';
import { sseServer } from '../../e2e/servers/sse-server.ts';
import { statelessServer } from '../../e2e/servers/stateless-server.ts';
import { serveWebSocketMcp } from '../../e2e/servers/websocket-server.ts';
import { labelMcp } from './label.ts';
import type { Recording } from './session.ts';

const SDK1 = '@modelcontextprotocol/sdk 1.32.2';
const SDK2 = '@modelcontextprotocol/client 2.4.0';
const SERVER2 = '@modelcontextprotocol/server 2.4.0';
const EVERYTHING = '@modelcontextprotocol/server-everything 2026.8.31';
const streamable = (spec: string, client: string, server: string) =>
  labelMcp({ transport: 'streamable-http', spec, client, server });
const overSse = (client: string, server: string) => labelMcp({ transport: 'http+sse', spec: '2024-11-05', client, server });

/** @param everything the two ways in which the package runs */
export function mcpSessions(
  everything: Record<'streamableHttp' | 'sse', Awaited<ReturnType<typeof startEverything>>>,
): Recording[] {
  return [
    {
      name: 'mcp/everything-streamable-sdk1',
      origin: 'https://tools.northwind.example',
      listener: everything.streamableHttp.listener,
      talk: (origin) => walk(new StreamableHTTPClientTransport(new URL(`${origin}/mcp`))),
      label: streamable('2025-11-25', SDK1, EVERYTHING),
    },
    {
      name: 'mcp/everything-sse-sdk1',
      origin: 'https://hub.contoso.example',
      listener: everything.sse.listener,
      talk: (origin) => walk(new SSEClientTransport(new URL(`${origin}/sse`))),
      label: overSse(SDK1, EVERYTHING),
    },
    {
      name: 'mcp/everything-streamable-sdk2',
      origin: 'https://assist.contoso.example',
      listener: everything.streamableHttp.listener,
      talk: (origin) => sdk2Stateless(`${origin}/mcp`),
      label: streamable('2026-07-28 probe, falls back to 2025-11-25', SDK2, EVERYTHING),
    },
    {
      name: 'mcp/sdk1-streamable',
      origin: 'https://api.fabrikam.example',
      listener: sessionServer('ledger', { json: false }),
      talk: (origin) => sdk1(`${origin}/agents/v1`),
      label: streamable('2025-11-25', SDK1, SDK1),
    },
    {
      name: 'mcp/sdk1-sse',
      origin: 'https://events.fabrikam.example',
      listener: sseServer('desk'),
      talk: (origin) => talkSse(`${origin}/sse`),
      label: overSse(SDK1, SDK1),
    },
    {
      name: 'mcp/sdk1-websocket',
      origin: 'https://live.northwind.example',
      listener: (_incoming, outgoing) => outgoing.writeHead(426).end(),
      prepare: (server) => serveWebSocketMcp(server, 'socket'),
      talk: (origin) => walk(new WebSocketClientTransport(new URL(`${origin.replace('http', 'ws')}/live`))),
      label: labelMcp({ transport: 'websocket', spec: '2025-11-25', client: SDK1, server: SDK1 }),
    },
    {
      name: 'mcp/sdk2-2025-06-18',
      origin: 'https://data.fabrikam.example',
      listener: sessionServer('catalog', { json: false }),
      talk: (origin) => sdk2(`${origin}/`, {}, ['2025-06-18']),
      label: streamable('2025-06-18', SDK2, SDK1),
    },
    {
      name: 'mcp/sdk2-2025-03-26-json',
      origin: 'https://search.contoso.example',
      listener: sessionServer('search', { json: true }),
      talk: (origin) => sdk2(`${origin}/rpc`, {}, ['2025-03-26']),
      label: streamable('2025-03-26', SDK2, SDK1),
    },
    {
      name: 'mcp/sdk2-stateless-json',
      origin: 'https://api.northwind.example',
      listener: statelessServer('inventory', { responseMode: 'json' }),
      talk: (origin) => sdk2Stateless(`${origin}/mcp`),
      label: streamable('2026-07-28', SDK2, SERVER2),
    },
    {
      name: 'mcp/sdk2-stateless-streams',
      origin: 'https://ops.northwind.example',
      listener: statelessServer('ops', { responseMode: 'sse' }),
      talk: (origin) => sdk2Stateless(`${origin}/api`),
      label: streamable('2026-07-28', SDK2, SERVER2),
    },
    {
      name: 'mcp/ai-sdk',
      origin: 'https://tools.fabrikam.example',
      listener: sessionServer('weather', { json: false }),
      talk: (origin) => aiSdk(`${origin}/weather`),
      label: streamable('2025-11-25', '@ai-sdk/mcp 2.0.99', SDK1),
    },
    {
      name: 'mcp/mcp-remote',
      origin: 'https://bridge.contoso.example',
      listener: sessionServer('bridged', { json: false }),
      talk: (origin) => mcpRemote(`${origin}/mcp`),
      label: streamable('2025-11-25', 'mcp-remote 0.15.1', SDK1),
    },
    {
      name: 'mcp/inspector-cli',
      origin: 'https://dev.contoso.example',
      listener: sessionServer('inspected', { json: false }),
      talk: (origin) => inspector(`${origin}/mcp`),
      label: streamable('2025-11-25', '@modelcontextprotocol/inspector-cli 1.0.3', SDK1),
    },
  ];
}

async function talkSse(url: string): Promise<void> {
  const client = new Client1({ name: 'newsroom', version: '3.1.0' });
  await client.connect(new SSEClientTransport(new URL(url)));
  await client.listTools();
  await client.callTool({ name: 'echo', arguments: { message: 'Good morning' } });
  await client.close();
}

/** Does with a server what it offers, and what a person seldom does: prompts, completion, sampling, roots, an unknown tool. */
async function walk(transport: StreamableHTTPClientTransport | SSEClientTransport | WebSocketClientTransport): Promise<void> {
  const client = new Client1(
    { name: 'workbench', title: 'Workbench', version: '4.2.0' },
    { capabilities: { roots: { listChanged: true }, sampling: {} } },
  );
  client.setRequestHandler(CreateMessageRequestSchema, () => ({
    model: 'local',
    role: 'assistant',
    content: { type: 'text', text: 'A short answer.' },
  }));
  client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: 'file:///home/ann/project', name: 'project' }] }));
  // The types of this transport leave out undefined where the compiler setting here wants it spelt out.
  await client.connect(transport as Transport);
  const offered = client.getServerCapabilities() ?? {};
  const { tools } = await client.listTools();
  const has = (name: string) => tools.some((tool) => tool.name === name);
  await client.callTool({ name: 'echo', arguments: { message: 'Good morning' } });
  if (has('get-sum')) await client.callTool({ name: 'get-sum', arguments: { a: 2, b: 3 } });
  if (has('trigger-sampling-request')) {
    await client.callTool({ name: 'trigger-sampling-request', arguments: { prompt: 'Say something', maxTokens: 20 } });
  }
  await client.callTool({ name: 'no-such-tool', arguments: {} }).catch(() => undefined);
  if (offered.resources) {
    const { resources } = await client.listResources();
    await client.listResourceTemplates();
    if (resources[0]) await client.readResource({ uri: resources[0].uri });
  }
  if (offered.prompts) {
    const { prompts } = await client.listPrompts();
    const simple = prompts.find((prompt) => (prompt.arguments ?? []).length === 0);
    if (simple) await client.getPrompt({ name: simple.name });
  }
  if (offered.logging) await client.setLoggingLevel('warning');
  await client.ping();
  await client.sendRootsListChanged();
  if (transport instanceof StreamableHTTPClientTransport) await transport.terminateSession();
  await client.close();
}
