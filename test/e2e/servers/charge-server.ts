// The stateless revision 2026-07-28, served by SDK 2.x, with a tool whose argument is repeated in a header. The SDK refuses a request
// in which the two differ.

import type { RequestListener } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';

/** @param arrived gets the arguments and the header of each call */
export function chargeServer(arrived: (card: string, header: string) => void): RequestListener {
  let header = '';
  const handler = createMcpHandler(() => {
    const server = new McpServer({ name: 'charge', version: '2.0.0' });
    const card = z.string().meta({ 'x-mcp-header': 'Card' });
    server.registerTool('charge', { description: 'Charges a card', inputSchema: z.object({ card }) }, async (given) => {
      arrived(given.card, header);
      return { content: [{ type: 'text', text: 'charged' }] };
    });
    return server;
  });
  const handle = toNodeHandler(handler);
  return (incoming, outgoing) => {
    header = String(incoming.headers['mcp-param-card'] ?? '');
    void handle(incoming as Parameters<typeof handle>[0], outgoing);
  };
}
