// One open segment on disk: append a batch so that it survives, or leave no trace of it.
//
// A batch that failed half-way (disk full, I/O error) is cut off again before the next one is tried: bytes that were
// never acknowledged must not stay behind, or a retry would store them twice. Pages that the kernel dropped after a
// failed fdatasync are written again by the retry.

import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { segmentFile } from './segment.ts';

/** The parts of the file system that a spool touches; tests put a failing disk here. */
export interface Disk {
  open(
    path: string,
    flags: string,
    mode: number,
  ): Promise<Pick<FileHandle, 'write' | 'datasync' | 'sync' | 'truncate' | 'close'>>;
  rename(from: string, to: string): Promise<void>;
}

export const realDisk: Disk = { open, rename };

export interface SegmentWriter {
  readonly rows: number;
  readonly bytes: number;
  /** Time (`now`) of its creation. */
  readonly since: number;
  /** Writes and syncs one batch of whole lines. When it rejects, the batch is not part of the segment. */
  append(batch: Buffer, rows: number): Promise<void>;
  /** Closes the file and gives it its final name. @returns its path */
  seal(): Promise<string>;
}

/** Creates `<dir>/<writer>-<lane>-<seq>.open`, mode 0600: events name people. */
export async function createSegment(options: {
  dir: string;
  writer: string;
  lane: string;
  seq: number;
  disk: Disk;
  now: () => number;
}): Promise<SegmentWriter> {
  const { dir, writer, lane, seq, disk } = options;
  const path = join(dir, segmentFile(writer, lane, seq, 'open'));
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const file = await disk.open(path, 'wx', 0o600);
  try {
    await syncFolder(disk, dir);
  } catch (error) {
    await file.close().catch(() => {});
    await unlink(path).catch(() => {});
    throw error;
  }

  let rows = 0;
  let bytes = 0;
  let torn = false;
  let closed = false;

  return {
    get rows() {
      return rows;
    },
    get bytes() {
      return bytes;
    },
    since: options.now(),

    async append(batch, count) {
      if (torn) {
        await file.truncate(bytes);
        torn = false;
      }
      torn = true;
      let written = 0;
      while (written < batch.length) {
        const result = await file.write(batch, written, batch.length - written, bytes + written);
        written += result.bytesWritten;
      }
      await file.datasync();
      torn = false;
      bytes += batch.length;
      rows += count;
    },

    async seal() {
      if (!closed) {
        if (torn) await file.truncate(bytes);
        torn = false;
        closed = true;
        await file.close();
      }
      const sealed = join(dir, segmentFile(writer, lane, seq, 'ndjson'));
      await disk.rename(path, sealed);
      return sealed;
    },
  };
}

/** Makes the name of a new file survive a power cut. */
async function syncFolder(disk: Disk, dir: string): Promise<void> {
  const folder = await disk.open(dir, 'r', 0);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
