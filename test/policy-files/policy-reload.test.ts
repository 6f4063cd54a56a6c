// Hand edits, edits by commands and broken files, as the running appliance takes them over.

import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { changePolicy } from '../../src/cli/change-policy.ts';
import { configSchema } from '../../src/config.ts';
import { type SnapshotSource, snapshotIdOf } from '../../src/engine/snapshot.ts';
import { loadSnapshotSource } from '../../src/load.ts';
import { createLog } from '../../src/log.ts';
import { setMode } from '../../src/policy-files/policy-modes.ts';
import { createReload, type Reload, type ReloadAudit } from '../../src/policy-files/policy-reload.ts';
import type { PolicyHistory } from '../../src/policy-files/policy-version.ts';
import { whileLocked } from '../../src/replace-files.ts';
import { openPolicyHistory } from '../../src/store/policy-history.ts';

let dir: string;
let rules: string;
let history: PolicyHistory;
let reload: Reload;
let audits: ReloadAudit[];
let updates: SnapshotSource[];

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'daylight-reload-'));
  rules = join(dir, 'rules');
  mkdirSync(join(rules, 'local'), { recursive: true });
  write('modes.yml', 'default: log\n');
  history = openPolicyHistory(join(dir, 'data'), { onBroken: () => {} });
  audits = [];
  updates = [];
  reload = createReload({
    rules,
    history,
    log: createLog('error', join(dir, 'log')),
    inForce: snapshotIdOf(loadSnapshotSource(rules).source),
    update: ({ source }) => void updates.push(source),
    audit: (entry) => void audits.push(entry),
  });
  await reload('start');
  await reload.settled();
});
afterEach(() => {
  history.close();
  rmSync(dir, { recursive: true, force: true });
});

const write = (name: string, text: string) => writeFileSync(join(rules, 'local', name), text);

async function changed(): Promise<void> {
  await reload('file changed');
  await reload.settled();
}

test('the first version is kept without ado', () => {
  expect(history.list(9)).toMatchObject([{ action: 'first', texts: { 'modes.yml': 'default: log\n' } }]);
  expect(audits).toEqual([]);
  expect(updates).toEqual([]);
});

test('an edit by hand is in force, in the history, and in one audit event with before and after', async () => {
  write('modes.yml', 'default: block\n');
  await changed();
  await changed();
  expect(updates).toHaveLength(1);
  expect(history.list(1)).toMatchObject([{ number: 2, action: 'edit', reason: 'file changed', actor: '(files edited)' }]);
  expect(audits).toEqual([
    {
      action: 'policy.edit',
      objectType: 'policy',
      objectId: '2',
      actor: '(files edited)',
      reason: 'file changed',
      before: '{"default mode":"log"}',
      after: '{"default mode":"block"}',
    },
  ]);
});

test('a comment in a file is kept, though nothing else is in force', async () => {
  write('modes.yml', '# agreed\ndefault: log\n');
  await changed();
  expect(updates).toEqual([]);
  expect(history.list(9)).toHaveLength(2);
});

test('an edit by a command is kept once, under the name of who ran it', async () => {
  const config = configSchema.parse({ rules, data: join(dir, 'data') });
  write('exceptions.yml', 'exceptions: [] # by hand, while nobody looked\n');
  await changePolicy(config, (folder) => setMode(folder, { traffic: 'shadow' }, 'block'), 'agreed');
  await changed();
  expect(updates).toHaveLength(1);
  expect(audits).toEqual([]);
  expect(history.list(9).map(({ action, object, reason }) => [action, object, reason])).toEqual([
    ['mode', 'shadow', 'agreed'],
    ['edit', '', ''],
    ['first', '', 'start'],
  ]);
});

test('a broken file changes nothing and is said; its mending is a change like others', async () => {
  write('modes.yml', 'default: stop\n');
  await changed();
  expect(updates).toEqual([]);
  expect(audits).toMatchObject([{ action: 'policy.reload', outcome: 'error', reason: expect.stringMatching(/modes\.yml:1/) }]);
  write('modes.yml', 'default: block\n');
  await changed();
  expect(updates).toHaveLength(1);
  expect(history.list(9)).toHaveLength(2);
});

test('files are not read in the middle of a change by a command', async () => {
  let taken = Promise.resolve();
  await whileLocked(join(rules, 'local'), async () => {
    write('modes.yml', 'default: block\n');
    taken = reload('file changed');
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(updates).toEqual([]);
    write('approved.yml', 'servers: [{ url: https://tools.example }]\n');
  });
  await taken;
  await reload.settled();
  expect(updates).toHaveLength(1);
  expect(updates[0]?.policy.approved.servers).toHaveLength(1);
});

test('a change of rules alone is a reload', async () => {
  mkdirSync(join(rules, 'mcp'));
  for (const name of ['mcp/initialize.yml', 'samples.yml']) cpSync(join('rules', name), join(rules, name));
  await changed();
  expect(audits).toMatchObject([{ action: 'policy.reload', objectType: 'snapshot', objectId: reload.snapshotId() }]);
  expect(history.list(9)).toHaveLength(1);
});
