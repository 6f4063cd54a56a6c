// Both ways in which SDK 1.x is served, on one origin: streamable HTTP with event streams or, on /json, single JSON documents; and
// HTTP+SSE on /sse.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { type CreateServer, sessionServer } from './session-server.ts';

/** @param create makes the server of a session */
export function serveSessions(create: () => ReturnType<CreateServer>) {
  const inStreams = sessionServer('', { json: false }, create);
  const inDocuments = sessionServer('', { json: true }, create);
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
    if (pathname === '/messages' && stream) await stream.handlePostMessage(incoming, outgoing);
    else await (pathname === '/json' ? inDocuments : inStreams)(incoming, outgoing);
  };
}
