import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readPolicy } from '../../src/policy-files/policy-file.ts';
import { modeTarget, pauseProtection, resumeProtection, setMode } from '../../src/policy-files/policy-modes.ts';

let rules: string;
let local: string;

beforeEach(() => {
  rules = mkdtempSync(join(tmpdir(), 'daylight-modes-'));
  local = join(rules, 'local');
  mkdirSync(local);
});
afterEach(() => rmSync(rules, { recursive: true, force: true }));

const write = (name: string, text: string) => writeFileSync(join(local, name), text);
const read = (name: string) => readFileSync(join(local, name), 'utf8');
const entries = async () => (await readPolicy(rules)).modes.modes;

test('comments, order and what people wrote elsewhere in the file stay', async () => {
  write(
    'modes.yml',
    `# Agreed with works council
default: log   # never block by accident

modes:
  # the pilot group comes first
  - rule: aaa
    mode: log # since May
  - traffic: install
    mode: off
    users: [builder]
blocked: []
`,
  );
  await setMode(rules, { rule: 'aaa' }, 'block', { by: 'kim' });
  expect(read('modes.yml')).toBe(
    `# Agreed with works council
default: log # never block by accident

modes:
  # the pilot group comes first
  - rule: aaa
    mode: block # since May
    by: kim
  - traffic: install
    mode: off
    users: [builder]
blocked: []
`,
  );
});

test('files that are missing are created and say where their format is described', async () => {
  const change = await setMode(rules, { traffic: 'shadow' }, 'block');
  expect(change).toMatchObject({
    action: 'mode',
    object: 'shadow',
    before: '',
    after: '[{"traffic":"shadow","mode":"block"}]',
  });
  expect(change.files).toEqual([join(local, 'modes.yml')]);
  expect(read('modes.yml')).toContain('# What happens on a match.');
  expect((await readPolicy(rules)).modes.modes).toEqual([{ traffic: 'shadow', mode: 'block' }]);
});

test('a new line counts against more general lines and leaves more specific and limited ones in force', async () => {
  write(
    'modes.yml',
    `modes:
  - { traffic: shadow, mode: log }
  - { rule: bbb, mode: off }
  - { traffic: shadow, mode: off, users: [ceo] }
`,
  );
  await setMode(rules, { tag: 'mcp.tools' }, 'log');
  await setMode(rules, { rule: 'aaa' }, 'block');
  await setMode(rules, { traffic: 'shadow' }, 'block');
  const { modes } = (await readPolicy(rules)).modes;
  expect(
    modes.map((entry) => `${entry.rule ?? entry.tag ?? entry.traffic} ${entry.mode}${entry.users ? ' limited' : ''}`),
  ).toEqual(['shadow block', 'mcp.tools log', 'bbb off', 'aaa block', 'shadow off limited']);
});

test('a dated mode keeps what holds until then, and a new one replaces it', async () => {
  await setMode(rules, { rule: 'aaa' }, 'log');
  await setMode(rules, { rule: 'aaa' }, 'block', { after: '2026-12-01' });
  await setMode(rules, { rule: 'aaa' }, 'block', { after: '2027-01-01' });
  expect((await readPolicy(rules)).modes.modes).toEqual([
    { rule: 'aaa', mode: 'log' },
    { rule: 'aaa', mode: 'block', after: '2027-01-01' },
  ]);
  await setMode(rules, { rule: 'aaa' }, 'off');
  expect((await readPolicy(rules)).modes.modes).toEqual([{ rule: 'aaa', mode: 'off' }]);
});

test('saying again what policy says already writes nothing', async () => {
  await setMode(rules, { rule: 'aaa' }, 'block');
  const before = statSync(join(local, 'modes.yml')).mtimeMs;
  const change = await setMode(rules, { rule: 'aaa' }, 'block');
  expect(change.files).toEqual([]);
  expect(statSync(join(local, 'modes.yml')).mtimeMs).toBe(before);
});

test('a target is the default, a traffic class, a tag, a rule id or its unique beginning', () => {
  const known = [
    { id: '6f1d0000-aaaa', tags: ['mcp.sse'] },
    { id: '6f1e0000-bbbb', tags: [] },
  ];
  expect(modeTarget('shadow', known)).toEqual({ traffic: 'shadow' });
  expect(modeTarget('mcp.sse', known)).toEqual({ tag: 'mcp.sse' });
  expect(modeTarget('6f1d', known)).toEqual({ rule: '6f1d0000-aaaa' });
  expect(modeTarget('default', known)).toEqual({ all: true });
  expect(() => modeTarget('6f1', known)).toThrow(/beginning of 2 rule ids/);
  expect(() => modeTarget('nope', known)).toThrow(/no rule id, tag or traffic class/);
  expect(() => modeTarget('', known)).toThrow(/no rule id/);
});

