import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { INSTALL_DIR } from '../../src/config.ts';
import {
  addException,
  approveServer,
  blockServer,
  listExceptions,
  readPolicy,
  removeException,
  unapproveServer,
  unblockServer,
} from '../../src/policy-files/policy-file.ts';
import { setMode } from '../../src/policy-files/policy-modes.ts';

let rules: string;
let local: string;

beforeEach(() => {
  rules = mkdtempSync(join(tmpdir(), 'daylight-policy-'));
  local = join(rules, 'local');
  mkdirSync(local);
});
afterEach(() => rmSync(rules, { recursive: true, force: true }));

const write = (name: string, text: string) => writeFileSync(join(local, name), text);

describe('servers', () => {
  test('an approval is added once, updated later, and lifts a block of the same server', async () => {
    await blockServer(rules, { url: 'https://tools.example/mcp', comment: 'for now' });
    await approveServer(rules, { url: 'https://tools.example/mcp', owner: 'platform', groups: ['dev'] });
    const again = await approveServer(rules, { url: 'https://TOOLS.example:443/mcp/', via: 'portal', until: '2027-06-30' });
    const policy = await readPolicy(rules);
    expect(policy.modes.blocked).toEqual([]);
    expect(policy.approved.servers).toEqual([
      { url: 'https://TOOLS.example:443/mcp/', owner: 'platform', groups: ['dev'], via: 'portal', until: '2027-06-30' },
    ]);
    expect(JSON.parse(again.before)).toMatchObject({ owner: 'platform' });
  });

  test('an approval through the portal can be made a direct one', async () => {
    await approveServer(rules, { url: 'https://tools.example/mcp', via: 'portal' });
    await approveServer(rules, { url: 'https://tools.example/mcp', via: 'direct' });
    expect((await readPolicy(rules)).approved.servers).toEqual([{ url: 'https://tools.example/mcp', via: 'direct' }]);
  });

  test('an approval can be taken back, all of a server or one of several, and only if it is there', async () => {
    const url = 'https://tools.example/mcp';
    await approveServer(rules, { url, users: ['ann'], comment: 'for ann' }, { separate: true });
    await approveServer(rules, { url, users: ['bob'], comment: 'for bob' }, { separate: true });
    await approveServer(rules, { url: 'https://other.example' });
    const file = join(rules, 'local/approved.yml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('# Approved', '# Ours.\n# Approved'));
    const one = await unapproveServer(rules, 'https://TOOLS.example/mcp/', 1);
    expect(JSON.parse(one.before)).toMatchObject({ users: ['bob'] });
    await expect(unapproveServer(rules, url, 1)).rejects.toThrow(/not in the list of approved servers at place 2/);
    await approveServer(rules, { url, users: ['eve'], comment: 'for eve' }, { separate: true });
    const rest = await unapproveServer(rules, url);
    expect(JSON.parse(rest.before)).toMatchObject([{ users: ['ann'] }, { users: ['eve'] }]);
    expect((await readPolicy(rules)).approved.servers).toMatchObject([{ url: 'https://other.example' }]);
    expect(readFileSync(file, 'utf8')).toContain('# Ours.');
    await expect(unapproveServer(rules, url)).rejects.toThrow(/not in the list of approved servers/);
  });

  test('a block can be taken back, and only if it is there', async () => {
    await blockServer(rules, { url: 'https://tools.example' });
    const change = await unblockServer(rules, 'https://tools.example/');
    expect(JSON.parse(change.before)).toEqual({ url: 'https://tools.example' });
    expect(change.after).toBe('');
    await expect(unblockServer(rules, 'https://tools.example')).rejects.toThrow(/not in the list of blocked servers/);
  });
});

describe('exceptions', () => {
  test('they are numbered, listed and removed', async () => {
    const entry = { host: 'tools.example', until: '2027-01-31', comment: 'migration', by: 'kim' };
    await addException(rules, entry);
    const second = await addException(rules, { ...entry, user: 'lee' });
    expect(second.object).toBe('ex-2');
    expect((await removeException(rules, 'ex-1')).object).toBe('ex-1');
    expect(await listExceptions(rules)).toEqual([{ id: 'ex-2', ...entry, user: 'lee' }]);
    await expect(removeException(rules, 'ex-1')).rejects.toThrow(/there are: ex-2/);
  });
});

describe('an approval beside others', () => {
  const url = 'https://tools.example/mcp';

  test('leaves them as they are, and is updated where its comment is the same', async () => {
    await approveServer(rules, { url, users: ['ann'], until: '2099-01-31', comment: 'for ann' });
    const own = { url, users: ['bob'], tools: ['search'], until: '2027-01-31', comment: 'rq-1: for bob' };
    await approveServer(rules, own, { separate: true });
    await approveServer(rules, { ...own, until: '2027-06-30' }, { separate: true });
    const { approved } = await readPolicy(rules);
    expect(approved.servers).toMatchObject([
      { users: ['ann'], until: '2099-01-31' },
      { users: ['bob'], tools: ['search'], until: '2027-06-30' },
    ]);
  });
});

describe('an approval that is said anew', () => {
  const url = 'https://tools.example/mcp';

  test('keeps what is not mentioned, unless it is to replace what was there', async () => {
    await approveServer(rules, {
      url,
      owner: 'data',
      groups: ['sales'],
      tools: ['search'],
      hideTools: true,
      until: '2099-01-31',
    });
    await approveServer(rules, { url, comment: 'still fine' });
    expect((await readPolicy(rules)).approved.servers).toMatchObject([{ groups: ['sales'], tools: ['search'], hideTools: true }]);
    await approveServer(rules, { url, owner: 'data', blockedTools: ['delete'], comment: 'for all' }, { replace: true });
    expect((await readPolicy(rules)).approved.servers).toEqual([
      { url, owner: 'data', blockedTools: ['delete'], via: 'direct', comment: 'for all' },
    ]);
  });
});

describe('what is not written', () => {
  test('an edit that would make policy invalid', async () => {
    await expect(approveServer(rules, { url: 'tools.example' })).rejects.toThrow(
      /servers\.0\.url: is "tools\.example"; must be a URL/,
    );
    await expect(setMode(rules, { rule: 'a' }, 'block', { after: '2026-02-30' })).rejects.toThrow(/modes\.0\.after/);
    const entry = { until: '2027-01-31', comment: 'x', by: 'kim' };
    await expect(addException(rules, entry)).rejects.toThrow(/at least one of rule, host and user/);
    expect(readdirSync(local)).toEqual([]);
  });

  test('an edit of policy that is broken already, whichever file it is in', async () => {
    write('approved.yml', 'servers:\n  - url: https://a.example\n    ownr: x\n');
    await expect(setMode(rules, { traffic: 'shadow' }, 'block')).rejects.toThrow(/approved\.yml:3: servers.*ownr/);
    expect(readdirSync(local)).toEqual(['approved.yml']);
  });

  test('a condition that is no CEL', async () => {
    write('modes.yml', 'modes:\n  - { traffic: shadow, mode: log, when: "user ==" }\n');
    await expect(setMode(rules, { rule: 'a' }, 'block')).rejects.toThrow(/user ==/);
  });
});

describe('files', () => {
  test('permissions and symbolic links stay', async () => {
    mkdirSync(join(rules, 'elsewhere'));
    writeFileSync(join(rules, 'elsewhere/modes.yml'), 'default: log\n', { mode: 0o640 });
    symlinkSync('../elsewhere/modes.yml', join(local, 'modes.yml'));
    await setMode(rules, { traffic: 'shadow' }, 'block');
    expect(readFileSync(join(rules, 'elsewhere/modes.yml'), 'utf8')).toContain('traffic: shadow');
    expect(statSync(join(rules, 'elsewhere/modes.yml')).mode & 0o777).toBe(0o640);
    expect(readdirSync(local)).toEqual(['modes.yml']);
  });

  test('a lock left by a process that died does not stop anybody', async () => {
    write('.lock', `${hostname()} 999999999\n`);
    await setMode(rules, { traffic: 'shadow' }, 'block');
    expect(readdirSync(local)).toEqual(['modes.yml']);
  });

  test('edits at the same time, in one process and in several, are all kept', async () => {
    const script = join(rules, 'edit.ts');
    writeFileSync(
      script,
      `import { addException } from ${JSON.stringify(join(INSTALL_DIR, 'src/policy-files/policy-file.ts'))};
const [rules, who] = process.argv.slice(2);
const edits = [0, 1, 2, 3, 4].map((n) => addException(rules, { host: who + n, until: '2027-01-01', comment: 'c', by: 'kim' }));
await Promise.all(edits);`,
    );
    const exits = ['a', 'b', 'c'].map(async (who) => (await once(fork(script, [rules, who]), 'exit'))[0]);
    expect(await Promise.all(exits)).toEqual([0, 0, 0]);
    const exceptions = await listExceptions(rules);
    expect(new Set(exceptions.map((entry) => entry.id)).size).toBe(15);
    expect(new Set(exceptions.map((entry) => entry.host)).size).toBe(15);
    expect(readdirSync(local)).toEqual(['exceptions.yml']);
  });
});
