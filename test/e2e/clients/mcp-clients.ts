// The real MCP clients: both SDK majors, every transport. Each connects, lists the tools, calls `echo` and says what it saw.
//
// As a module they take a `fetch` that leads through the proxy. As a program (`mcp-clients.ts KIND=URL ...`) they are configured
// as people configure them, by HTTPS_PROXY and a CA file in the environment, and write one line of JSON per client.

import { Client as Client2, StreamableHTTPClientTransport as Streamable2 } from '@modelcontextprotocol/client';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport as Sse1 } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport as Streamable1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { WebSocketClientTransport } from '@modelcontextprotocol/sdk/client/websocket.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';

/** What a client saw. */
export interface ClientReport {
  ok: boolean;
  /** Name that the server gave. */
  server: string;
  /** Protocol revision that was agreed on. */
  protocol: string;
  /** The answer of the tool, or the error text that a person would read. */
  text: string;
}

export interface ClientContext {
  /** Leads through the proxy; the global one if absent. */
  fetch?: typeof fetch;
}

const WAIT = { timeout: 30_000 };
const ECHO = { name: 'echo', arguments: { message: 'hello' } };

/** SDK 1.x over streamable HTTP. */
export async function sdk1(url: string, context: ClientContext = {}): Promise<ClientReport> {
  const transport = new Streamable1(new URL(url), context);
  return talk1('sdk1-editor', transport as Transport, () => transport.protocolVersion);
}

/** SDK 1.x over HTTP+SSE. */
export async function sdk1Sse(url: string, context: ClientContext = {}): Promise<ClientReport> {
  return talk1('sdk1-sse-editor', new Sse1(new URL(url), context));
}

/** SDK 1.x over WebSocket; uses the global one. */
export async function sdk1WebSocket(url: string): Promise<ClientReport> {
  return talk1('sdk1-ws-editor', new WebSocketClientTransport(new URL(url)));
}

async function talk1(name: string, transport: Transport, protocol: () => string | undefined = () => ''): Promise<ClientReport> {
  const client = new Client1({ name, version: '1.0.0' });
  try {
    await client.connect(transport, WAIT);
    await client.listTools(undefined, WAIT);
    const { content } = await client.callTool(ECHO, undefined, WAIT);
    return report(client.getServerVersion()?.name, protocol(), content);
  } finally {
    await client.close();
  }
}

/** SDK 2.x as it is without options: the older era. `versions`: the only revisions it speaks. */
export async function sdk2(url: string, context: ClientContext = {}, versions?: string[]): Promise<ClientReport> {
  const supported = versions === undefined ? {} : { supportedProtocolVersions: versions };
  return talk2(new Client2({ name: 'sdk2-agent', version: '2.0.0' }, supported), url, context);
}

/** SDK 2.x that tries the stateless revision first. */
export async function sdk2Stateless(url: string, context: ClientContext = {}): Promise<ClientReport> {
  const options = { versionNegotiation: { mode: 'auto' } } as const;
  return talk2(new Client2({ name: 'sdk2-stateless-agent', version: '2.0.0' }, options), url, context);
}

async function talk2(client: Client2, url: string, context: ClientContext): Promise<ClientReport> {
  try {
    await client.connect(new Streamable2(new URL(url), context), WAIT);
    await client.listTools(undefined, WAIT);
    const { content } = await client.callTool(ECHO, WAIT);
    return report(client.getServerVersion()?.name, client.getNegotiatedProtocolVersion(), content);
  } finally {
    await client.close();
  }
}

function report(server: string | undefined, protocol: string | undefined, content: unknown): ClientReport {
  const first = Array.isArray(content) ? (content[0] as { text?: unknown } | undefined)?.text : undefined;
  return { ok: true, server: server ?? '', protocol: protocol ?? '', text: String(first ?? '') };
}

/** A client's failure as its report. */
export function failed(error: unknown): ClientReport {
  const texts: string[] = [];
  for (let each = error; each !== undefined; each = each instanceof Error ? each.cause : undefined) {
    texts.push(each instanceof Error ? each.message || each.name : String(each));
  }
  return { ok: false, server: '', protocol: '', text: texts.join(': ') };
}

const KINDS = { sdk1, sdk1Sse, sdk1WebSocket, sdk2, sdk2Stateless };
export type ClientKind = keyof typeof KINDS;

if (import.meta.main) {
  const jobs = process.argv.slice(2).map((job) => job.split(/=(.*)/) as [ClientKind, string]);
  const reports = await Promise.all(jobs.map(([kind, url]) => KINDS[kind](url).catch(failed)));
  for (const each of reports) process.stdout.write(`${JSON.stringify(each)}\n`);
  setTimeout(() => process.exit(), 1_000).unref();
}
