// Keeps the pieces of a body that is put together later.

/** Bytes up to which pieces are joined as they come. */
const SMALL = 16 * 1024;

/**
 * Adds a piece. Small pieces are joined with earlier ones of at most their size, so that a body that comes byte by byte costs
 * its size and not an object a byte; each byte is copied a logarithmic number of times.
 */
export function collectPiece(pieces: Buffer[], piece: Buffer): void {
  pieces.push(piece);
  for (;;) {
    const last = pieces.at(-1)!;
    const before = pieces.at(-2);
    if (!before || before.length > last.length || before.length + last.length > SMALL) return;
    pieces.length -= 2;
    pieces.push(Buffer.concat([before, last]));
  }
}
