// A TCP relay that can be closed and opened again on the same port: a server that goes out of reach and comes back.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface Relay {
  /** Picks the port; nothing listens there yet. */
  reserve(): Promise<number>;
  open(): Promise<void>;
  /** Cuts every connection. */
  close(): void;
}

/** Leads to `port` of this machine. */
export function relayTo(port: number): Relay {
  const sockets = new Set<Socket>();
  let own = 0;
  let server: Server | undefined;

  async function open(): Promise<void> {
    server = createServer((client) => {
      const target = connect(port, '127.0.0.1');
      for (const [socket, other] of [
        [client, target],
        [target, client],
      ] as const) {
        sockets.add(socket);
        socket.on('error', () => other.destroy());
        socket.on('close', () => {
          sockets.delete(socket);
          other.destroy();
        });
      }
      client.pipe(target).pipe(client);
    });
    server.listen(own, '127.0.0.1');
    await once(server, 'listening');
    own = (server.address() as AddressInfo).port;
  }

  function close(): void {
    server?.close();
    for (const socket of sockets) socket.destroy();
  }

  return {
    async reserve() {
      await open();
      close();
      return own;
    },
    open,
    close,
  };
}
