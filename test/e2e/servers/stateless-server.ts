// The stateless revision 2026-07-28, served by SDK 2.x, which answers clients of the older era on the same address.

import type { RequestListener } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';

/** @param options `responseMode` as the SDK has it: answers as JSON or as event streams */
export function statelessServer(name: string, options: { responseMode?: 'auto' | 'json' | 'sse' } = {}): RequestListener {
  const handler = createMcpHandler(() => {
    const server = new McpServer({ name, version: '2.1.0' });
    server.registerTool(
      'echo',
      { description: 'Says what it was told', inputSchema: z.object({ message: z.string() }) },
      async ({ message }) => ({ content: [{ type: 'text', text: `echo: ${message}` }] }),
    );
    return server;
  }, options);
  const handle = toNodeHandler(handler);
  return (incoming, outgoing) => void handle(incoming as Parameters<typeof handle>[0], outgoing);
}
