// HTTP+SSE, the transport of revision 2024-11-05, served by SDK 1.x: GET opens the event stream, which names the address for
// POSTs; answers come in the stream.

import type { RequestListener } from 'node:http';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { createEchoServer } from './echo-server.ts';

/** GET /sse, POST /messages. @param create makes the server of a session */
export function sseServer(name: string, create = createEchoServer): RequestListener {
  const transports = new Map<string, SSEServerTransport>();
  return async (incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', 'https://server.invalid');
    if (incoming.method === 'GET' && url.pathname === '/sse') {
      const transport = new SSEServerTransport('/messages', outgoing);
      transports.set(transport.sessionId, transport);
      outgoing.on('close', () => transports.delete(transport.sessionId));
      await create(name).connect(transport);
      return;
    }
    const transport = transports.get(url.searchParams.get('sessionId') ?? '');
    if (incoming.method === 'POST' && url.pathname === '/messages' && transport) {
      await transport.handlePostMessage(incoming, outgoing);
      return;
    }
    incoming.resume();
    outgoing.writeHead(404).end();
  };
}
