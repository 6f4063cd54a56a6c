import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadPolicy } from '../../src/policy-files/load-policy.ts';
import { comparePolicy, describeChange } from '../../src/policy-files/policy-changes.ts';
import { addPassthrough, listPassthrough, removePassthrough } from '../../src/policy-files/policy-passthrough.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const ENTRY = { host: 'api.pinned.example', reason: 'pins', owner: 'network team', until: '2026-12-20' };

let rules: string;
const file = () => join(rules, 'local/passthrough.yml');
const write = (text: string, name = 'passthrough.yml') => writeFileSync(join(rules, 'local', name), text);

beforeEach(() => {
  rules = mkdtempSync(join(tmpdir(), 'daylight-passthrough-'));
  mkdirSync(join(rules, 'local'));
});
afterEach(() => rmSync(rules, { recursive: true }));

describe('an entry of the list of hosts that are not decrypted', () => {
  it('is added, renewed and removed; comments stay', async () => {
    write('# Ours.\nhosts:\n  # the bank\n  - host: bank.example\n    reason: contract # since 2020\n    owner: legal\n');
    const added = await addPassthrough(rules, ENTRY);
    expect(added).toMatchObject({ action: 'add-passthrough', object: 'api.pinned.example', before: '', files: [file()] });
    const renewed = await addPassthrough(rules, { ...ENTRY, host: 'API.pinned.example.', until: '2027-01-31' });
    expect(JSON.parse(renewed.before)).toMatchObject({ until: '2026-12-20' });
    expect(readFileSync(file(), 'utf8')).toBe(
      '# Ours.\nhosts:\n  # the bank\n  - host: bank.example\n    reason: contract # since 2020\n    owner: legal\n' +
        '  - host: api.pinned.example\n    reason: pins\n    owner: network team\n    until: 2027-01-31\n',
    );
    await addPassthrough(rules, { ...ENTRY, until: undefined });
    expect(readFileSync(file(), 'utf8')).not.toContain('until');
    const removed = await removePassthrough(rules, 'api.pinned.example');
    expect(JSON.parse(removed.before)).toMatchObject({ owner: 'network team' });
    expect(await listPassthrough(rules, NOW)).toMatchObject([{ host: 'bank.example' }]);
  });

  it('that is there already changes nothing', async () => {
    await addPassthrough(rules, ENTRY);
    expect((await addPassthrough(rules, ENTRY)).files).toEqual([]);
  });

  it('is listed with whether it has expired', async () => {
    await addPassthrough(rules, ENTRY);
    expect(await listPassthrough(rules, NOW)).toMatchObject([{ expired: false }]);
    expect(await listPassthrough(rules, Date.parse('2026-12-21T00:00:00Z'))).toMatchObject([{ expired: true }]);
  });

  it('that is not there cannot be removed', async () => {
    await addPassthrough(rules, ENTRY);
    await expect(removePassthrough(rules, 'other.example')).rejects.toThrow('there are: api.pinned.example');
  });

  it.each([
    [{ host: 'http://x.example/' }, 'host'],
    [{ host: '' }, 'host'],
    [{ host: 'a b' }, 'host'],
    [{ reason: '' }, 'say why'],
    [{ owner: '' }, 'say who'],
    [{ until: 'tomorrow' }, 'must be a date'],
    [{ until: '2026-02-30' }, 'is not a day of the calendar'],
  ])('is refused with %j, and nothing is written', async (change, message) => {
    await expect(addPassthrough(rules, { ...ENTRY, ...change })).rejects.toThrow(message);
    expect(() => readFileSync(file())).toThrow();
  });

  it('is described in the history', () => {
    const texts = { 'passthrough.yml': 'hosts:\n  - { host: a.example, reason: pins, owner: me }\n' };
    expect(comparePolicy({}, texts).map(describeChange)).toEqual(['added passthrough of host a.example (reason pins, owner me)']);
  });
});

describe('the check of the list', () => {
  const warnings = () => loadPolicy(rules, [], NOW).warnings.join('\n');

  it('warns of what has expired, lasts long, covers too much, or hides an approved server', () => {
    write(
      [
        'hosts:',
        '  - { host: old.example, reason: r, owner: o, until: 2026-01-01 }',
        '  - { host: long.example, reason: r, owner: o, until: 2029-01-01 }',
        '  - { host: "*.com", reason: r, owner: o }',
        '  - { host: "*.corp.example", reason: r, owner: o }',
      ].join('\n'),
    );
    write('servers:\n  - url: https://mcp.corp.example/mcp\n', 'approved.yml');
    expect(warnings()).toMatch(/passthrough\.yml:2: .*old\.example expired on 2026-01-01 and is decrypted again/);
    expect(warnings()).toMatch(/passthrough\.yml:3: .*more than a year/);
    expect(warnings()).toMatch(/passthrough\.yml:4: .*top-level domain/);
    expect(warnings()).toMatch(/passthrough\.yml:5: .*hides the approved server https:\/\/mcp\.corp\.example\/mcp/);
  });

  it('refuses a host that is listed twice, and unknown keys, with the line', () => {
    write('hosts:\n  - { host: a.example, reason: r, owner: o }\n  - { host: A.example, reason: r, owner: o }\n');
    expect(warnings).toThrow(/passthrough\.yml:3: .*listed twice/);
    write('hosts:\n  - { host: a.example, reason: r, owner: o, unitl: 2027-01-01 }\n');
    expect(warnings).toThrow(/passthrough\.yml:2: .*unitl/);
  });
});