describe('careful steps', () => {
  const shadow = { traffic: 'shadow' } as const;

  test('a share, a date and an end stand beside the lasting mode, each once, until the mode is set for good', async () => {
    await setMode(rules, shadow, 'log');
    await setMode(rules, shadow, 'block', { canary: '10%', comment: 'first tenth' });
    await setMode(rules, shadow, 'block', { after: '2026-12-04' });
    await setMode(rules, shadow, 'block', { canary: '50%' });
    expect(await entries()).toEqual([
      { traffic: 'shadow', mode: 'log' },
      { traffic: 'shadow', mode: 'block', after: '2026-12-04' },
      { traffic: 'shadow', mode: 'block', canary: '50%', comment: 'first tenth' },
    ]);
    await setMode(rules, shadow, 'log');
    expect(await entries()).toEqual([{ traffic: 'shadow', mode: 'log' }]);
  });

  test('the reason for one mode is not kept for another', async () => {
    await setMode(rules, shadow, 'block', { comment: 'leaks', by: 'kim' });
    await setMode(rules, shadow, 'log', { by: 'lee' });
    expect(await entries()).toEqual([{ traffic: 'shadow', mode: 'log', by: 'lee' }]);
  });
});

describe('scopes', () => {
  test('a limited line counts against those for everybody and leaves other scopes alone', async () => {
    await setMode(rules, { traffic: 'shadow' }, 'block', { groups: ['finance', 'legal'] });
    await setMode(rules, { traffic: 'shadow' }, 'log', { users: ['ceo'] });
    await setMode(rules, { rule: 'aaa' }, 'off');
    await setMode(rules, { traffic: 'shadow' }, 'log');
    await setMode(rules, { traffic: 'shadow' }, 'off', { groups: ['legal', 'finance'] });
    expect(await entries()).toEqual([
      { traffic: 'shadow', mode: 'log' },
      { rule: 'aaa', mode: 'off' },
      { traffic: 'shadow', mode: 'log', users: ['ceo'] },
      { traffic: 'shadow', mode: 'off', groups: ['legal', 'finance'] },
    ]);
  });

  test('the default is one for everybody, and lines for everything where it is limited or dated', async () => {
    write('modes.yml', 'default: log # for now\nmodes: []\n');
    await setMode(rules, { traffic: 'install' }, 'off');
    await setMode(rules, { all: true }, 'block', { networks: ['10.0.0.0/8'] });
    const dated = await setMode(rules, { all: true }, 'block', { after: '2026-12-04', by: 'kim' });
    expect(dated).toMatchObject({
      object: 'default',
      before: '[{"default":"log"}]',
      after: '[{"default":"log"},{"all":true,"mode":"block","after":"2026-12-04","by":"kim"}]',
    });
    expect(await entries()).toEqual([
      { all: true, mode: 'block', after: '2026-12-04', by: 'kim' },
      { all: true, mode: 'block', networks: ['10.0.0.0/8'] },
      { traffic: 'install', mode: 'off' },
    ]);
    await setMode(rules, { all: true }, 'block');
    expect((await readPolicy(rules)).modes.default).toBe('block');
    expect(await entries()).toEqual([
      { all: true, mode: 'block', networks: ['10.0.0.0/8'] },
      { traffic: 'install', mode: 'off' },
    ]);
    expect(read('modes.yml')).toContain('default: block # for now');
  });
});

describe('a pause', () => {
  const pause = { until: '2026-12-04T12:10:00Z', comment: 'demo breaks', by: 'kim' };

  test('is written, replaced by a later one, and taken out', async () => {
    await pauseProtection(rules, pause);
    const longer = await pauseProtection(rules, { ...pause, until: '2026-12-04T13:00:00Z' });
    expect(JSON.parse(longer.before)).toEqual(pause);
    expect((await readPolicy(rules)).modes.pause).toEqual({ ...pause, until: '2026-12-04T13:00:00Z' });
    expect(await resumeProtection(rules)).toMatchObject({ action: 'resume', after: '' });
    expect((await readPolicy(rules)).modes.pause).toBeUndefined();
    await expect(resumeProtection(rules)).rejects.toThrow(/not paused/);
  });

  test('needs a time of day and a reason', async () => {
    await expect(pauseProtection(rules, { ...pause, until: '2026-12-04' })).rejects.toThrow(/pause\.until.*time of day/);
    await expect(pauseProtection(rules, { ...pause, comment: '' })).rejects.toThrow(/say why/);
  });
});
