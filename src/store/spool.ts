// The spool: where an event goes before anything else may happen to it. `append` only queues; every commitMs or
// commitBytes the queue is written to segments and synced, and only then are its events acknowledged.
//
// Files: waiting-queue.ts holds what waits and decides what is given up, lane-writer.ts writes and seals, segment-writer.ts
// keeps one file whole. Here: when to commit, who waits for it, and what is reported.

import { DaylightError } from '../errors.ts';
import { createLaneWriter, type LaneWriter } from './lane-writer.ts';
import type { Lane, SpoolEvent, Worth } from './segment.ts';
import { type Disk, realDisk } from './segment-writer.ts';
import { createWaitingQueue } from './waiting-queue.ts';

export interface SpoolOptions {
  dir: string;
  /** Unique per process start: `processIdentity('worker')`. Also tells the drain whether this process still lives. */
  writer: string;
  /** Memory that waiting events may take, bytes (estimated). */
  limitBytes?: number;
  commitMs?: number;
  commitBytes?: number;
  sealRows?: number;
  sealBytes?: number;
  /** Milliseconds after which a segment is sealed, if the one before it has been taken away. */
  sealMs?: number;
  /** Milliseconds after which it is sealed in any case, for the sake of readers that are not behind. By default it waits. */
  sealAnywayMs?: number;
  /** Called at most once a minute for each kind of trouble. */
  onError: (error: DaylightError) => void;
  disk?: Disk;
  /** Milliseconds, monotonic: the wall clock may be set back. */
  now?: () => number;
}

export interface SpoolStats {
  appended: number;
  acknowledged: number;
  /** Events given up: benign, other flows, audit and blocked; `invalid` could not be serialised. */
  dropped: { benign: number; flows: number; kept: number; invalid: number };
  waiting: number;
  waitingBytes: number;
  sealed: number;
  errors: number;
}

export interface Spool {
  /** Queues an event; never throws and never waits. The event must not be changed afterwards. */
  append(event: SpoolEvent): void;
  /** Resolves when everything appended so far is on disk (or was given up and counted). */
  flush(): Promise<void>;
  /** Events on disk for certain. */
  readonly acknowledged: number;
  /** Commits and seals what is left; gives up after 5 s of a failing disk. */
  close(): Promise<void>;
  stats(): SpoolStats;
}

/** `sealAnywayMs` where somebody besides ClickHouse reads: they wait no longer while ClickHouse is behind. */
export const SEAL_ANYWAY_MS = 30_000;

const MIB = 1024 * 1024;
const CLOSE_MS = 5_000;
const CLOSE_RETRY_MS = 100;
const REPORT_MS = 60_000;
const WORTHS = ['benign', 'flows', 'kept'] as const;

