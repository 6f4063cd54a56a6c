import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadSnapshotSource } from '../../src/load.ts';
import { blockServer } from '../../src/policy-files/policy-file.ts';
import { setMode } from '../../src/policy-files/policy-modes.ts';
import { proposedPolicy } from '../../src/policy-files/proposed-policy.ts';

let rules: string;

beforeEach(() => {
  rules = mkdtempSync(join(tmpdir(), 'daylight-proposed-'));
  cpSync('rules', rules, { recursive: true });
});
afterEach(() => rmSync(rules, { recursive: true, force: true }));

const modesFile = () => readFileSync(join(rules, 'local', 'modes.yml'), 'utf8');

it('makes a change that is asked for in a copy: the policy in force stays as it is', async () => {
  const before = modesFile();
  const { source } = loadSnapshotSource(rules);
  const limits = { groups: ['finance'], canary: '10%' };
  const modes = await proposedPolicy(rules, source.rules, {
    edit: (copy) => setMode(copy, { traffic: 'shadow' }, 'block', limits),
  });
  expect(modes.modes.modes).toMatchObject([{ traffic: 'shadow', mode: 'block', ...limits }]);
  const block = await proposedPolicy(rules, source.rules, { edit: (copy) => blockServer(copy, { url: 'https://a.example' }) });
  expect(block.modes.blocked).toMatchObject([{ url: 'https://a.example' }]);
  expect(modesFile()).toBe(before);
});

it('says what is wrong with a change that policy would not bear', async () => {
  const { source } = loadSnapshotSource(rules);
  const edit = (copy: string) => setMode(copy, { traffic: 'shadow' }, 'block', { after: '2026-02-30' });
  await expect(proposedPolicy(rules, source.rules, { edit })).rejects.toThrow(/after/);
});
