// MCP over WebSocket: the server of SDK 1.x on a transport made of `ws`. Offers the subprotocol `mcp` to clients that ask for
// it, and serves those that ask for none.

import type { Server as PlainServer } from 'node:http';
import type { Server } from 'node:https';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { JSONRPCMessageSchema } from '@modelcontextprotocol/sdk/types.js';
import { type WebSocket, WebSocketServer } from 'ws';
import { createEchoServer } from './echo-server.ts';

/** Closings that the server saw, in order. */
export type Closings = { code: number; reason: string }[];

export function serveWebSocketMcp(server: Server | PlainServer, name: string, create = createEchoServer): Closings {
  const closings: Closings = [];
  const sockets = new WebSocketServer({ server, handleProtocols: (offered) => (offered.has('mcp') ? 'mcp' : false) });
  sockets.on('connection', (socket) => {
    socket.on('error', () => undefined);
    socket.on('close', (code, reason) => closings.push({ code, reason: reason.toString() }));
    void create(name).connect(transportOn(socket));
  });
  return closings;
}

function transportOn(socket: WebSocket): Transport {
  const transport: Transport = {
    async start() {
      socket.on('message', (data) => transport.onmessage?.(JSONRPCMessageSchema.parse(JSON.parse(String(data)))));
      socket.on('close', () => transport.onclose?.());
    },
    async send(message) {
      socket.send(JSON.stringify(message));
    },
    async close() {
      socket.close();
    },
  };
  return transport;
}
