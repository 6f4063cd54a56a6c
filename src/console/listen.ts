// Puts a Hono app behind a port.

import type { Server } from 'node:http';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { DaylightError } from '../errors.ts';

/** What a route knows of the connection; nothing of it in tests that bring no connection. */
export interface ServerBindings {
  Bindings: Partial<HttpBindings>;
}

export interface Listening {
  url: string;
  port: number;
  stop(): Promise<void>;
}

/**
 * @param address HOST:PORT; port 0 picks a free one
 * @throws DaylightError ERR_LISTEN
 */
export async function listen(app: Hono<ServerBindings>, address: string): Promise<Listening> {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '');
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) as Server;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new DaylightError('ERR_LISTEN', `The console cannot listen on ${address}: ${cause.message}.`, { cause })),
    );
    server.listen({ host, port: Number(address.slice(colon + 1)) }, () => resolve());
  });
  const bound = server.address();
  const port = typeof bound === 'object' && bound ? bound.port : 0;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The part of a route's context that tells who sent the request. */
export interface Sender {
  env: ServerBindings['Bindings'] | undefined;
  req: { header(name: string): string | undefined };
}

/** Whose connection it is. */
export function clientAddress({ env }: Sender): string {
  return env?.incoming?.socket.remoteAddress?.replace(/^::ffff:(?=[\d.]+$)/, '') ?? '';
}