/** Opens the spool of this process. Nothing touches the disk before the first commit. */
export function openSpool(options: SpoolOptions): Spool {
  const { dir, writer, onError, limitBytes = 64 * MIB, commitMs = 50, commitBytes = 256 * 1024 } = options;
  const {
    sealRows = 10_000,
    sealBytes = 8 * MIB,
    sealMs = 1_000,
    sealAnywayMs = Number.POSITIVE_INFINITY,
    disk = realDisk,
    now = () => performance.now(),
  } = options;

  const queue = createWaitingQueue(limitBytes, drop);
  const lanes = new Map<Lane, LaneWriter>();
  const dropped = { benign: 0, flows: 0, kept: 0, invalid: 0 };
  const reported = new Map<string, number>();
  let appended = 0;
  let acknowledged = 0;
  let sealed = 0;
  let errors = 0;
  let segments = 0;
  let closing = false;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let waiters: { seq: number; resolve: () => void }[] = [];

  function append(event: SpoolEvent): void {
    if (closed) {
      dropped.flows++;
      return;
    }
    if (!queue.push(event)) return;
    appended++;
    if (queue.memory >= commitBytes) start();
    else timer ??= setTimeout(start, commitMs);
  }

  function drop(worth: Worth): void {
    dropped[WORTHS[worth]]++;
    report('dropped', 'the queue in memory is full');
  }

  function report(kind: string, cause: unknown): void {
    errors++;
    if (now() - (reported.get(kind) ?? Number.NEGATIVE_INFINITY) < REPORT_MS) return;
    reported.set(kind, now());
    const lost = dropped.benign + dropped.flows + dropped.kept + dropped.invalid;
    const why = cause instanceof Error ? cause.message : String(cause);
    const state = `${queue.memory} bytes wait in memory, ${lost} events were given up so far`;
    const message = `the spool in ${dir} cannot be written: ${why}. ${state}. Check the disk's space and health`;
    onError(new DaylightError('ERR_SPOOL', message, { cause }));
  }

  function writerOf(lane: Lane): LaneWriter {
    let found = lanes.get(lane);
    if (!found) {
      found = createLaneWriter({
        ...{ dir, writer, lane, queue, disk, now, commitBytes, sealRows, sealBytes, sealMs, sealAnywayMs },
        nextSegment: () => ++segments,
        onAcknowledged: (rows) => {
          acknowledged += rows;
        },
        onSealed: () => {
          sealed++;
        },
        onLost: (kind, cause) => {
          if (kind === 'invalid') dropped.invalid++;
          report(kind, cause);
        },
      });
      lanes.set(lane, found);
    }
    return found;
  }

  function start(): void {
    clearTimeout(timer);
    timer = undefined;
    if (running) return;
    running = commitAll().finally(() => {
      running = undefined;
      schedule();
    });
  }

  /** One batch of each lane in turn, and on while whole batches wait. What came meanwhile waits for the next commit. */
  async function commitAll(): Promise<void> {
    let wrote = true;
    for (let rounds = 0; wrote && (rounds === 0 || isUrgent()); rounds++) {
      wrote = false;
      for (const lane of queue.lanes()) {
        const one = writerOf(lane);
        if (one.resting() && !closing) continue;
        try {
          if (await one.commit()) wrote = true;
        } catch (error) {
          report((error as NodeJS.ErrnoException).code ?? 'unknown', error);
        }
        settle();
      }
    }
  }

  const isUrgent = () => queue.memory >= commitBytes || waiters.length > 0 || closing;

  function schedule(): void {
    if (timer || closed) return;
    let due = Math.min(...[...lanes.values()].map((one) => one.dueAt()));
    if (queue.lanes().some((lane) => queue.size(lane) > 0)) due = Math.min(due, now() + commitMs);
    if (due !== Number.POSITIVE_INFINITY) timer = setTimeout(start, Math.max(1, due - now()));
  }

  /** Resolves the flushes whose events are on disk. */
  function settle(): void {
    if (waiters.length === 0) return;
    const oldest = Math.min(...queue.lanes().map((lane) => writerOf(lane).oldest()));
    const done = waiters.filter((waiter) => waiter.seq < oldest);
    waiters = waiters.filter((waiter) => waiter.seq >= oldest);
    for (const waiter of done) waiter.resolve();
  }

  async function flush(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiters.push({ seq: queue.newest, resolve });
    settle();
    start();
    await promise;
  }

  async function close(): Promise<void> {
    if (closing) return;
    closing = true;
    for (const deadline = now() + CLOSE_MS; ; ) {
      start();
      await running;
      // Held like a commit, so that none starts while segments are sealed.
      running = sealAll();
      await running;
      running = undefined;
      if (![...lanes.values()].some((one) => one.unfinished()) || now() > deadline) break;
      await new Promise((resolve) => setTimeout(resolve, CLOSE_RETRY_MS));
    }
    closed = true;
    clearTimeout(timer);
    for (const one of lanes.values()) dropped.flows += one.unwritten();
    queue.clear();
    for (const waiter of waiters) waiter.resolve();
    waiters = [];
  }

  async function sealAll(): Promise<void> {
    for (const one of lanes.values()) await one.seal().catch((error: unknown) => report('seal', error));
  }

  return {
    append,
    flush,
    close,
    get acknowledged() {
      return acknowledged;
    },
    stats: () => {
      let waiting = 0;
      for (const lane of queue.lanes()) waiting += queue.size(lane) + writerOf(lane).unwritten();
      return { appended, acknowledged, dropped: { ...dropped }, waiting, waitingBytes: queue.memory, sealed, errors };
    },
  };
}
