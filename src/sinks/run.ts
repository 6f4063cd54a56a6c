// Sends what waits for one sink, a batch at a time, in order, until its receiver has acknowledged it.
//
// A turn: wait until there is enough for a batch, or its oldest event has waited long enough; bring the events into the sink's format; send;
// keep what was refused for good as dead letters; acknowledge. Whatever fails is tried again after a pause, the batch as it was.

import type { Event } from '../engine/event.ts';
import type { DeadLetter, DeadLetters } from './dead-letters.ts';
import type { Format } from './formats/format.ts';
import type { SinkQueue, Taken } from './queue.ts';
import { retryPause } from './retry-pause.ts';
import { type Destination, type Outgoing, type Rejected, SinkError } from './sink.ts';

export interface RunOptions {
  queue: SinkQueue;
  dead: DeadLetters;
  format: Format;
  /** Called when the first batch is sent, and again while it throws. */
  open: () => Promise<Destination>;
  batch: { events: number; bytes: number; ageMs: number };
  onTrouble: (message: string, cause: unknown) => void;
  /** Epoch milliseconds. */
  now?: () => number;
  random?: () => number;
}

export interface SinkFigures {
  /** Events since the start: acknowledged, refused for good, skipped because too many waited; and attempts that failed. */
  delivered: number;
  rejected: number;
  skipped: number;
  retries: number;
  pendingEvents: number;
  pendingBytes: number;
  /** Milliseconds since the oldest event that waits happened; 0 if none waits. */
  lagMs: number;
  /** Events per second, over the last minute. */
  perSecond: number;
  /** Why the last attempt failed, '' if it did not. */
  error: string;
  /** Why an attempt failed last, and when; epoch milliseconds, 0 for never. */
  lastError: string;
  lastErrorAt: number;
  lastSuccessAt: number;
}

export interface SinkRun {
  /** Something was added to the queue. */
  wake(): void;
  /** The receiver is known to be there again: ends the pause before the next attempt. */
  hurry(): void;
  figures(): SinkFigures;
  /** Goes on for `graceMs` while batches are taken, then stops. What was not acknowledged waits for the next start. */
  stop(graceMs: number): Promise<void>;
}

const MINUTE = 60_000;

