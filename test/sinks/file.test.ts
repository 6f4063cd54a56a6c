import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createFileDestination } from '../../src/sinks/destinations/file.ts';
import { createStdoutDestination } from '../../src/sinks/destinations/stdout.ts';
import type { Destination, Outgoing } from '../../src/sinks/sink.ts';
import { auditEvent } from '../store/sample-event.ts';

let dir: string;
let path: string;
let clock: number;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'daylight-file-'));
  path = join(dir, 'out/events.ndjson');
  clock = Date.UTC(2026, 10, 20, 13, 30, 15);
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const ROTATE = { bytes: 100, age: 3_600_000, keep: 3, gzip: false };
const create = (rotate = {}) => createFileDestination({ path, rotate: { ...ROTATE, ...rotate } }, () => clock);
const batch = (...texts: string[]): Outgoing[] => texts.map((text) => ({ text, event: auditEvent() }));
const send = (destination: Destination, ...texts: string[]) => destination.send(batch(...texts), new AbortController().signal);
const files = async () => (await readdir(join(dir, 'out'))).sort();

describe('the file destination', () => {
  test('appends lines that only the owner may read, and goes on after a restart', async () => {
    const first = create();
    await send(first, 'one', 'two');
    await first.close();
    const second = create();
    await send(second, 'three');
    await second.close();
    expect(await readFile(path, 'utf8')).toBe('one\ntwo\nthree\n');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('begins another file when one is long or old enough, and keeps so many', async () => {
    const destination = create();
    for (let n = 0; n < 12; n++) {
      clock += n === 6 ? 4_000_000 : 1_000;
      await send(destination, String(n).padEnd(40, '.'));
    }
    await destination.close();
    const found = await files();
    expect(found).toHaveLength(4);
    expect(found.at(-1)).toBe('events.ndjson');
    expect(found.slice(0, 3).every((name) => /^events-20261120T\d{6}\.ndjson$/.test(name))).toBe(true);
    expect(await readFile(path, 'utf8')).toContain('11...');
  });

  test('compresses complete files, and gives each a name of its own', async () => {
    const destination = create({ gzip: true, keep: 10 });
    for (let n = 0; n < 4; n++) await send(destination, String(n).repeat(90));
    await destination.close();
    expect(await files()).toEqual([
      'events-20261120T133015-1.ndjson.gz',
      'events-20261120T133015-2.ndjson.gz',
      'events-20261120T133015.ndjson.gz',
      'events.ndjson',
    ]);
    expect(gunzipSync(await readFile(join(dir, 'out/events-20261120T133015.ndjson.gz'))).toString()).toBe(`${'0'.repeat(90)}\n`);
    expect((await stat(join(dir, 'out/events-20261120T133015.ndjson.gz'))).mode & 0o777).toBe(0o600);
  });

  test('leaves files of others alone', async () => {
    const destination = create({ keep: 1 });
    await send(destination, 'x'.repeat(99));
    await writeFile(join(dir, 'out/events-notes.ndjson'), 'mine');
    for (let n = 0; n < 3; n++) {
      clock += 1_000;
      await send(destination, 'y'.repeat(99));
    }
    await destination.close();
    expect(await files()).toEqual(['events-20261120T133018.ndjson', 'events-notes.ndjson', 'events.ndjson']);
  });

  test('notices that somebody moved the file away', async () => {
    const destination = create();
    await send(destination, 'one');
    await rename(path, `${path}.moved`);
    await send(destination, 'two');
    await destination.close();
    expect(await readFile(path, 'utf8')).toBe('two\n');
  });

  test('a path that is a folder is an error that says so', async () => {
    const destination = createFileDestination({ path: dir, rotate: ROTATE });
    await expect(send(destination, 'one')).rejects.toThrow(/cannot write .*EISDIR/);
    expect(existsSync(dir)).toBe(true);
  });
});

test('the standard output gets lines', async () => {
  const out = new PassThrough();
  const destination = createStdoutDestination(out);
  await send(destination, '{"a":1}', '{"a":2}');
  out.end();
  expect(await textOf(out)).toBe('{"a":1}\n{"a":2}\n');
});
