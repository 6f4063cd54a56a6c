// The MCP server of SDK 1.x that several transports share: one tool, `echo`.

import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';

/** A new server object; each session needs its own. */
export function createEchoServer(name: string): McpServer {
  const server = new McpServer({ name, version: '1.4.0' });
  server.registerTool(
    'echo',
    { description: 'Says what it was told', inputSchema: { message: z.string() } },
    async ({ message }) => ({ content: [{ type: 'text', text: `echo: ${message}` }] }),
  );
  return server;
}
