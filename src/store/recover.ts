// Takes over the open segments of a writer that died: cut what was not finished, seal the rest.
//
// Only whole lines that parse are kept at the end of the file. A process that is killed leaves at most a torn last line;
// a power cut may also leave a tail of zeros. Lines before the last good one are not looked at: their fdatasync returned,
// or they are followed by data that was written later.

import { open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { parseSegmentFile } from './segment.ts';

const CHUNK = 64 * 1024;
const NEWLINE = 0x0a;

/**
 * Seals `<dir>/<id>.open`. Safe to repeat at any point; a file that has gone meanwhile is somebody else's success.
 *
 * @returns bytes cut off the end.
 */
export async function recoverSegment(dir: string, file: string): Promise<number> {
  const path = join(dir, file);
  const handle = await open(path, 'r+').catch(ignoreMissing);
  if (!handle) return 0;
  let size: number;
  let keep: number;
  try {
    size = (await handle.stat()).size;
    keep = await endOfLastGoodLine(handle, size);
    if (keep < size) await handle.truncate(keep);
    if (keep > 0) await handle.datasync();
  } finally {
    await handle.close();
  }
  if (keep === 0) await unlink(path).catch(ignoreMissing);
  else await rename(path, join(dir, `${parseSegmentFile(file)?.id}.ndjson`)).catch(ignoreMissing);
  return size - keep;
}

type Reader = Pick<Awaited<ReturnType<typeof open>>, 'read'>;

async function endOfLastGoodLine(file: Reader, size: number): Promise<number> {
  let end = await lastNewline(file, size);
  while (end > 0) {
    const start = await lastNewline(file, end - 1);
    if (parses(await bytesOf(file, start, end - 1))) return end;
    end = start;
  }
  return 0;
}

/** Offset just behind the last newline before `end`, 0 if there is none. */
async function lastNewline(file: Reader, end: number): Promise<number> {
  for (let to = end; to > 0; to -= CHUNK) {
    const from = Math.max(0, to - CHUNK);
    const at = (await bytesOf(file, from, to)).lastIndexOf(NEWLINE);
    if (at >= 0) return from + at + 1;
  }
  return 0;
}

async function bytesOf(file: Reader, from: number, to: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(to - from);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
  return buffer.subarray(0, bytesRead);
}

function parses(line: Buffer): boolean {
  try {
    return typeof JSON.parse(line.toString()) === 'object';
  } catch {
    return false;
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
