// The doors of the proxy: each is a listening socket, and what serves the connections that come in by it.
//
// Who may come in at all is decided in accept.ts, the same way for each.

import { createServer, type Server, type Socket } from 'node:net';
import { DaylightError } from '../errors.ts';
import { type Arrival, createAccept } from './accept.ts';
import type { Door } from './client.ts';
import { ClientConnection } from './client-connection.ts';
import { createPortGuard } from './guard.ts';
import type { Place, PlaceName } from './places.ts';
import type { ProxyServices } from './services.ts';
import { serveSocks } from './socks-door.ts';
import { openTlsDoor } from './tls-door.ts';
import { serveRedirected } from './transparent-door.ts';

export interface ProxyListener {
  /** The places listened on, each with its port. */
  places: readonly Place[];
  /** Takes the certificate of the TLS door anew. */
  renew(): Promise<void>;
  /** Stops accepting, lets open exchanges finish for `drainMs`, then ends them (ProxyWorker.stop). */
  stop(drainMs: number, gently?: boolean): Promise<void>;
}

/** @throws DaylightError ERR_LISTEN, or ERR_CONFIG_INVALID */
export async function openListener(services: ProxyServices, places: readonly Place[]): Promise<ProxyListener> {
  const { config, log } = services;
  const accept = createAccept(config.proxy, log, services.counts);
  const ports = createPortGuard(config.proxy.ports);
  const servers: Server[] = [];
  const { tls, transparent } = config.proxy;
  const proxy = (arrival: Arrival): void => void new ClientConnection(services, ports, arrival);
  const tlsDoor = tls && (await openTlsDoor(services, tls, proxy));

  function doorAt(name: PlaceName): [Door, (arrival: Arrival) => void] {
    switch (name) {
      case 'proxy':
        return ['proxy', proxy];
      case 'tls':
        return ['tls', (arrival) => tlsDoor?.take(arrival)];
      case 'socks':
        return ['socks', (arrival) => void serveSocks(services, ports, arrival)];
      case 'transparent': {
        const door = { services, ports, port: transparent?.port ?? 443 };
        return ['transparent', (arrival) => void serveRedirected(door, arrival)];
      }
      case 'transparentHttp': {
        const redirected = { port: transparent?.http?.port ?? 80 };
        return ['transparent', (arrival) => void new ClientConnection(services, ports, arrival, redirected)];
      }
    }
  }

  const open: Place[] = [];

  for (const place of places) {
    const [door, enter] = doorAt(place.name);
    const server = createServer(
      { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 },
      (socket: Socket) => accept.take(socket, door, enter),
    );
    open.push(await listen(server, place));
    servers.push(server);
  }

  return {
    places: open,
    renew: async () => tlsDoor?.renew(),
    async stop(drainMs, gently) {
      tlsDoor?.close();
      // Also resolves for a server that was closed before, once its connections are gone.
      const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
      accept.shutdown(gently);
      const timer = setTimeout(() => accept.destroy(), drainMs);
      await Promise.all(closed);
      clearTimeout(timer);
    },
  };
}

function listen(server: Server, place: Place): Promise<Place> {
  const { host, port } = place;
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const option = place.name === 'proxy' ? ' with --proxy HOST:PORT' : '';
      const fix = error.code === 'EADDRINUSE' ? `another program listens there; choose another${option}` : error.message;
      reject(new DaylightError('ERR_LISTEN', `The proxy cannot listen on ${host}:${port}: ${fix}.`, { cause: error }));
    });
    server.listen({ host, port, backlog: 1024 }, () => {
      server.removeAllListeners('error');
      const address = server.address();
      resolve({ ...place, port: typeof address === 'object' && address ? address.port : port });
    });
  });
}
