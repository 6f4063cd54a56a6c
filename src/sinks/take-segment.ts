// Takes the events that a sink wants out of a segment of the spool, into the sink's own queue. The segment is read a piece at a time: other
// work of the process gets its turn in between.

import { open } from 'node:fs/promises';
import type { Event } from '../engine/event.ts';
import type { SinkQueue } from './queue.ts';

interface Wanted {
  /** Events from before do not count, epoch milliseconds; 0: all do. */
  since: number;
  /** Absent: every event is wanted. */
  fits: ((event: Event) => boolean) | undefined;
}

const PIECE = 512 * 1024;
const NEWLINE = 0x0a;

/** Resolves when they are on disk. */
export async function takeSegment(path: string, queue: Pick<SinkQueue, 'append'>, wanted: Wanted): Promise<void> {
  const file = await open(path, 'r');
  try {
    let rest = Buffer.alloc(0);
    for (;;) {
      const piece = Buffer.allocUnsafe(PIECE);
      const { bytesRead } = await file.read(piece, 0, PIECE);
      if (bytesRead === 0) return;
      const known = rest.length === 0 ? piece.subarray(0, bytesRead) : Buffer.concat([rest, piece.subarray(0, bytesRead)]);
      const end = known.lastIndexOf(NEWLINE) + 1;
      rest = known.subarray(end);
      const { lines, count } = select(known.subarray(0, end), wanted);
      if (count > 0) await queue.append(lines, count);
    }
  } finally {
    await file.close();
  }
}

function select(lines: Buffer, { since, fits }: Wanted): { lines: Buffer; count: number } {
  const chosen: Buffer[] = [];
  let count = 0;
  for (let from = 0; from < lines.length; ) {
    const end = lines.indexOf(NEWLINE, from) + 1;
    const line = lines.subarray(from, end);
    from = end;
    if (since > 0 || fits) {
      const event = read(line);
      // What is no event becomes a dead letter, for people to look at.
      if (event && (event.ts < since || (fits && !fits(event)))) continue;
      chosen.push(line);
    }
    count++;
  }
  return { lines: since > 0 || fits ? Buffer.concat(chosen) : lines, count };
}

function read(line: Buffer): Event | undefined {
  try {
    return JSON.parse(line.toString()) as Event;
  } catch {
    return undefined;
  }
}
