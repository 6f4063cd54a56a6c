import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Event } from '../../src/engine/event.ts';
import { isPrecious } from '../../src/sinks/choose.ts';
import { openDeadLetters, releaseDeadLetters } from '../../src/sinks/dead-letters.ts';
import { openSinkQueue, type SinkQueue } from '../../src/sinks/queue.ts';
import { retryPause } from '../../src/sinks/retry-pause.ts';
import { type RunOptions, runSink, type SinkRun } from '../../src/sinks/run.ts';
import { type Destination, type Outgoing, type Rejected, SinkError } from '../../src/sinks/sink.ts';

let dir: string;
let queue: SinkQueue;
let runs: SinkRun[];
let troubles: string[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'daylight-run-'));
  queue = await openSinkQueue({ dir: join(dir, 'queue'), limitBytes: 10_000_000, isPrecious });
  runs = [];
  troubles = [];
});

afterEach(async () => {
  for (const run of runs) await run.stop(0);
  await queue.close();
  await rm(dir, { recursive: true, force: true });
});

/** A destination that keeps what it takes; `behave` may refuse, fail or wait. */
function collector(behave: (batch: readonly Outgoing[]) => Promise<Rejected[]> | Rejected[] = () => []) {
  const taken: string[] = [];
  const sizes: number[] = [];
  const destination: Destination = {
    async send(batch) {
      const rejected = await behave(batch);
      sizes.push(batch.length);
      taken.push(...batch.filter((_, index) => !rejected.some((one) => one.index === index)).map(({ text }) => text));
      return rejected;
    },
    async close() {},
  };
  return { destination, taken, sizes };
}

function start(destination: Destination, options: Partial<RunOptions> = {}): SinkRun {
  const run = runSink({
    queue,
    dead: openDeadLetters(join(dir, 'dead')),
    format: (event) => (event.kind === 'tool_seen' ? undefined : event.event_id),
    open: async () => destination,
    batch: { events: 10, bytes: 100_000, ageMs: 0 },
    onTrouble: (message) => troubles.push(message),
    random: () => 0.01,
    ...options,
  });
  runs.push(run);
  return run;
}

async function add(run: SinkRun, ...ids: string[]): Promise<void> {
  const lines = ids.map((id) => `${JSON.stringify({ kind: 'http_flow', ts: 1_000, duration_ms: 500, event_id: id })}\n`).join('');
  await queue.append(Buffer.from(lines), ids.length);
  run.wake();
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}
const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, n) => String(n + from));

async function deadLetters(): Promise<{ reason: string; event?: Event; line?: string }[]> {
  const names = existsSync(join(dir, 'dead')) ? await readdir(join(dir, 'dead')) : [];
  const texts = await Promise.all(names.map((name) => readFile(join(dir, 'dead', name), 'utf8')));
  return texts.flatMap((text) =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  );
}

describe('runSink', () => {
  test('sends everything in order, in batches', async () => {
    const { destination, taken, sizes } = collector();
    const run = start(destination);
    await add(run, ...numbers(25));
    await until(() => run.figures().pendingEvents === 0);
    expect(taken).toEqual(numbers(25));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(10);
    expect(run.figures()).toMatchObject({ delivered: 25, rejected: 0, retries: 0, lagMs: 0, error: '', pendingBytes: 0 });
  });

  test('waits until a batch is full or old enough', async () => {
    const { destination, sizes } = collector();
    const run = start(destination, { batch: { events: 10, bytes: 100_000, ageMs: 60_000 } });
    for (const id of numbers(9)) await add(run, id);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(sizes).toEqual([]);
    await add(run, '9');
    await until(() => sizes.length > 0);
    expect(sizes).toEqual([10]);
  });

  test('sends a batch again until it is taken, and tells why and how far it is behind', async () => {
    let failures = 3;
    const { destination, taken } = collector(() => {
      if (failures-- > 0) throw new SinkError('the receiver is busy');
      return [];
    });
    const run = start(destination, { now: () => 61_500 });
    await add(run, ...numbers(12));
    await until(() => run.figures().retries === 1);
    expect(run.figures()).toMatchObject({ error: 'the receiver is busy', lagMs: 60_000, lastErrorAt: 61_500, pendingEvents: 12 });
    await until(() => taken.length === 12);
    expect(taken).toEqual(numbers(12));
    await until(() => run.figures().pendingEvents === 0);
    expect(run.figures()).toMatchObject({ retries: 3, error: '', lastError: 'the receiver is busy', lastSuccessAt: 61_500 });
    expect(troubles).toContain('the receiver is busy');
  });

  test('goes on behind what was taken of a batch', async () => {
    let failures = 1;
    const { destination, taken } = collector((batch) => {
      if (failures-- > 0) {
        taken.push(...batch.slice(0, 4).map(({ text }) => text));
        throw new SinkError('then it broke', { taken: 4 });
      }
      return [];
    });
    const run = start(destination);
    await add(run, ...numbers(8));
    await until(() => run.figures().pendingEvents === 0);
    expect(taken).toEqual(numbers(8));
  });

  test('keeps what is refused for good, what has no form and what is no event, and delivers the rest', async () => {
    const { destination, taken } = collector((batch) =>
      batch.flatMap(({ text }, index) => (text === '3' ? [{ index, reason: 'too long' }] : [])),
    );
    const run = start(destination, {
      format(event) {
        if (event.event_id === '5') throw new Error('no such level');
        return event.event_id;
      },
    });
    await queue.append(Buffer.from('{"torn\n'), 1);
    await add(run, ...numbers(8));
    await until(() => run.figures().pendingEvents === 0);
    expect(taken).toEqual(['0', '1', '2', '4', '6', '7']);
    const letters = await deadLetters();
    expect(letters.map(({ reason, event, line }) => [event?.event_id ?? line, reason])).toEqual([
      ['{"torn', expect.any(String)],
      ['5', 'no such level'],
      ['3', 'too long'],
    ]);
    expect(run.figures().rejected).toBe(3);
  });

  test('passes over events for which its format has nothing', async () => {
    const { destination, taken } = collector();
    const run = start(destination);
    await queue.append(Buffer.from('{"kind":"tool_seen","event_id":"t"}\n'), 1);
    await add(run, 'a');
    await until(() => run.figures().pendingEvents === 0);
    expect([taken, run.figures().delivered, await deadLetters()]).toEqual([['a'], 1, []]);
  });

  test('a destination that cannot be made is tried again', async () => {
    const { destination, taken } = collector();
    let faults = 2;
    const run = start(destination, {
      async open() {
        if (faults-- > 0) throw new Error('the secret file is missing');
        return destination;
      },
    });
    await add(run, 'a');
    await until(() => taken.length === 1);
    expect(run.figures().lastError).toBe('the secret file is missing');
  });

  test('stops at once while a receiver hangs, and the next start sends what was not acknowledged', async () => {
    const hanging = collector(() => new Promise<Rejected[]>(() => {}));
    const run = start(hanging.destination);
    await add(run, 'a', 'b');
    await new Promise((resolve) => setTimeout(resolve, 10));
    await run.stop(20);
    queue = await openSinkQueue({ dir: join(dir, 'queue'), limitBytes: 10_000_000, isPrecious });
    const { destination, taken } = collector();
    start(destination);
    await until(() => taken.length === 2);
    expect(taken).toEqual(['a', 'b']);
  });

  test('on stopping it sends what waits, if the receiver takes it', async () => {
    const { destination, taken } = collector();
    const run = start(destination, { batch: { events: 10, bytes: 100_000, ageMs: 60_000 } });
    await add(run, ...numbers(3));
    await run.stop(5_000);
    expect(taken).toEqual(numbers(3));
  });
});

