// Reads what a connection begins with, in whatever pieces it comes: until `parse` has what it wants, and not a byte further. The
// rest stays in the socket, which is left paused. Bounded in time here, in bytes by `parse`.

import type { Duplex } from 'node:stream';
import { DaylightError } from '../errors.ts';

/** What the bytes so far amount to. */
export type Read<T> =
  | { status: 'more' }
  /** `used` bytes belong to it. */
  | { status: 'done'; value: T; used: number }
  | { status: 'malformed'; reason: string };

export interface ReadStartOptions {
  /** What is read, for messages: `the PROXY header`. */
  what: string;
  timeoutMs: number;
  /** The error to throw, told why and whether time ran out; ERR_CLIENT_REFUSED unless told. */
  error?(message: string, late: boolean): DaylightError;
}

/** @throws DaylightError that says what is wrong; the socket is still open unless the client closed it */
export function readStart<T>(socket: Duplex, parse: (bytes: Buffer) => Read<T>, options: ReadStartOptions): Promise<T> {
  return new Promise((resolve, reject) => {
    let bytes: Buffer = Buffer.alloc(0);
    const timer = setTimeout(() => fail(`is not complete after ${Math.round(options.timeoutMs)} ms`, true), options.timeoutMs);

    function release(): void {
      clearTimeout(timer);
      socket.off('data', onData);
      socket.off('end', onGone);
      socket.off('close', onGone);
      socket.pause();
    }

    function fail(why: string, late = false): void {
      release();
      const message = `${options.what} ${why}`;
      reject(options.error?.(message, late) ?? new DaylightError('ERR_CLIENT_REFUSED', message));
    }

    function onGone(): void {
      fail(bytes.length === 0 ? 'did not come: the connection was closed' : 'is not complete: the connection was closed');
    }

    function onData(chunk: Buffer): void {
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
      const read = parse(bytes);
      if (read.status === 'malformed') fail(`is malformed: ${read.reason}`);
      else if (read.status === 'done') {
        release();
        if (read.used < bytes.length) socket.unshift(bytes.subarray(read.used));
        resolve(read.value);
      }
    }

    if (socket.destroyed || socket.readableEnded) {
      onGone();
      return;
    }
    socket.on('data', onData);
    socket.on('end', onGone);
    socket.on('close', onGone);
    socket.resume();
  });
}
