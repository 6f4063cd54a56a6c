import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PolicyHistory } from '../../src/policy-files/policy-version.ts';
import { openPolicyHistory } from '../../src/store/policy-history.ts';

let dir: string;
const opened: PolicyHistory[] = [];
const broken: string[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'daylight-history-'));
  broken.length = 0;
});
afterEach(() => {
  for (const history of opened.splice(0)) history.close();
  rmSync(dir, { recursive: true, force: true });
});

function open(limit?: number): PolicyHistory {
  const history = openPolicyHistory(dir, { onBroken: (message) => broken.push(message), ...(limit ? { limit } : {}) });
  opened.push(history);
  return history;
}

const KIM = { actor: 'kim', action: 'mode', object: 'shadow', reason: 'agreed' };
const version = (text: string) => ({ 'modes.yml': text, 'approved.yml': 'servers: []\n' });

test('versions are kept with who, when, why and the texts, newest first, for other processes to read', () => {
  const writer = open();
  writer.keep(version('a'), KIM, 1_000);
  const { kept, before } = writer.keep(version('b'), { ...KIM, actor: 'lee' }, 2_000)!;
  expect(before?.number).toBe(1);
  expect(open().list(10)).toEqual([kept, before]);
  expect(kept).toMatchObject({ number: 2, time: 2_000, actor: 'lee', action: 'mode', object: 'shadow', texts: version('b') });
  expect(writer.before(2)).toEqual(before);
  expect(writer.before(1)).toBeUndefined();
  expect(writer.get(3)).toBeUndefined();
});

test('what the newest version says already is not kept again; what an older one said is', () => {
  const history = open();
  history.keep(version('a'), KIM, 1);
  expect(history.keep(version('a'), KIM, 2)).toBeUndefined();
  history.keep(version('b'), KIM, 3);
  const again = history.keep(version('a'), KIM, 4);
  expect(again?.kept.number).toBe(3);
  expect(again?.kept.id).toBe(history.get(1)?.id);
});

test('the oldest are forgotten, and numbers are never used again', () => {
  const history = open(3);
  for (let index = 1; index <= 7; index++) history.keep(version(String(index)), KIM, index);
  expect(history.list(10).map(({ number }) => number)).toEqual([7, 6, 5]);
  expect(history.get(5)?.texts).toEqual(version('5'));
  expect(history.before(5)).toBeUndefined();
});

test('one at a time changes it, in one process and in several, and what failed is not kept', async () => {
  const [one, other] = [open(), open()];
  const steps: string[] = [];
  const slow = (history: PolicyHistory, name: string) =>
    history.alone(async () => {
      steps.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 30));
      history.keep(version(name), KIM, 1);
      steps.push(`${name} ends`);
    });
  await Promise.all([slow(one, 'a'), slow(other, 'b'), slow(one, 'c')]);
  for (let index = 0; index < steps.length; index += 2) {
    expect(steps[index + 1]).toBe(steps[index]!.replace('begins', 'ends'));
  }
  const failing = one.alone(async () => {
    one.keep(version('half'), KIM, 2);
    throw new Error('refused');
  });
  await expect(failing).rejects.toThrow('refused');
  expect(other.list(1)[0]?.texts).not.toEqual(version('half'));
  expect(other.list(9)).toHaveLength(3);
});

test('nobody else can read the file, and one that is damaged is put aside', () => {
  open().keep(version('a'), KIM, 1);
  expect(statSync(join(dir, 'policy.sqlite')).mode & 0o777).toBe(0o600);
  for (const history of opened.splice(0)) history.close();
  writeFileSync(join(dir, 'policy.sqlite'), 'no database, but as long as one'.repeat(50));
  expect(open().list(5)).toEqual([]);
  expect(broken[0]).toContain('begins anew');
  expect(readdirSync(dir)).toContain('policy.sqlite.broken');
});
