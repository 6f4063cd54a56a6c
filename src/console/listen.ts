// Puts a Hono app behind a port, with TLS if there is a certificate.

import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { createAdaptorServer, type HttpBindings, type WebSocketServerLike } from '@hono/node-server';
import type { Hono } from 'hono';
import { WebSocketServer } from 'ws';
import { DaylightError } from '../errors.ts';
import { type CertificateSource, firstCertificate, keepCertificate } from './certificate.ts';

/** What a route knows of the connection; nothing of it in tests that bring no connection. */
export interface ServerBindings {
  Bindings: Partial<HttpBindings>;
}

export interface Listening {
  url: string;
  port: number;
  /** Fetches the certificate again. */
  renewCertificate(): Promise<void>;
  stop(): Promise<void>;
}

export interface ListenOptions {
  /** Present: HTTPS. */
  certificate?: CertificateSource | undefined;
}

/** Bytes of one message that a client may send through a WebSocket. */
const MAX_MESSAGE = 16 * 1024;

/**
 * @param address HOST:PORT; port 0 picks a free one
 * @throws DaylightError ERR_LISTEN
 */
export async function listen(app: Hono<ServerBindings>, address: string, options: ListenOptions = {}): Promise<Listening> {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '');
  const { certificate } = options;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE, perMessageDeflate: false });
  const common = {
    fetch: app.fetch,
    overrideGlobalObjects: false,
    websocket: { server: sockets as unknown as WebSocketServerLike },
  };
  const server = createAdaptorServer(
    certificate
      ? { ...common, createServer: createTlsServer, serverOptions: await firstCertificate(certificate) }
      : { ...common, createServer },
  ) as Server;
  const kept = certificate && keepCertificate(server as TlsServer, certificate);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new DaylightError('ERR_LISTEN', `The console cannot listen on ${address}: ${cause.message}.`, { cause })),
    );
    server.listen({ host, port: Number(address.slice(colon + 1)) }, () => resolve());
  });
  const bound = server.address();
  const port = typeof bound === 'object' && bound ? bound.port : 0;
  return {
    url: `${certificate ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    renewCertificate: async () => kept?.renew(),
    stop: () =>
      new Promise((resolve) => {
        kept?.stop();
        for (const socket of sockets.clients) socket.terminate();
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
