// Traffic that is not MCP although parts of it look alike: an order API, a language server behind HTTP, and an agent that
// speaks A2A (JSON-RPC with `message/send`).

import type { RequestListener } from 'node:http';

const TASK = { kind: 'task', id: 't-1', contextId: 'c-1', status: { state: 'completed' } };

/** GET /v1/orders, POST /lsp, POST /a2a. */
export const benignServer: RequestListener = async (incoming, outgoing) => {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  outgoing.setHeader('content-type', 'application/json');
  if (incoming.method === 'GET') {
    outgoing.end(JSON.stringify({ orders: [{ id: 1, status: 'shipped' }] }));
    return;
  }
  const { id } = JSON.parse(Buffer.concat(chunks).toString()) as { id: number };
  const result = incoming.url === '/a2a' ? TASK : { contents: { kind: 'markdown', value: 'fn main()' } };
  outgoing.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
};
