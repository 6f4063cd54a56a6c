// Writes one lane: takes a batch from the queue, serialises it, appends it to the current segment, seals the segment when it
// is due. A batch that the disk refused is kept and tried again with a growing pause; it is acknowledged once.
//
// A segment is due by rows, by bytes, or by age; by age only once the one before it has been taken away, or after a longer while. While
// the drain is behind, segments grow instead of becoming many: an insert costs ClickHouse about the same for one row and for a thousand.

import { access } from 'node:fs/promises';
import type { Lane, SpoolEvent } from './segment.ts';
import { createSegment, type Disk, type SegmentWriter } from './segment-writer.ts';
import type { WaitingQueue } from './waiting-queue.ts';

export interface LaneOptions {
  dir: string;
  writer: string;
  lane: Lane;
  queue: WaitingQueue;
  disk: Disk;
  now: () => number;
  commitBytes: number;
  sealRows: number;
  sealBytes: number;
  sealMs: number;
  sealAnywayMs: number;
  /** Number of the next segment; unique in the process. */
  nextSegment: () => number;
  onAcknowledged: (rows: number) => void;
  onSealed: () => void;
  /** An event that is no JSON, or a segment that somebody removed. */
  onLost: (kind: 'invalid' | 'removed', cause: unknown) => void;
}

export interface LaneWriter {
  /** Writes one batch and seals what is due. False if there was nothing to write. @throws the disk's error */
  commit(): Promise<boolean>;
  /** Seals now, due or not. */
  seal(): Promise<void>;
  /** Time (`now`) when there is something to do apart from new events, Infinity if there is not. */
  dueAt(): number;
  /** Whether the disk refused something lately, so that it is left alone for now. */
  resting(): boolean;
  /** Rows taken from the queue and not on disk yet. */
  unwritten(): number;
  /** `seq` of the oldest event that is not on disk, Infinity if all are. */
  oldest(): number;
  /** Whether anything is left to write or to seal. */
  unfinished(): boolean;
}

interface Batch {
  data: Buffer;
  rows: number;
  seq: number;
  size: number;
}

const FIRST_REST_MS = 100;
const LAST_REST_MS = 5_000;

export function createLaneWriter(options: LaneOptions): LaneWriter {
  const { dir, writer, lane, queue, disk, now } = options;
  let batch: Batch | undefined;
  let segment: SegmentWriter | undefined;
  /** Segments that are complete but do not have their final name yet. */
  const unsealed: SegmentWriter[] = [];
  /** Path of the last sealed segment. */
  let previous = '';
  /** Time (`now`) until which sealing by age is put off. */
  let waitUntil = 0;
  let failures = 0;
  let restUntil = 0;

  async function commit(): Promise<boolean> {
    try {
      const wrote = await write();
      if (unsealed.length > 0 || (await isDue())) await seal();
      failures = 0;
      return wrote;
    } catch (error) {
      restUntil = now() + Math.min(LAST_REST_MS, FIRST_REST_MS * 2 ** failures++);
      throw error;
    }
  }

  async function write(): Promise<boolean> {
    batch ??= takeBatch();
    if (!batch) return false;
    segment ??= await createSegment({ dir, writer, lane, seq: options.nextSegment(), disk, now });
    await segment.append(batch.data, batch.rows);
    const { rows, size } = batch;
    batch = undefined;
    queue.release(size);
    options.onAcknowledged(rows);
    return true;
  }

  function takeBatch(): Batch | undefined {
    const taken = queue.take(lane, options.commitBytes);
    let size = 0;
    const lines: string[] = [];
    for (const one of taken) {
      size += one.size;
      const line = serialise(one.event);
      if (line !== undefined) lines.push(line);
    }
    if (lines.length > 0)
      return { data: Buffer.from(`${lines.join('\n')}\n`), rows: lines.length, seq: taken[0]?.seq ?? 0, size };
    queue.release(size);
    return undefined;
  }

  function serialise(event: SpoolEvent): string | undefined {
    try {
      const line = JSON.stringify(event);
      // JSON.stringify writes half a surrogate pair as an escape, which ClickHouse refuses together with its whole segment.
      return line.includes('\\ud') ? JSON.stringify(event, wellFormed) : line;
    } catch (error) {
      options.onLost('invalid', error);
      return undefined;
    }
  }

  async function isDue(): Promise<boolean> {
    if (!segment || segment.rows === 0) return false;
    if (segment.rows >= options.sealRows || segment.bytes >= options.sealBytes) return true;
    if (now() < Math.max(waitUntil, segment.since + options.sealMs)) return false;
    if (previous === '' || now() >= segment.since + options.sealAnywayMs || !(await exists(previous))) return true;
    waitUntil = now() + options.sealMs;
    return false;
  }

  async function seal(): Promise<void> {
    if (segment && (segment.rows > 0 || !batch)) {
      unsealed.push(segment);
      segment = undefined;
    }
    for (let next = unsealed[0]; next; next = unsealed[0]) {
      try {
        previous = await next.seal();
      } catch (error) {
        // A file that somebody removed will not come back.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        options.onLost('removed', error);
      }
      unsealed.shift();
      options.onSealed();
    }
  }

  return {
    commit,
    seal,
    unfinished: () => batch !== undefined || queue.size(lane) > 0 || unsealed.length > 0,
    resting: () => restUntil > now(),
    unwritten: () => batch?.rows ?? 0,
    oldest: () => batch?.seq ?? queue.oldest(lane),
    dueAt() {
      if (batch || unsealed.length > 0) return Math.max(now(), restUntil);
      return segment && segment.rows > 0
        ? Math.max(segment.since + options.sealMs, waitUntil, restUntil)
        : Number.POSITIVE_INFINITY;
    },
  };
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function wellFormed(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value;
}
