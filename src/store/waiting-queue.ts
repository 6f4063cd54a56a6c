// Events that wait for the disk, by lane and in order, within a bound of memory.
//
// When there is no room the least worth goes first: benign flows and their counts, then other flows. Audit events and
// blocked flows may use the bound a second time; only beyond that are they given up too, because the alternative is to
// lose everything by running out of memory.

import { EXPENDABLE, type Lane, laneOf, type SpoolEvent, type Worth, worthOf } from './segment.ts';

export interface Waiting {
  event: SpoolEvent;
  /** Counts all events of this process, from 1. */
  seq: number;
  /** Bytes, estimated. */
  size: number;
  worth: Worth;
}

export interface WaitingQueue {
  /** Queues an event; false if it was given up instead. */
  push(event: SpoolEvent): boolean;
  /** Takes the oldest events of a lane, at most `bytes` of them but at least one. Their memory counts until `release`. */
  take(lane: Lane, bytes: number): Waiting[];
  release(bytes: number): void;
  /** Gives up everything. */
  clear(): void;
  lanes(): Lane[];
  size(lane: Lane): number;
  /** `seq` of the lane's oldest event, Infinity if there is none. */
  oldest(lane: Lane): number;
  /** `seq` of the newest event. */
  readonly newest: number;
  /** Bytes queued or taken but not released. */
  readonly memory: number;
}

/** @param onDrop called for each event that is given up. */
export function createWaitingQueue(limitBytes: number, onDrop: (worth: Worth) => void): WaitingQueue {
  const lanes = new Map<Lane, Waiting[]>();
  /** Bytes in the queues, by worth. */
  const queued: [number, number, number] = [0, 0, 0];
  let memory = 0;
  let newest = 0;

  function push(event: SpoolEvent): boolean {
    const worth = worthOf(event);
    const size = sizeOf(event);
    if (memory + size > limitBytes && !makeRoom(size, worth)) {
      onDrop(worth);
      return false;
    }
    memory += size;
    queued[worth] += size;
    const waiting = { event, seq: ++newest, size, worth };
    const lane = laneOf(event);
    const queue = lanes.get(lane);
    if (queue) queue.push(waiting);
    else lanes.set(lane, [waiting]);
    return true;
  }

  /** Gives up events that are worth less than a new one. */
  function makeRoom(size: number, worth: Worth): boolean {
    // Down to nine tenths, so that the queues are not walked for every event.
    const target = limitBytes * 0.9 - size;
    for (const low of [0, 1] as const) {
      if (low >= worth || memory + size <= limitBytes) break;
      for (const lane of EXPENDABLE) if (queued[low] > 0) discard(lane, low, target);
    }
    return memory + size <= (worth === 2 ? 2 : 1) * limitBytes;
  }

  function discard(lane: Lane, worth: Worth, target: number): void {
    const kept = lanes.get(lane)?.filter((one) => {
      if (one.worth !== worth || memory <= target) return true;
      memory -= one.size;
      queued[worth] -= one.size;
      onDrop(worth);
      return false;
    });
    if (kept) lanes.set(lane, kept);
  }

  function take(lane: Lane, bytes: number): Waiting[] {
    const queue = lanes.get(lane) ?? [];
    let count = 0;
    let size = 0;
    while (count < queue.length && (count === 0 || size + queue[count]!.size <= bytes)) size += queue[count++]!.size;
    const taken = queue.splice(0, count);
    for (const one of taken) queued[one.worth] -= one.size;
    return taken;
  }

  return {
    push,
    take,
    release(bytes) {
      memory -= bytes;
    },
    clear() {
      for (const lane of lanes.keys()) {
        for (const one of take(lane, Number.POSITIVE_INFINITY)) {
          memory -= one.size;
          onDrop(one.worth);
        }
      }
    },
    lanes: () => [...lanes.keys()],
    size: (lane) => lanes.get(lane)?.length ?? 0,
    oldest: (lane) => lanes.get(lane)?.[0]?.seq ?? Number.POSITIVE_INFINITY,
    get newest() {
      return newest;
    },
    get memory() {
      return memory;
    },
  };
}

/** Roughly the bytes of an event as JSON: exact lengths would cost as much as serialising it. */
function sizeOf(event: SpoolEvent): number {
  let size = 640;
  for (const name in event) {
    const value: unknown = event[name as keyof SpoolEvent];
    if (typeof value === 'string') size += value.length;
    else if (Array.isArray(value)) for (const item of value) size += 3 + String(item).length;
  }
  return size;
}
