import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isPrecious } from '../../src/sinks/choose.ts';
import { openSinkQueue, type QueueOptions, type SinkQueue } from '../../src/sinks/queue.ts';

let dir: string;
let queues: SinkQueue[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'daylight-queue-'));
  queues = [];
});

afterEach(async () => {
  for (const queue of queues) await queue.close();
  await rm(dir, { recursive: true, force: true });
});

async function open(options: Partial<QueueOptions> = {}): Promise<SinkQueue> {
  const queue = await openSinkQueue({ dir, limitBytes: 1_000_000, isPrecious, ...options });
  queues.push(queue);
  return queue;
}

const line = (n: number, kind = 'http_flow') => JSON.stringify({ kind, n });
const add = (queue: SinkQueue, ...lines: string[]) =>
  queue.append(Buffer.from(lines.map((each) => `${each}\n`).join('')), lines.length);
const MOST = { events: 100, bytes: 100_000 };

async function takeAll(queue: SinkQueue): Promise<string[]> {
  const lines: string[] = [];
  for (let taken = await queue.take(MOST); taken; taken = await queue.take(MOST)) {
    lines.push(...taken.lines);
    await queue.acknowledge(taken);
  }
  return lines;
}

describe('openSinkQueue', () => {
  test('gives lines in order, the same ones until they are acknowledged', async () => {
    const queue = await open();
    await add(queue, line(1), line(2), line(3));
    const first = await queue.take({ events: 2, bytes: 1_000 });
    expect(first?.lines).toEqual([line(1), line(2)]);
    expect((await queue.take({ events: 2, bytes: 1_000 }))?.lines).toEqual(first?.lines);
    await queue.acknowledge(first!);
    expect(queue.events).toBe(1);
    expect(await takeAll(queue)).toEqual([line(3)]);
    expect([queue.events, queue.bytes]).toEqual([0, 0]);
  });

  test('a batch holds at most so many bytes, and at least one line', async () => {
    const queue = await open();
    const long = 'x'.repeat(200_000);
    await add(queue, long, line(1), line(2));
    const first = await queue.take({ events: 10, bytes: 1_000 });
    expect(first?.lines).toEqual([long]);
    await queue.acknowledge(first!);
    expect((await queue.take({ events: 10, bytes: line(1).length }))?.lines).toEqual([line(1)]);
  });

  test('goes on after a restart where it was, and forgets what was torn', async () => {
    const before = await open();
    await add(before, line(1), line(2), line(3));
    await before.acknowledge((await before.take({ events: 1, bytes: 1_000 }))!);
    await before.close();
    await appendFile(join(dir, '000000001.ndjson'), '{"kind":"http_fl');
    const after = await open();
    await add(after, line(4));
    expect(after.events).toBe(3);
    expect(await takeAll(after)).toEqual([line(2), line(3), line(4)]);
    expect([after.events, after.bytes]).toEqual([0, 0]);
    expect((await readdir(dir)).filter((name) => name.endsWith('.ndjson'))).toEqual(['000000002.ndjson']);
  });

  test('beyond its limit it gives up the oldest, but what is precious last', async () => {
    const queue = await open({ limitBytes: 1_000, fileBytes: 200 });
    for (let n = 0; n < 100; n++) await add(queue, line(n, n === 3 ? 'audit_log' : 'http_flow'));
    expect(queue.bytes).toBeLessThanOrEqual(1_000);
    expect(queue.events + queue.skipped).toBe(100);
    const left = await takeAll(queue);
    expect(left[0]).toBe(line(3, 'audit_log'));
    expect(left.at(-1)).toBe(line(99));
    expect(left).toHaveLength(100 - queue.skipped);
  });

  test('gives up even that when there is nothing else', async () => {
    const queue = await open({ limitBytes: 1_000, fileBytes: 200 });
    for (let n = 0; n < 100; n++) await add(queue, line(n, 'audit_log'));
    expect(queue.bytes).toBeLessThanOrEqual(1_000);
    const left = await takeAll(queue);
    expect(left.at(-1)).toBe(line(99, 'audit_log'));
    expect(left).toHaveLength(100 - queue.skipped);
  });

  test('what was taken and given up meanwhile is not counted twice', async () => {
    const queue = await open({ limitBytes: 1_000, fileBytes: 200 });
    await add(queue, ...[0, 1, 2, 3].map((n) => line(n)));
    const taken = await queue.take(MOST);
    for (let n = 4; n < 60; n++) await add(queue, line(n));
    await queue.acknowledge(taken!);
    expect(queue.events).toBe((await takeAll(queue)).length);
  });

  test('killed while a file was given up, what was kept of it counts', async () => {
    await writeFile(join(dir, '000000001.ndjson'), `${line(1)}\n${line(2, 'audit_log')}\n`);
    await writeFile(join(dir, '000000001.kept.ndjson'), `${line(2, 'audit_log')}\n`);
    await writeFile(join(dir, 'cursor.json'), JSON.stringify({ file: '000000001.ndjson', offset: 20 }));
    expect(await takeAll(await open())).toEqual([line(2, 'audit_log')]);
  });

  test('a cursor that is broken repeats events and loses none', async () => {
    const before = await open();
    await add(before, line(1));
    await before.close();
    await writeFile(join(dir, 'cursor.json'), '{"file":"000000001.nd');
    expect(await takeAll(await open())).toEqual([line(1)]);
  });

  test('an old cursor means no new file', async () => {
    await writeFile(join(dir, 'cursor.json'), JSON.stringify({ file: '000000001.ndjson', offset: 27 }));
    const before = await open();
    await add(before, line(1), line(2));
    await before.close();
    expect(await takeAll(await open())).toEqual([line(1), line(2)]);
  });

  test('only its owner may read it', async () => {
    const queue = await open();
    await add(queue, line(1));
    await queue.acknowledge((await queue.take({ events: 1, bytes: 1 }))!);
    for (const name of await readdir(dir)) expect([name, (await stat(join(dir, name))).mode & 0o077]).toEqual([name, 0]);
    expect(JSON.parse(await readFile(join(dir, 'cursor.json'), 'utf8'))).toEqual({ file: '000000001.ndjson', offset: 27 });
  });
});
