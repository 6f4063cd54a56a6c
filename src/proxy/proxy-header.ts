// Who speaks at the other end, where load balancers may stand in between: from listed ones a PROXY header must come first, from
// all others none may come, or anybody could say that he is somebody else.

import type { Socket } from 'node:net';
import { compileNetwork } from '../engine/network.ts';
import type { Client } from './client.ts';
import { beginsWithProxyHeader, parseProxyHeader } from './proxy-protocol.ts';
import { readStart } from './read-start.ts';

export interface Balancers {
  /** Whether this address has to send a PROXY header. */
  has(address: string): boolean;
}

export function createBalancers(networks: readonly string[]): Balancers {
  const listed = networks.map(compileNetwork);
  return { has: (address) => listed.some((contains) => contains(address)) };
}

/** @returns the client that the balancer names; the balancer itself where it names none @throws DaylightError ERR_CLIENT_REFUSED */
export async function readProxyHeader(socket: Socket, client: Client, timeoutMs: number): Promise<Client> {
  const header = await readStart(socket, parseProxyHeader, { what: 'the PROXY header', timeoutMs });
  return { ...client, ...header.client };
}

/** Watches how a connection goes on; `found` is called if that is a PROXY header, in any pieces. */
export function watchForProxyHeader(socket: Socket, found: () => void): void {
  let bytes: Buffer = Buffer.alloc(0);
  const onData = (chunk: Buffer): void => {
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    const begins = beginsWithProxyHeader(bytes);
    if (begins === 'maybe') return;
    socket.off('data', onData);
    if (begins) found();
  };
  socket.on('data', onData);
}
