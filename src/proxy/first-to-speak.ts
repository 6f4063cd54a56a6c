// In a tunnel in which the client says nothing: waits for who speaks first, the client after all or the server. Takes no bytes.

import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export function firstToSpeak(client: Duplex, server: Socket, timeoutMs: number): Promise<'client' | 'server' | 'nobody'> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => settle('nobody'), timeoutMs);
    const onClient = (): void => settle('client');
    const onServer = (): void => settle('server');
    const onGone = (): void => settle('nobody');
    function settle(who: 'client' | 'server' | 'nobody'): void {
      clearTimeout(timer);
      client.off('readable', onClient);
      server.off('readable', onServer);
      for (const side of [client, server]) {
        side.off('close', onGone);
        side.off('end', onGone);
      }
      resolve(who);
    }
    client.on('readable', onClient);
    server.on('readable', onServer);
    for (const side of [client, server]) {
      side.on('close', onGone);
      side.on('end', onGone);
    }
  });
}
