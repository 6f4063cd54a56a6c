// The clients of the demo, each in a process of its own, configured as people configure them: HTTPS_PROXY and a CA file in the
// environment, nothing else. Says on stdout, in one line of JSON, what it saw.

/** What a client saw. */
export interface ClientReport {
  ok: boolean;
  /** Name and version that the server gave, '' for plain HTTP. */
  server: string;
  /** Protocol revision that was agreed on, '' for plain HTTP. */
  protocol: string;
  /** What came back, or the error text that a person would read. */
  text: string;
}

const INFO = { version: '1.0.0' };

/** Connects with SDK 1.x (revisions up to 2025-11-25), lists the tools and calls `echo`. */
async function sdk1(url: string): Promise<ClientReport> {
  const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
  const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/sdk/client/streamableHttp.js');
  const client = new Client({ name: 'demo-editor', ...INFO });
  const transport = new StreamableHTTPClientTransport(new URL(url));
  // The transport's types leave out undefined where this compiler setting wants it spelt out; the object is the same.
  await client.connect(transport as Parameters<typeof client.connect>[0]);
  const { tools } = await client.listTools();
  const result = await client.callTool({ name: 'echo', arguments: { message: 'quarterly figures' } });
  const server = client.getServerVersion();
  const report = describe(server, transport.protocolVersion, tools.length, result.content);
  await client.close();
  return report;
}

/** Connects with SDK 2.x, which tries the stateless revision 2026-07-28 first, and does the same. */
async function sdk2(url: string): Promise<ClientReport> {
  const { Client, StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client');
  const client = new Client({ name: 'demo-agent', ...INFO }, { versionNegotiation: { mode: 'auto' } });
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  const { tools } = await client.listTools();
  const result = await client.callTool({ name: 'search_notes', arguments: { query: 'salary' } });
  const report = describe(client.getServerVersion(), client.getNegotiatedProtocolVersion(), tools.length, result.content);
  await client.close();
  return report;
}

function describe(
  server: { name: string; version: string } | undefined,
  protocol: string | undefined,
  tools: number,
  content: unknown,
): ClientReport {
  const name = server ? `${server.name} ${server.version}` : '';
  const first = Array.isArray(content) ? (content[0] as { text?: unknown } | undefined)?.text : undefined;
  return { ok: true, server: name, protocol: protocol ?? '', text: `${tools} tools; answer: ${String(first ?? '')}` };
}

/** An ordinary JSON API. */
async function json(url: string): Promise<ClientReport> {
  const response = await fetch(url);
  return { ok: response.ok, server: '', protocol: '', text: `${response.status} ${await response.text()}` };
}

/** JSON-RPC that is not MCP: what an editor sends to a language server behind HTTP. */
async function lsp(url: string): Promise<ClientReport> {
  const params = { textDocument: { uri: 'file:///src/main.rs' }, position: { line: 3, character: 8 } };
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'textDocument/hover', params }),
  });
  return { ok: response.ok, server: '', protocol: '', text: `${response.status} ${await response.text()}` };
}

const KINDS = { sdk1, sdk2, json, lsp };
export type ClientKind = keyof typeof KINDS;

if (import.meta.main) {
  const [kind, url] = process.argv.slice(2) as [ClientKind, string];
  const report = await KINDS[kind](url).catch((error: unknown): ClientReport => {
    const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
    return { ok: false, server: '', protocol: '', text: `${error instanceof Error ? error.message : String(error)}${cause}` };
  });
  process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
}