export function runSink(options: RunOptions): SinkRun {
  const { queue, dead, format, batch, onTrouble, now = Date.now, random = Math.random } = options;
  const stopping = new AbortController();
  const figures = { delivered: 0, rejected: 0, retries: 0, error: '', lastError: '', lastErrorAt: 0, lastSuccessAt: 0 };
  let destination: Destination | undefined;
  let closing = false;
  /** When the oldest event that waits happened. */
  let oldest = 0;
  /** Ends a wait for events, and a pause before the next attempt. */
  let endIdle = () => {};
  let endPause = () => {};
  /** Something was added since the last wait began. */
  let woken = false;
  let recent: { at: number; count: number }[] = [];

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        const taken = await nextBatch();
        if (taken) await deliver(taken);
        else if (closing) return;
        else await idle();
      } catch (error) {
        // The disk, or a fault of ours: other sinks must not feel it.
        failed(error);
        await pause(retryPause(1, undefined, random()));
      }
    }
  }

  async function nextBatch(): Promise<Taken | undefined> {
    const first = await queue.take({ events: 1, bytes: 1 });
    if (!first) return undefined;
    oldest = timeOf(first.lines[0] ?? '') ?? now();
    const due = now() + batch.ageMs;
    while (!closing && queue.events < batch.events && queue.bytes < batch.bytes && now() < due) await idle(due - now());
    return queue.take(batch);
  }

  async function deliver(taken: Taken): Promise<void> {
    const { outgoing, letters } = prepare(taken.lines);
    const rejected = outgoing.length === 0 ? [] : await send(outgoing);
    if (rejected === undefined) return;
    for (const { index, reason } of rejected) {
      const event = outgoing[index]?.event;
      if (event) letters.push({ reason, event });
    }
    if (letters.length > 0) await bury(letters);
    const count = outgoing.length - rejected.length;
    figures.delivered += count;
    if (outgoing.length > 0) succeeded(count);
    await queue.acknowledge(taken);
    oldest = 0;
  }

  function prepare(lines: readonly string[]): { outgoing: Outgoing[]; letters: DeadLetter[] } {
    const outgoing: Outgoing[] = [];
    const letters: DeadLetter[] = [];
    for (const line of lines) {
      let event: Event | undefined;
      try {
        event = JSON.parse(line) as Event;
        const text = format(event);
        if (text !== undefined) outgoing.push({ event, text });
      } catch (error) {
        letters.push({ reason: (error as Error).message, ...(event ? { event } : { line }) });
      }
    }
    return { outgoing, letters };
  }

  /** Undefined if it was stopped before. */
  async function send(outgoing: readonly Outgoing[]): Promise<Rejected[] | undefined> {
    let taken = 0;
    for (let failures = 1; !stopping.signal.aborted; failures++) {
      try {
        destination ??= await options.open();
        const rejected = await orStopped(destination.send(outgoing.slice(taken), stopping.signal));
        return rejected.map(({ index, reason }) => ({ index: index + taken, reason }));
      } catch (error) {
        if (stopping.signal.aborted) return undefined;
        if (error instanceof SinkError) taken += error.taken;
        figures.retries++;
        failed(error);
        if (closing) return void abort();
        await pause(retryPause(failures, error instanceof SinkError ? error.retryAfterMs : undefined, random()));
      }
    }
    return undefined;
  }

  /** Nothing that was refused is acknowledged before it is kept. */
  async function bury(letters: readonly DeadLetter[]): Promise<void> {
    for (let failures = 1; !stopping.signal.aborted; failures++) {
      try {
        await dead.write(letters, now());
        figures.rejected += letters.length;
        onTrouble(
          `${letters.length} events were refused for good, and are kept as dead letters: ${letters[0]?.reason}`,
          undefined,
        );
        return;
      } catch (error) {
        failed(error);
        await pause(retryPause(failures, undefined, random()));
      }
    }
  }

  function orStopped<T>(work: Promise<T>): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    const stop = () => reject(new SinkError('stopped'));
    stopping.signal.addEventListener('abort', stop, { once: true });
    if (stopping.signal.aborted) stop();
    return Promise.race([work, promise]).finally(() => stopping.signal.removeEventListener('abort', stop));
  }

  function succeeded(count: number): void {
    figures.error = '';
    figures.lastSuccessAt = now();
    const last = recent.at(-1);
    if (last && now() - last.at < 1_000) last.count += count;
    else recent.push({ at: now(), count });
    recent = recent.filter(({ at }) => now() - at < MINUTE);
  }

  function failed(error: unknown): void {
    const { message } = error as Error;
    figures.error = message || 'unknown error';
    figures.lastError = figures.error;
    figures.lastErrorAt = now();
    onTrouble(figures.error, error);
  }

  /** Until something is added, it is time to stop, or the time is over. */
  async function idle(ms?: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    endIdle = resolve;
    const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
    if (!closing && !woken) await promise;
    woken = false;
    clearTimeout(timer);
  }

  /** Until the time is over, or it is time to stop. */
  async function pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    endPause = resolve;
    const timer = setTimeout(resolve, ms);
    if (!stopping.signal.aborted) await promise;
    clearTimeout(timer);
  }

  function abort(): void {
    stopping.abort();
    endPause();
  }

  const running = run();

  return {
    wake() {
      woken = true;
      endIdle();
    },
    hurry: () => endPause(),
    figures: () => ({
      ...figures,
      skipped: queue.skipped,
      pendingEvents: queue.events,
      pendingBytes: queue.bytes,
      lagMs: queue.events === 0 || oldest === 0 ? 0 : Math.max(0, now() - oldest),
      perSecond: recent.reduce((sum, { at, count }) => (now() - at < MINUTE ? sum + count : sum), 0) / 60,
    }),
    async stop(graceMs) {
      closing = true;
      // A receiver that is down will not come back within the grace.
      if (figures.error !== '') abort();
      endIdle();
      const timer = setTimeout(abort, graceMs);
      await running;
      clearTimeout(timer);
      await destination?.close().catch(() => {});
      await queue.close();
    },
  };
}

/** When the event of a line happened: an exchange counts from its end. */
function timeOf(line: string): number | undefined {
  try {
    const { ts, duration_ms = 0 } = JSON.parse(line) as { ts?: number; duration_ms?: number };
    return ts === undefined ? undefined : ts + duration_ms;
  } catch {
    return undefined;
  }
}
