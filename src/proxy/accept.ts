// Who may come in: the same for every door. In order: is there room at all; who is it (the peer, or whom a listed load balancer
// names in a PROXY header); may this client use the proxy; has it room for another connection. Only then does the door see it.

import type { Socket } from 'node:net';
import type { Config } from '../config.ts';
import { DaylightError } from '../errors.ts';
import type { Log } from '../log.ts';
import { add, type WorkerCounts } from '../worker-counts.ts';
import type { Client, Door } from './client.ts';
import { createClientGuard } from './guard.ts';
import { plainAnswer } from './plain-answer.ts';
import { createBalancers, readProxyHeader, watchForProxyHeader } from './proxy-header.ts';

/** What a connection has become, so that a shutdown can end it in order. */
export interface Open {
  /** @param gently others serve new clients already: only what is asked for from now on is the last */
  shutdown(gently?: boolean): void;
}

/** A connection that may use the proxy. */
export interface Arrival {
  socket: Socket;
  client: Client;
  /** To be told of what the connection becomes. */
  onOpen(open: Open): void;
}

export interface Accept {
  /** Decides on a new connection, and hands it to `serve` if it may come in. */
  take(socket: Socket, door: Door, serve: (arrival: Arrival) => void): void;
  /** Ends every open connection in order; those that come to be something later, too. */
  shutdown(gently?: boolean): void;
  /** Cuts what is still open. */
  destroy(): void;
}

export function createAccept(config: Config['proxy'], log: Log, counts: WorkerCounts): Accept {
  const guard = createClientGuard(config.clients);
  const balancers = createBalancers(config.proxyProtocol.from);
  const sockets = new Map<Socket, Open | undefined>();
  const perClient = new Map<string, number>();
  const { limits } = config;
  let leaving = false;

  function admit(socket: Socket, client: Client, serve: (arrival: Arrival) => void): void {
    const { address } = client;
    const verdict = guard.check(address);
    const count = perClient.get(address) ?? 0;
    if (!verdict.allowed || count >= limits.connectionsPerClient) {
      const tooMany = `more than ${limits.connectionsPerClient} connections from one client`;
      refuse(socket, client, verdict.allowed ? 503 : 403, verdict.allowed ? tooMany : verdict.reason);
      return;
    }
    perClient.set(address, count + 1);
    socket.on('close', () => {
      const left = (perClient.get(address) ?? 1) - 1;
      if (left > 0) perClient.set(address, left);
      else perClient.delete(address);
    });
    watchForProxyHeader(socket, () => turnAway(socket, client));
    serve({ socket, client, onOpen: (open) => opened(socket, open) });
  }

  async function askBalancer(socket: Socket, peer: Client, serve: (arrival: Arrival) => void): Promise<void> {
    try {
      const client = await readProxyHeader(socket, peer, config.timeouts.header);
      if (!socket.destroyed) admit(socket, client, serve);
    } catch (error) {
      if (!(error instanceof DaylightError)) throw error;
      add(counts, 'refused header');
      log.warn({ peer: peer.address, door: peer.door, reason: error.message }, 'load balancer refused');
      socket.destroy();
    }
  }

  /** Somebody says that he speaks for another, and may not, or has said it before. */
  function turnAway(socket: Socket, { address, peer, door }: Client): void {
    const reason = balancers.has(peer)
      ? 'a second PROXY header'
      : `a PROXY header, and ${peer} is not listed in proxy.proxyProtocol.from`;
    add(counts, 'refused header');
    log.warn({ client: address, peer, door, reason }, 'client refused');
    socket.destroy();
  }

  function opened(socket: Socket, open: Open): void {
    sockets.set(socket, open);
    if (leaving) open.shutdown(true);
  }

  function refuse(socket: Socket, { address, peer, door }: Client, status: 403 | 503, reason: string): void {
    add(counts, `refused ${status === 403 ? 'network' : 'limit'}`);
    log.warn({ client: address, ...(peer === address ? {} : { peer }), door, reason }, 'client refused');
    if (door === 'proxy') socket.end(plainAnswer(status, `Daylight does not serve this client: ${reason}\n`));
    else socket.end();
    socket.destroySoon();
  }

  return {
    take(socket, door, serve) {
      const peer = socket.remoteAddress ?? '';
      const client: Client = { address: peer, port: socket.remotePort ?? 0, peer, door };
      socket.on('error', () => {});
      if (sockets.size >= limits.connections) {
        refuse(socket, client, 503, `more than ${limits.connections} connections in all`);
        return;
      }
      sockets.set(socket, undefined);
      add(counts, 'connections');
      counts.open++;
      socket.on('close', () => {
        sockets.delete(socket);
        counts.open--;
      });
      if (balancers.has(peer)) void askBalancer(socket, client, serve);
      else admit(socket, client, serve);
    },
    shutdown(gently = false) {
      leaving = true;
      for (const [socket, open] of sockets) {
        if (open) open.shutdown(gently);
        else if (!gently) socket.end();
      }
    },
    destroy() {
      for (const socket of sockets.keys()) socket.destroy();
    },
  };
}
