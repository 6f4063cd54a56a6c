import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { recoverSegment } from '../../src/store/recover.ts';

let dir: string;
const OPEN = 'w.0.1.1-http_flow-000000001.open';
const SEALED = 'w.0.1.1-http_flow-000000001.ndjson';

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'daylight-recover-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function recovered(content: Buffer | string): Promise<string | undefined> {
  await writeFile(join(dir, OPEN), content);
  await recoverSegment(dir, OPEN);
  const files = await readdir(dir);
  if (files.length === 0) return undefined;
  expect(files).toEqual([SEALED]);
  const text = await readFile(join(dir, SEALED), 'utf8');
  await rm(join(dir, SEALED));
  return text;
}

describe('recoverSegment', () => {
  test('keeps exactly the whole lines, wherever the file was torn', async () => {
    const lines = ['{"a":1}', '{"b":"é☀🌞"}', '{"c":"line \\n break"}'];
    const whole = Buffer.from(lines.map((line) => `${line}\n`).join(''));
    for (let length = 0; length <= whole.length; length++) {
      const end = whole.subarray(0, length).lastIndexOf(0x0a) + 1;
      const expected = end === 0 ? undefined : whole.subarray(0, end).toString();
      expect(await recovered(whole.subarray(0, length)), `torn after ${length} bytes`).toBe(expected);
    }
  });

  test('finds the last line of a file that is larger than what it reads at a time', async () => {
    const long = `${JSON.stringify({ text: 'x'.repeat(200_000) })}\n`;
    expect(await recovered(long.repeat(3) + long.slice(0, 150_000))).toBe(long.repeat(3));
    expect(await recovered(long.slice(0, 150_000))).toBeUndefined();
  });

  test('cuts zeros and rubbish that a power cut left at the end, even with line ends in it', async () => {
    expect(await recovered(`{"a":1}\n${'\0'.repeat(100)}`)).toBe('{"a":1}\n');
    expect(await recovered(`{"a":1}\n\0\0\n\0\0\n{"b":\n`)).toBe('{"a":1}\n');
  });

  test('may be repeated, and does not mind a file that is gone', async () => {
    await writeFile(join(dir, OPEN), '{"a":1}\n{"b"');
    expect(await recoverSegment(dir, OPEN)).toBe(4);
    expect(await recoverSegment(dir, OPEN)).toBe(0);
    expect(await readFile(join(dir, SEALED), 'utf8')).toBe('{"a":1}\n');
  });
});
