// Reads the spool's files from outside, while the appliance writes them, drains them and dies: which ids of the load are in
// whole lines on disk, and which process wrote each. What was read stays known when the file has gone.

import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { pidOf } from '../../../src/store/process-identity.ts';
import { parseSegmentFile } from '../../../src/store/segment.ts';
import { loadIdOf } from './load.ts';

export interface SpoolWatch {
  /** Writer's process id, by id of the load. */
  written: Map<string, number>;
  /** Reads now what is there. */
  read(): void;
  stop(): void;
}

const POLL_MS = 40;
const NEWLINE = 0x0a;

/** Reads at once and then again and again until `stop`. */
export function watchSpool(dir: string): SpoolWatch {
  const written = new Map<string, number>();
  /** Bytes read of each segment, by its id: the name changes when it is sealed, the content does not. */
  const offsets = new Map<string, number>();

  function read(): void {
    for (const file of readdirSync(dir)) {
      const name = parseSegmentFile(file);
      if (!name) continue;
      const offset = offsets.get(name.id) ?? 0;
      const data = bytesFrom(join(dir, file), offset);
      // A torn last line is not there yet.
      const end = data.lastIndexOf(NEWLINE) + 1;
      if (end === 0) continue;
      offsets.set(name.id, offset + end);
      for (const line of data.toString('utf8', 0, end).split('\n')) {
        const id = line === '' ? '' : loadIdOf(JSON.parse(line) as { path?: string; mcp_tool?: string });
        if (id !== '') written.set(id, pidOf(name.writer));
      }
    }
  }

  const timer = setInterval(read, POLL_MS);
  read();
  return { written, read, stop: () => clearInterval(timer) };
}

/** What is behind `offset`; nothing if the file has gone (delivered, or sealed a moment ago: the next reading finds it). */
function bytesFrom(path: string, offset: number): Buffer {
  const chunks: Buffer[] = [];
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
  try {
    for (let at = offset; ; ) {
      const chunk = Buffer.allocUnsafe(256 * 1024);
      const count = readSync(fd, chunk, 0, chunk.length, at);
      if (count === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, count));
      at += count;
    }
  } finally {
    closeSync(fd);
  }
}
