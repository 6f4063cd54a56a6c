// The connections that this process has opened, so that one which a redirection brings back to us is known.
//
// Other workers do not know of it. A connection that goes round is opened anew each time, so it soon comes to the worker that
// opened the one before, and ends there.

import type { Socket } from 'node:net';

export interface OwnSockets {
  /** Call when connected. */
  add(opened: Socket): void;
  /** Whether this connection, which came in, is the other end of one that was opened here. */
  has(accepted: Socket): boolean;
}

export function createOwnSockets(): OwnSockets {
  const open = new Set<string>();
  return {
    add(opened) {
      const end = `${opened.localAddress} ${opened.localPort}`;
      open.add(end);
      opened.once('close', () => open.delete(end));
    },
    has: ({ remoteAddress, remotePort }) => open.has(`${remoteAddress?.replace(/^::ffff:/, '')} ${remotePort}`),
  };
}
