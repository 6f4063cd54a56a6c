// The drain: moves sealed segments from the spool to their readers, oldest first, one in flight per table and reader.
//
// Order: scan the folder, which also takes over open segments of dead writers; delete what all readers have passed; hold the disk cap, for
// each reader by what it alone has not read, so that none loses events because of another; hand each table's oldest segment to each
// reader, again and again until it takes it (0.1 to 30 s between attempts). It runs in the main process only. A second drain on the same folder would be harmless: inserts are deduplicated.

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { type Cursors, openCursors, type Reader } from './cursor.ts';
import { clickhouseReader } from './insert.ts';
import { isProcessLive } from './process-identity.ts';
import { installationId, openSpoolFolder, type SealedSegment } from './spool-folder.ts';

export interface DrainOptions {
  /** The spool folder. */
  dir: string;
  /** The writing client, or a function that returns the current one (null while there is none). */
  client: ClickHouseClient | null | (() => ClickHouseClient | null);
  database: string;
  /** Readers besides ClickHouse. */
  readers?: readonly Reader[];
  /** Whether the writer of a segment still runs; by default the process is looked up. A wrong `false` loses events. */
  isLive?: (writer: string) => boolean;
  /** Disk that sealed segments which one reader has not read may take, bytes. */
  limitBytes?: number;
  /** Milliseconds between scans of the folder. */
  scanMs?: number;
  /** Trouble that people should know of, at most once a minute for each `kind`. */
  onTrouble: (trouble: { kind: TroubleKind; message: string; cause?: unknown }) => void;
}

export type TroubleKind = 'retry' | 'dead' | 'restored' | 'cap' | 'scan';

export interface DrainStats {
  pendingSegments: number;
  pendingBytes: number;
  /** Milliseconds since the oldest pending segment was last written. */
  lagMs: number;
  /** Segments that ClickHouse took. */
  delivered: number;
  deliveredBytes: number;
  /** Rows that ClickHouse lost when it was killed, and got again. */
  restored: number;
  /** Segments with bad lines, kept in `dead/`. */
  dead: number;
  /** Segments that a reader skipped because of the disk cap, and how many bytes. */
  capped: number;
  cappedBytes: number;
  retries: number;
  /** Why a reader does not take its segment at the moment, '' if all do. */
  lastError: string;
}

export interface Drain {
  /** Resolves when everything sealed, and everything dead writers left, has been delivered. */
  idle(): Promise<void>;
  /** Finishes what is in flight, at most for `graceMs`. */
  stop(graceMs?: number): Promise<void>;
  stats(): DrainStats;
}

const REPORT_MS = 60_000;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 30_000;