describe('retryPause', () => {
  test('doubles up to a minute, of which chance takes any part', () => {
    expect([1, 2, 3, 8, 50].map((failures) => retryPause(failures, undefined, 1))).toEqual([500, 1_000, 2_000, 60_000, 60_000]);
    expect(retryPause(8, undefined, 0.25)).toBe(15_000);
    expect(retryPause(3, undefined, 0)).toBe(0);
  });

  test('is never shorter than the receiver asks for, up to an hour', () => {
    expect(retryPause(1, 30_000, 0)).toBe(30_000);
    expect(retryPause(1, 30_000, 1)).toBe(30_500);
    expect(retryPause(1, 86_400_000, 0)).toBe(3_600_000);
  });
});

describe('openDeadLetters', () => {
  test('has a bound: the oldest go', async () => {
    const dead = openDeadLetters(join(dir, 'dead'), 8_000);
    for (let n = 0; n < 100; n++) await dead.write([{ reason: 'x'.repeat(300), line: String(n) }], n * 1_000);
    const letters = await deadLetters();
    const sum = letters.reduce((bytes, letter) => bytes + JSON.stringify(letter).length, 0);
    expect(sum).toBeLessThan(10_000);
    expect(letters.map(({ line }) => line)).toContain('99');
    expect(letters.map(({ line }) => line)).not.toContain('0');
  });

  test('returns what was released to a queue, oldest first; what is written meanwhile stays', async () => {
    const dead = openDeadLetters(join(dir, 'dead'));
    const event = { kind: 'http_flow', event_id: 'a' } as Event;
    await dead.write([{ reason: 'r', event }], 1);
    await dead.write([{ reason: 'r', line: '{"torn' }], 2);
    expect(await releaseDeadLetters(join(dir, 'dead'))).toBe(2);
    expect(await releaseDeadLetters(join(dir, 'dead'))).toBe(0);
    await dead.write([{ reason: 'later', line: 'x' }], 3);
    await dead.returnTo(queue, 10_000_000);
    expect((await queue.take({ events: 10, bytes: 10_000 }))?.lines).toEqual([JSON.stringify(event), '{"torn']);
    expect(await deadLetters()).toEqual([expect.objectContaining({ reason: 'later' })]);
    await dead.returnTo(queue, 10_000_000);
    expect(queue.events).toBe(2);
  });

  test('keeps what was released until the queue has it, and has room for it', async () => {
    const dead = openDeadLetters(join(dir, 'dead'));
    await dead.write([{ reason: 'r', line: 'a'.repeat(80) }], 1);
    await appendFile(join(dir, 'dead', (await readdir(join(dir, 'dead')))[0]!), '{"cut off by a cra');
    expect(await releaseDeadLetters(join(dir, 'dead'))).toBe(2);
    const full: Pick<SinkQueue, 'append' | 'bytes'> = { bytes: 1, append: (...given) => queue.append(...given) };
    const broken = { bytes: 0, append: () => Promise.reject(new Error('no space left')) };
    await dead.returnTo(full, 100);
    await expect(dead.returnTo(broken, 1_000)).rejects.toThrow('no space left');
    expect(queue.events).toBe(0);
    // As after a crash: another process, the same folders.
    await openDeadLetters(join(dir, 'dead')).returnTo(queue, 1_000);
    expect((await queue.take({ events: 10, bytes: 10_000 }))?.lines).toEqual(['a'.repeat(80), '{"cut off by a cra']);
  });
});
