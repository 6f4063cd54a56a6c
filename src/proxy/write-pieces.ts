// Sends collected pieces of a message as one write.

import type { Duplex } from 'node:stream';

/** Bytes collected before they are sent without waiting for the end of the burst. */
export const SOFT_FLUSH = 64 * 1024;

/** Writes pieces as one: small ones copied together, which costs less than a vectored TLS write. */
export function writePieces(socket: Duplex, pieces: readonly (Buffer | string)[], bytes: number): boolean {
  if (socket.destroyed || socket.writableEnded) return true;
  if (pieces.length === 1) {
    const only = pieces[0]!;
    return typeof only === 'string' ? socket.write(only, 'latin1') : socket.write(only);
  }
  if (bytes <= SOFT_FLUSH) {
    const joined = Buffer.allocUnsafe(bytes);
    let at = 0;
    for (const piece of pieces) at += typeof piece === 'string' ? joined.write(piece, at, 'latin1') : piece.copy(joined, at);
    return socket.write(joined);
  }
  socket.cork();
  let more = true;
  for (const piece of pieces) more = typeof piece === 'string' ? socket.write(piece, 'latin1') : socket.write(piece);
  socket.uncork();
  return more;
}
