import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { INSTALL_DIR } from '../../src/config.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'daylight-policy-cli-'));
  mkdirSync(join(dir, 'rules/local'), { recursive: true });
  writeFileSync(join(dir, 'daylight.yaml'), 'data: ./data\nrules: ./rules\n');
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function run(...args: string[]): Promise<{ stdout: string; stderr: string; code: number }> {
  const env = { ...process.env, DAYLIGHT_CONFIG: join(dir, 'daylight.yaml'), NO_COLOR: '1' };
  const options = { env, timeout: 20_000 };
  return promisify(execFile)(process.execPath, [join(INSTALL_DIR, 'src/main.ts'), ...args], options).then(
    ({ stdout, stderr }) => ({ stdout, stderr, code: 0 }),
    (error: { stdout: string; stderr: string; code: number }) => error,
  );
}
const modes = () => readFileSync(join(dir, 'rules/local/modes.yml'), 'utf8');

/** Audit events in the spool, oldest first. */
function audits(): Record<string, string>[] {
  const spool = join(dir, 'data/spool');
  return readdirSync(spool)
    .filter((name) => name.includes('audit_log'))
    .flatMap((name) => readFileSync(join(spool, name), 'utf8').split('\n').filter(Boolean))
    .map((line) => JSON.parse(line) as Record<string, string>)
    .sort((a, b) => (a.event_id! < b.event_id! ? -1 : 1));
}

test('from log to block by careful steps, and back', async () => {
  expect(
    (await run('rules', 'mode', 'shadow', 'block', '--canary', '10%', '--groups', 'it', '--comment', 'start')).stdout,
  ).toContain('traffic shadow: block for groups it for 10% of the clients. Written to');
  await run('rules', 'mode', 'default', 'block', '--after', '2099-01-31', '--comment', 'agreed');
  expect((await run('pause', '10m', '--comment', 'demo breaks')).stdout).toMatch(/paused until \d{4}-.*Z/);
  expect(modes()).toContain('pause:');
  expect((await run('resume')).stdout).toContain('Protection is on again.');
  writeFileSync(join(dir, 'rules/local/modes.yml'), `${modes()}# by hand\n`);
  const rollback = await run('policy', 'rollback', '2', '--comment', 'too early', '--json');
  expect(JSON.parse(rollback.stdout)).toMatchObject({
    action: 'rollback',
    object: '2',
    files: [expect.stringMatching(/modes\.yml$/)],
  });
  expect(modes()).toContain('canary: 10%');
  expect(modes()).not.toContain('2099');

  const listed = (await run('policy', 'history', '--json')).stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(listed.map(({ number, action, reason, changes }) => [number, action, reason, changes])).toEqual([
    [
      7,
      'rollback',
      'too early',
      [expect.stringMatching(/^removed mode of all \(mode block, after 2099-01-31, comment agreed, by/)],
    ],
    [6, 'edit', '', ['changed comments and layout in modes.yml']],
    [5, 'resume', '', [expect.stringMatching(/^removed pause \(until .*, comment demo breaks, by/)]],
    [4, 'pause', 'demo breaks', [expect.stringMatching(/^added pause/)]],
    [3, 'mode', 'agreed', [expect.stringMatching(/^added mode of all \(mode block, after 2099-01-31/)]],
    [
      2,
      'mode',
      'start',
      ['added default mode: log', expect.stringMatching(/^added mode of traffic shadow for groups it \(mode block, canary 10%/)],
    ],
    [1, 'first', '', []],
  ]);
  const shown = await run('policy', 'show', '3');
  expect(shown.stdout).toMatch(/Version 3 of .* by .*, mode: agreed/);
  expect(shown.stdout).toMatch(/\+ +after: 2099-01-31/);
  expect(audits().map(({ action, object_type, object_id, reason }) => [action, object_type, object_id, reason])).toEqual([
    ['policy.mode', 'mode', 'shadow', 'start'],
    ['policy.mode', 'mode', 'default', 'agreed'],
    ['policy.pause', 'mode', expect.any(String), 'demo breaks'],
    ['policy.resume', 'mode', expect.any(String), ''],
    ['policy.edit', 'policy', '6', ''],
    ['policy.rollback', 'policy', '2', 'too early'],
  ]);
  for (const { actor, before, after } of audits()) expect([actor, before !== after]).toEqual([expect.stringMatching(/./), true]);
});

test('a version that is no valid policy any more is not put back, and nothing is written', async () => {
  const folder = join(dir, 'rules/local');
  writeFileSync(join(folder, 'dlp.yml'), 'profiles: [{ id: mine, detectors: [my-own] }]\n');
  mkdirSync(join(folder, 'dlp'));
  const detector = {
    id: 'my-own',
    title: 'T',
    description: 'D',
    family: 'custom',
    words: ['secret plan'],
    samples: { match: ['secret plan'], silent: ['plan'] },
  };
  writeFileSync(join(folder, 'dlp/my-own.yml'), JSON.stringify(detector));
  await run('rules', 'mode', 'bypass', 'block');
  const [{ number }] = (await run('policy', 'history', '--json')).stdout
    .split('\n')
    .slice(0, 1)
    .map((line) => JSON.parse(line));
  rmSync(join(folder, 'dlp'), { recursive: true });
  rmSync(join(folder, 'dlp.yml'));
  await run('rules', 'mode', 'bypass', 'log');
  const before = modes();
  const refused = await run('policy', 'rollback', String(number), '--comment', 'try');
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/dlp\.yml:1: .*there is no detector "my-own"/) });
  expect(modes()).toBe(before);
  expect(readdirSync(folder).filter((name) => name.startsWith('dlp'))).toEqual([]);
});

test.each([
  [['policy', 'rollback', '999', '--comment', 'x'], /there is no version 999; "daylight policy history"/],
  [['policy', 'rollback', '1'], /required option '--comment/],
  [['policy', 'show', 'one'], /must be a whole number/],
  [['pause', '25h', '--comment', 'x'], /at most 24h/],
  [['pause', '10', '--comment', 'x'], /must be a span/],
  [['pause', '10m'], /required option '--comment/],
  [['rules', 'mode', 'shadow', 'block', '--canary', '120%'], /canary: is "120%"; must be a share from 1% to 100%/],
  [['rules', 'mode', 'shadow', 'block', '--networks', '10.0.0.0/40'], /"10.0.0.0\/40" is not a network/],
])('%j is refused with what is wrong', async (args, message) => {
  const before = modes();
  expect(await run(...args)).toMatchObject({ code: 1, stderr: expect.stringMatching(message) });
  expect(modes()).toBe(before);
});
