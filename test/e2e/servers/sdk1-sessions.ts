// How SDK 1.x is served: streamable HTTP with a session for each client, with event streams or, on /json, single JSON documents; and
// HTTP+SSE on /sse.

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';

/** @param create makes the server of a session */
export function serveSessions(create: () => { connect(transport: Transport): Promise<void> }) {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const streams = new Map<string, SSEServerTransport>();
  return async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(incoming.url ?? '/', 'https://server.invalid');
    if (incoming.method === 'GET' && pathname === '/sse') {
      const transport = new SSEServerTransport('/messages', outgoing);
      streams.set(transport.sessionId, transport);
      outgoing.on('close', () => streams.delete(transport.sessionId));
      await create().connect(transport);
      return;
    }
    const stream = streams.get(searchParams.get('sessionId') ?? '');
    if (pathname === '/messages' && stream) {
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
    // The types of this transport leave out undefined where the compiler setting here wants it spelt out.
    await create().connect(transport as Transport);
    await transport.handleRequest(incoming, outgoing);
  };
}
