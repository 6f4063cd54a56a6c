// Puts a request listener behind real TLS on a free loopback port, under a name below `.localhost` (which always leads here).

import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createSecureServer } from 'node:http2';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { SecureContext, TlsOptions } from 'node:tls';
import type { Appliance } from '../appliance.ts';

export interface TestServer {
  /** `https://name.localhost:port`. */
  origin: string;
  port: number;
  server: Server;
  /** Requests that arrived, as `METHOD /path`. */
  requests: string[];
  close(): void;
}

export interface TlsServerOptions {
  /** Speaks HTTP/2 to those who offer it. */
  http2?: boolean;
  /** More names in the certificate. */
  extraSans?: readonly string[];
  /** More settings of TLS. */
  tls?: TlsOptions;
  /** Where to listen; 127.0.0.1 if absent. */
  address?: string;
}

/** Serves `listener` as `https://HOST:PORT` with a certificate that the appliance trusts. */
export async function serveTls(
  appliance: Pick<Appliance, 'contextFor'>,
  host: string,
  listener: RequestListener,
  options: TlsServerOptions = {},
): Promise<TestServer> {
  const context = await appliance.contextFor(host, options.extraSans);
  const requests: string[] = [];
  const counting: RequestListener = (incoming, outgoing) => {
    requests.push(`${incoming.method} ${incoming.url}`);
    listener(incoming, outgoing);
  };
  const tls = {
    ...options.tls,
    SNICallback: (_name: string, done: (error: null, context: SecureContext) => void) => done(null, context),
  };
  const server = options.http2
    ? (createSecureServer({ ...tls, allowHTTP1: true }, counting as never) as unknown as Server)
    : createServer(tls, counting);
  const sockets = new Set<Socket>();
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, options.address ?? '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `https://${host}:${port}`,
    port,
    server,
    requests,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
