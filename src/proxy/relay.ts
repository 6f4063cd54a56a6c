// Joins two sockets and counts what passes, with back-pressure both ways. Ends when either side is gone.

import type { Duplex } from 'node:stream';

export interface Relayed {
  /** Bytes from `a` to `b`. */
  up: number;
  /** Bytes from `b` to `a`. */
  down: number;
  error: string;
}

/** Milliseconds of silence that end a tunnel of which one side has ended: that side may have gone altogether. */
const HALF_OPEN_MS = 30_000;

/** @param idleMs both sides silent for this long ends the tunnel */
export function relay(a: Duplex, b: Duplex, idleMs: number): Promise<Relayed> {
  return new Promise((resolve) => {
    const result: Relayed = { up: 0, down: 0, error: '' };
    let open = 2;
    let lastBytes = -1;
    const check = (): void => {
      if (result.up + result.down === lastBytes) {
        a.destroy();
        b.destroy();
      }
      lastBytes = result.up + result.down;
    };
    let idle = setInterval(check, idleMs);

    const forward = (from: Duplex, to: Duplex, count: (bytes: number) => void): void => {
      from.on('data', (chunk: Buffer) => {
        count(chunk.length);
        if (!to.write(chunk)) from.pause();
      });
      to.on('drain', () => from.resume());
      from.on('end', () => {
        if (!to.writableEnded) to.end();
        clearInterval(idle);
        if (open > 0) idle = setInterval(check, Math.min(idleMs, HALF_OPEN_MS));
      });
      from.on('error', (error: Error) => {
        result.error ||= error.message;
      });
      from.on('close', () => {
        // What is still on its way out goes out first.
        if (to.writableEnded && !to.writableFinished) to.once('finish', () => to.destroy());
        else if (!to.destroyed) to.end(() => to.destroy());
        if (--open === 0) {
          clearInterval(idle);
          resolve(result);
        }
      });
      from.resume();
    };

    forward(a, b, (bytes) => {
      result.up += bytes;
    });
    forward(b, a, (bytes) => {
      result.down += bytes;
    });
    for (const side of [a, b]) if (side.destroyed) side.emit('close');
  });
}
