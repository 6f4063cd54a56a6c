// The sealed segments of a spool folder: which there are, which comes next, which must go when there is no room.

import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Segment } from './cursor.ts';
import { recoverSegment } from './recover.ts';
import { EXPENDABLE, parseSegmentFile } from './segment.ts';

export interface SealedSegment extends Segment {
  lane: string;
  /** Epoch milliseconds of the last write. */
  mtime: number;
  /** Names of the readers that have it in hand. */
  inHand: Set<string>;
}

export interface SpoolFolder {
  /** Seals what dead writers left open, then takes note of everything sealed. */
  scan(): Promise<void>;
  readonly segments: ReadonlyMap<string, SealedSegment>;
  bytes(): number;
  /** The oldest segment of a table that `wanted` accepts. */
  next(table: string, wanted: (segment: SealedSegment) => boolean): SealedSegment | undefined;
  /**
   * What a reader has to skip so that the rest of what it has not read takes at most `limitBytes`: oldest benign segments first, then
   * flows, audit never.
   */
  excess(limitBytes: number, reader: string, isUnread: (segment: SealedSegment) => boolean): SealedSegment[];
  remove(segment: SealedSegment): Promise<void>;
  /** Whether segments remain that are sealed, or open without a living writer. */
  isEmpty(): boolean;
}

export function openSpoolFolder(dir: string, isLive: (writer: string) => boolean): SpoolFolder {
  const segments = new Map<string, SealedSegment>();

  async function scan(): Promise<void> {
    const files = await readdir(dir);
    for (const file of files) {
      const name = parseSegmentFile(file);
      if (!name || name.sealed || isLive(name.writer)) continue;
      await recoverSegment(dir, file);
      await note(`${name.id}.ndjson`);
    }
    for (const file of files) await note(file);
  }

  async function note(file: string): Promise<void> {
    const name = parseSegmentFile(file);
    if (!name?.sealed || segments.has(name.id)) return;
    const path = join(dir, file);
    const found = await stat(path).catch(() => undefined);
    if (!found) return;
    const { id, table, lane } = name;
    segments.set(id, { id, table, lane, path, bytes: found.size, mtime: found.mtimeMs, inHand: new Set() });
  }

  function next(table: string, wanted: (segment: SealedSegment) => boolean): SealedSegment | undefined {
    let first: SealedSegment | undefined;
    for (const segment of segments.values()) {
      if (segment.table === table && (!first || isBefore(segment, first)) && wanted(segment)) first = segment;
    }
    return first;
  }

  function bytes(): number {
    let sum = 0;
    for (const segment of segments.values()) sum += segment.bytes;
    return sum;
  }

  function excess(limitBytes: number, reader: string, isUnread: (segment: SealedSegment) => boolean): SealedSegment[] {
    const unread = [...segments.values()].filter(isUnread);
    let total = unread.reduce((sum, one) => sum + one.bytes, 0);
    const going: SealedSegment[] = [];
    for (const lane of EXPENDABLE) {
      if (total <= limitBytes) break;
      const candidates = unread.filter((one) => one.lane === lane && !one.inHand.has(reader));
      for (const segment of candidates.sort((a, b) => (isBefore(a, b) ? -1 : 1))) {
        if (total <= limitBytes) break;
        total -= segment.bytes;
        going.push(segment);
      }
    }
    return going;
  }

  return {
    scan,
    segments,
    bytes,
    next,
    excess,
    async remove(segment) {
      await unlink(segment.path).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
      segments.delete(segment.id);
    },
    isEmpty: () =>
      segments.size === 0 &&
      !readdirSync(dir).some((file) => {
        const name = parseSegmentFile(file);
        return name !== undefined && (name.sealed || !isLive(name.writer));
      }),
  };
}

/** By the time of the last write, then by name: within one writer that is the order of writing. */
function isBefore(a: SealedSegment, b: SealedSegment): boolean {
  return a.mtime !== b.mtime ? a.mtime < b.mtime : a.id < b.id;
}

/**
 * A random name for this spool, made once. Segment names are unique on one machine only; with this in front, appliances
 * can share a ClickHouse.
 */
export function installationId(dir: string): string {
  const file = join(dir, 'installation');
  try {
    const id = readFileSync(file, 'utf8').trim();
    if (/^[0-9a-f]{16}$/.test(id)) return id;
  } catch {}
  const id = randomBytes(8).toString('hex');
  writeFileSync(`${file}.new`, id, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
  return id;
}
