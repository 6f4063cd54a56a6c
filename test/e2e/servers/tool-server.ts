// An MCP server of SDK 1.x whose tools the test decides, and may change at any time: streamable HTTP with event streams (/mcp) or JSON
// (/json), and HTTP+SSE (/sse). Lists come in pages of two.

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { CallToolRequestSchema, ListToolsRequestSchema, type Tool } from '@modelcontextprotocol/sdk/types.js';
import { serveSessions } from './sdk1-sessions.ts';

export interface ToolServer {
  listener: RequestListener;
  /** What the next `tools/list` is answered with. */
  tools: Tool[];
  /** Requests without this Authorization are answered with a challenge that names the OAuth metadata. */
  authorization?: string;
}

const PAGE = 2;

/** A tool that echoes, with a description of one's own. */
export function echoTool(description: string, change: Partial<Tool> = {}): Tool {
  const properties = { message: { type: 'string', description: 'What to say' } };
  return { name: 'echo', description, inputSchema: { type: 'object', properties, required: ['message'] }, ...change };
}

export function toolServer(name: string, tools: Tool[]): ToolServer {
  function createServer(): Server {
    const server = new Server({ name, version: '3.0.0' }, { capabilities: { tools: {} } });
    server.setRequestHandler(ListToolsRequestSchema, async ({ params }) => {
      const from = Number(params?.cursor ?? 0);
      const more = from + PAGE < served.tools.length ? { nextCursor: String(from + PAGE) } : {};
      return { tools: served.tools.slice(from, from + PAGE), ...more };
    });
    server.setRequestHandler(CallToolRequestSchema, async ({ params }) => ({
      content: [{ type: 'text', text: `echo: ${String(params.arguments?.message)}` }],
    }));
    return server;
  }

  async function listen(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { pathname } = new URL(incoming.url ?? '/', 'https://server.invalid');
    if (served.authorization !== undefined && incoming.headers.authorization !== served.authorization) {
      incoming.resume();
      const metadata = `https://${incoming.headers.host}/.well-known/oauth-protected-resource${pathname}`;
      outgoing.writeHead(401, { 'www-authenticate': `Bearer resource_metadata="${metadata}"` }).end();
      return;
    }
    await serve(incoming, outgoing);
  }

  const serve = serveSessions(createServer);
  const served: ToolServer = { tools, listener: (incoming, outgoing) => void listen(incoming, outgoing) };
  return served;
}
