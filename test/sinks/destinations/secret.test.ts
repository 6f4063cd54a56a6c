import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openSecret } from '../../../src/sinks/destinations/secret.ts';
import { SinkError } from '../../../src/sinks/sink.ts';

const dir = mkdtempSync(join(tmpdir(), 'daylight-secret-'));
afterAll(() => rmSync(dir, { recursive: true }));

function fileWith(text: string, mode = 0o600): string {
  const file = join(dir, Math.random().toString(36).slice(2));
  writeFileSync(file, text, { mode });
  chmodSync(file, mode);
  return file;
}

it('comes from the configuration, from a file, or from nowhere', () => {
  expect(openSecret('abc', undefined)?.()).toBe('abc');
  expect(openSecret(undefined, fileWith('abc\n'))?.()).toBe('abc');
  expect(openSecret(undefined, undefined)).toBeUndefined();
});

it('is read anew, so that it can be replaced', () => {
  const file = fileWith('old');
  const secret = openSecret(undefined, file);
  writeFileSync(file, 'new');
  expect(secret?.()).toBe('new');
});

it.each([
  [0o644, 'chmod 600'],
  [0o620, 'chmod 600'],
  [0o604, 'chmod 600'],
])('is refused from a file with mode %o', (mode, said) => {
  expect(() => openSecret(undefined, fileWith('abc', mode))).toThrow(said);
});

it('may be readable for a group, as secrets of Kubernetes are', () => {
  expect(openSecret(undefined, fileWith('abc', 0o440))?.()).toBe('abc');
});

it('is refused when there is none, or more than one', () => {
  expect(() => openSecret(undefined, fileWith('\n'))).toThrow('is empty');
  expect(() => openSecret(undefined, fileWith('a\nb'))).toThrow('more than one line');
  expect(() => openSecret(undefined, join(dir, 'missing'))).toThrow(/cannot read the secret file .*missing/);
});

it('holds the batch when its file goes away', () => {
  const file = fileWith('abc');
  const secret = openSecret(undefined, file);
  rmSync(file);
  expect(() => secret?.()).toThrow(SinkError);
});