export function startDrain(options: DrainOptions): Drain {
  const { dir, client, limitBytes = 4 * 1024 ** 3, scanMs = 200, onTrouble } = options;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const folder = openSpoolFolder(dir, options.isLive ?? isProcessLive);
  const deadDir = join(dir, 'dead');
  const clickhouse = clickhouseReader({
    client: typeof client === 'function' ? client : () => client,
    database: options.database,
    installation: installationId(dir),
    deadDir,
    onRestored: ({ id }, rows) => {
      stats.restored += rows;
      trouble('restored', `ClickHouse had lost ${rows} rows of segment ${id} when it ended; they were stored again`);
    },
    onDead: ({ id }, error) => {
      stats.dead++;
      trouble('dead', `ClickHouse refused lines of segment ${id}: ${firstLine(error)}. It is kept in ${deadDir}`, error);
    },
  });
  const readers = [clickhouse, ...(options.readers ?? [])];

  const stats = { delivered: 0, deliveredBytes: 0, restored: 0, dead: 0, capped: 0, cappedBytes: 0, retries: 0 };
  /** What each loop fails on at the moment. */
  const failing = new Map<string, string>();
  const reported = new Map<string, number>();
  /** One loop per reader and table: how to wake it, and its end. */
  const loops = new Map<string, { wake: () => void; done: Promise<void> }>();
  const sleepers = new Set<() => void>();
  let cursors: Cursors | undefined;
  let scanning: Promise<void> | undefined;
  let stopped = false;

  function trouble(kind: TroubleKind, message: string, cause?: unknown): void {
    if (Date.now() - (reported.get(kind) ?? 0) < REPORT_MS) return;
    reported.set(kind, Date.now());
    onTrouble({ kind, message, cause });
  }

  function scan(): Promise<void> {
    scanning ??= scanOnce()
      .catch((error: unknown) => trouble('scan', `cannot read the spool in ${dir}: ${firstLine(error)}`, error))
      .finally(() => {
        scanning = undefined;
      });
    return scanning;
  }

  async function scanOnce(): Promise<void> {
    await folder.scan();
    const names = readers.map((reader) => reader.name);
    cursors ??= openCursors(dir, names, new Set(folder.segments.keys()));
    // Killed between the two, or a reader that wanted them is not configured any more.
    for (const segment of [...folder.segments.values()]) if (isPassed(segment)) await remove(segment);
    for (const reader of readers) await holdCap(reader, cursors);
    for (const { table } of folder.segments.values()) for (const reader of wanting(table)) ensureLoop(reader, table);
    for (const loop of loops.values()) loop.wake();
  }

  async function holdCap(reader: Reader, known: Cursors): Promise<void> {
    const isUnread = ({ table, id }: SealedSegment) => (reader.wants?.(table) ?? true) && !known.hasPassed(reader.name, id);
    for (const segment of folder.excess(limitBytes, reader.name, isUnread)) {
      stats.capped++;
      stats.cappedBytes += segment.bytes;
      const what = `${reader.name} does not get the oldest ${segment.lane} events`;
      trouble('cap', `the spool in ${dir} reached its limit of ${limitBytes} bytes: ${what}`);
      await passed(reader, segment);
    }
  }

  async function passed(reader: Reader, segment: SealedSegment): Promise<void> {
    const all = wanting(segment.table).map(({ name }) => name);
    if (cursors?.pass(reader.name, segment.id, all)) await remove(segment);
  }

  function isPassed({ table, id, inHand }: SealedSegment): boolean {
    return inHand.size === 0 && wanting(table).every(({ name }) => cursors?.hasPassed(name, id));
  }

  function wanting(table: string): Reader[] {
    return readers.filter((reader) => reader.wants?.(table) ?? true);
  }

  async function remove(segment: SealedSegment): Promise<void> {
    await folder.remove(segment);
    cursors?.forget(segment.id);
  }

  function ensureLoop(reader: Reader, table: string): void {
    const key = `${reader.name} ${table}`;
    if (stopped || loops.has(key)) return;
    const loop = { wake: () => {}, done: Promise.resolve() };
    loops.set(key, loop);
    loop.done = serve(reader, table, key, loop);
  }

  /** Hands the segments of one table to one reader, for as long as the drain runs. */
  async function serve(reader: Reader, table: string, key: string, loop: { wake: () => void }): Promise<void> {
    let failures = 0;
    while (!stopped) {
      const segment = folder.next(table, ({ id }) => !cursors?.hasPassed(reader.name, id));
      if (!segment) {
        const { promise, resolve } = Promise.withResolvers<void>();
        loop.wake = resolve;
        await promise;
        continue;
      }
      segment.inHand.add(reader.name);
      try {
        if (segment.bytes > 0) await reader.deliver(segment);
        failures = 0;
        failing.delete(key);
        if (reader === clickhouse) {
          stats.delivered++;
          stats.deliveredBytes += segment.bytes;
        }
        await passed(reader, segment);
      } catch (error) {
        const why = firstLine(error);
        stats.retries++;
        failing.set(key, why);
        // A segment whose file is gone (deleted by hand) will not come back.
        if (!existsSync(segment.path)) await remove(segment);
        trouble('retry', `${reader.name} does not take segment ${segment.id}, trying again: ${why}`, error);
        await pause(Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures++, 10)) * (0.5 + Math.random() / 2));
      } finally {
        segment.inHand.delete(reader.name);
      }
    }
  }

  /** Sleeps until the time is over or the drain stops. */
  async function pause(ms: number): Promise<void> {
    if (stopped) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    sleepers.add(resolve);
    await promise;
    sleepers.delete(resolve);
    clearTimeout(timer);
  }

  async function idle(): Promise<void> {
    // A scan that is under way may have read the folder before the last segment was sealed.
    await scanning;
    await scan();
    while (!stopped && !folder.isEmpty()) {
      await pause(Math.min(scanMs, 50));
      if (folder.segments.size === 0) await scan();
    }
  }

  async function watch(): Promise<void> {
    while (!stopped) {
      await scan();
      await pause(scanMs);
    }
  }
  const watching = watch();

  return {
    idle,
    async stop(graceMs = 5_000) {
      stopped = true;
      for (const wake of sleepers) wake();
      for (const loop of loops.values()) loop.wake();
      let timer: NodeJS.Timeout | undefined;
      const grace = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, graceMs);
      });
      await Promise.race([Promise.all([watching, ...[...loops.values()].map((loop) => loop.done)]), grace]);
      clearTimeout(timer);
    },
    stats: () => {
      const oldest = Math.min(...[...folder.segments.values()].map((segment) => segment.mtime));
      return {
        pendingSegments: folder.segments.size,
        pendingBytes: folder.bytes(),
        lagMs: folder.segments.size === 0 ? 0 : Math.max(0, Date.now() - oldest),
        ...stats,
        lastError: [...failing.values()][0] ?? '',
      };
    },
  };
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return (message || (error as NodeJS.ErrnoException).code || 'unknown error').split('\n')[0] ?? '';
}
