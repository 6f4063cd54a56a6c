// An MCP server of SDK 1.x on which things go wrong: a tool that fails, one that is refused with an error, one that is slow to answer;
// resources and prompts besides. Streamable HTTP with event streams (/mcp) or JSON (/json), and HTTP+SSE (/sse).

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  CallToolRequestSchema,
  ErrorCode,
  GetPromptRequestSchema,
  ListToolsRequestSchema,
  McpError,
  ReadResourceRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';

const inputSchema = { type: 'object' as const, properties: { note: { type: 'string' } } };

export function createFaultyMcp(): McpServer {
  const mcp = new McpServer({ name: 'faulty', version: '1.0.0' }, { capabilities: { tools: {}, resources: {}, prompts: {} } });
  const { server } = mcp;
  server.setRequestHandler(ListToolsRequestSchema, async () => ({
    tools: ['works', 'fails', 'refuses', 'never'].map((tool) => ({ name: tool, inputSchema })),
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
    if (params.name === 'refuses') throw new McpError(ErrorCode.InvalidParams, 'the secret of the house is 42');
    if (params.name === 'never') return new Promise(() => {});
    return { content: [{ type: 'text', text: `${params.name} done` }], isError: params.name === 'fails' };
  });
  server.setRequestHandler(ReadResourceRequestSchema, async ({ params }) => ({
    contents: [{ uri: params.uri, text: 'content' }],
  }));
  server.setRequestHandler(GetPromptRequestSchema, async () => ({
    messages: [{ role: 'user', content: { type: 'text', text: 'Do it.' } }],
  }));
  return mcp;
}

export function faultyServer(): RequestListener {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const streams = new Map<string, SSEServerTransport>();

  async function listen(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(incoming.url ?? '/', 'https://server.invalid');
    if (incoming.method === 'GET' && pathname === '/sse') {
      const transport = new SSEServerTransport('/messages', outgoing);
      streams.set(transport.sessionId, transport);
      await createFaultyMcp().connect(transport);
      return;
    }
    const stream = streams.get(searchParams.get('sessionId') ?? '');
    if (stream) {
      await stream.handlePostMessage(incoming, outgoing);
      return;
    }
    const known = sessions.get(String(incoming.headers['mcp-session-id'] ?? ''));
    if (known) {
      await known.handleRequest(incoming, outgoing);
      return;
    }
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      enableJsonResponse: pathname === '/json',
      onsessioninitialized: (id) => void sessions.set(id, transport),
    });
    await createFaultyMcp().connect(transport as Transport);
    await transport.handleRequest(incoming, outgoing);
  }

  return (incoming, outgoing) => void listen(incoming, outgoing);
}
