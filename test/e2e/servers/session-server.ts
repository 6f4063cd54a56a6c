// Streamable HTTP with sessions, served by SDK 1.x. It speaks 2025-03-26, 2025-06-18 or 2025-11-25, as the client asks.

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { createEchoServer } from './echo-server.ts';

export type CreateServer = (name: string) => { connect(transport: Transport): Promise<void> };

/** @param json answers are single JSON documents instead of event streams @param create makes the server of a session */
export function sessionServer(name: string, { json }: { json: boolean }, create: CreateServer = createEchoServer) {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  return async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const known = sessions.get(String(incoming.headers['mcp-session-id'] ?? ''));
    if (known) {
      await known.handleRequest(incoming, outgoing);
      return;
    }
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      enableJsonResponse: json,
      onsessioninitialized: (id) => void sessions.set(id, transport),
    });
    // The types of this transport leave out undefined where the compiler setting here wants it spelt out.
    await create(name).connect(transport as Transport);
    await transport.handleRequest(incoming, outgoing);
  };
}
