// The history of rule packs, and how a pack is read.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { packOf, readRulePack } from '../../src/rule-pack.ts';
import { openRulePacks } from '../../src/store/rule-packs.ts';

let dir: string;
const fail = (message: string) => expect.fail(message);

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'daylight-packs-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it('a pack is all that is shipped, under the newest date of its rules, and not what is local', () => {
  mkdirSync(join(dir, 'mcp'));
  mkdirSync(join(dir, 'local/rules'), { recursive: true });
  writeFileSync(join(dir, 'mcp/a.yml'), "title: A\ndate: 2026-01-02\nmodified: '2026-03-04'\n");
  writeFileSync(join(dir, 'mcp/b.yml'), 'title: B\ndate: 2026-02-02\n');
  writeFileSync(join(dir, 'prices.yml'), 'models: []\n');
  writeFileSync(join(dir, 'local/rules/own.yml'), 'date: 2027-01-01\n');
  const pack = readRulePack(dir);
  expect(pack.version).toBe('2026-03-04');
  expect(Object.keys(pack.texts)).toEqual(['mcp/a.yml', 'mcp/b.yml', 'prices.yml']);
  expect(readRulePack(dir).id).toBe(pack.id);
  writeFileSync(join(dir, 'mcp/b.yml'), 'title: B\ndate: 2026-02-03\n');
  expect(readRulePack(dir).id).not.toBe(pack.id);
});

it('a pack is kept once, with the one before it, and the oldest are forgotten', () => {
  const packs = openRulePacks(dir, fail);
  const text = (at: number) => packOf({ 'mcp/a.yml': `date: 2026-01-01\nn: ${at}\n` });
  expect(packs.keep(text(0), '0.1.0', 1)?.before).toBeUndefined();
  expect(packs.keep(text(0), '0.2.0', 2)).toBeUndefined();
  for (let at = 1; at <= 25; at++) expect(packs.keep(text(at), '0.2.0', at)?.before?.id).toBe(text(at - 1).id);
  const numbers = packs.list().map(({ number }) => number);
  expect([numbers[0], numbers.length]).toEqual([26, 20]);
  expect(packs.get(26)?.before?.number).toBe(25);
  expect(packs.get(7)?.before).toBeUndefined();
  expect(packs.get(6)).toBeUndefined();
  packs.close();
});

it('what was kept is there after a restart, and a damaged file is put aside', () => {
  let packs = openRulePacks(dir, fail);
  packs.keep(packOf({ 'mcp/a.yml': 'x' }), '0.1.0', 1);
  packs.close();
  packs = openRulePacks(dir, fail);
  expect(packs.list()).toMatchObject([{ number: 1, daylight: '0.1.0', texts: { 'mcp/a.yml': 'x' } }]);
  packs.close();
  for (const suffix of ['-wal', '-shm']) rmSync(join(dir, `packs.sqlite${suffix}`), { force: true });
  writeFileSync(join(dir, 'packs.sqlite'), 'no database at all'.repeat(100));
  const told: string[] = [];
  packs = openRulePacks(dir, (message) => told.push(message));
  expect([packs.list(), told.length]).toEqual([[], 1]);
  packs.close();
});
