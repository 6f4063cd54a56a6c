import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { decide } from '../src/engine/decide.ts';
import { emptyPolicy, modesSchema } from '../src/engine/policy/schema.ts';
import { runRuleSamples } from '../src/engine/rules/samples.ts';
import { nameServer } from '../src/engine/rules/servers.ts';
import { SIGNALS } from '../src/engine/signals/catalogue.ts';
import { compileSnapshot } from '../src/engine/snapshot.ts';
import { DaylightError } from '../src/errors.ts';
import { loadServerNames, loadSnapshotSource } from '../src/load.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const RULE = `title: Session header
id: 3f2b8c1e-6a54-4d0b-9f3e-2a7c5d1e8b90
status: test
level: high
description: A rule that exists for a test.
author: Tests
date: 2026-11-20
traffic: shadow
detection:
  headers:
    signal: mcp.header.session-id
  condition: headers
falsepositives:
  - None known
samples:
  match:
    - name: a session
      request: { method: POST, url: https://x.example/mcp, headers: { mcp-session-id: s1 } }
  silent:
    - ordinary
`;
const SHARED = 'ordinary:\n  request: { url: https://x.example/ }\n';

let root: string;
let folder: string;
let count = 0;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'daylight-load-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => {
  folder = join(root, String(++count));
  write('mcp/session.yml', RULE);
  write('samples.yml', SHARED);
});

function write(name: string, text: string): void {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function problems(): { code: string; lines: string[] } {
  try {
    loadSnapshotSource(folder, NOW);
  } catch (error) {
    if (error instanceof DaylightError)
      return { code: error.code, lines: error.message.replaceAll(`${folder}/`, '').split('\n') };
    throw error;
  }
  return { code: '', lines: [] };
}

describe('the shipped rules', () => {
  const { source, warnings, ruleFiles } = loadSnapshotSource('rules');
  const snapshot = compileSnapshot(source);
  const results = runRuleSamples(source.rules, (flow, previous) => decide(flow, snapshot, previous));

  it('load without a warning, and local policy ships empty', () => {
    expect(warnings).toEqual([]);
    expect(source.policy).toEqual(emptyPolicy());
    expect(ruleFiles.size).toBe(source.rules.length);
  });

  it.each(results.map((result) => [result.title, result.expected, result.sample, result] as const))(
    '%s: %s %s',
    (_title, _expected, _sample, result) => {
      expect(result.ok ? 'ok' : result.reason).toBe('ok');
    },
  );

  it('cover every class that a rule may assign, and mark each rule with a tag', () => {
    expect([...new Set(source.rules.map((rule) => rule.traffic))].sort()).toEqual(
      ['attached', 'discovery', 'hosted', 'install', 'shadow', 'suspect'].sort(),
    );
    expect(source.rules.filter((rule) => rule.tags.length === 0)).toEqual([]);
  });

  it('wake up on every signal that decides alone', () => {
    const decisive = Object.entries(SIGNALS).filter(([, { weight }]) => weight === 'decisive');
    expect(decisive.map(([id]) => id).filter((id) => !snapshot.index.bySignal.has(id))).toEqual([]);
  });

  it('keep to sixty lines a file, one rule each', () => {
    const long = readdirSync('rules/mcp').filter(
      (name) => readFileSync(join('rules/mcp', name), 'utf8').trimEnd().split('\n').length > 60,
    );
    expect(long).toEqual([]);
  });
});

describe('a sample that is broken on purpose', () => {
  it('fails the run, and says what happened', () => {
    write('mcp/session.yml', RULE.replace('mcp-session-id: s1', 'x-session-id: s1'));
    write('samples.yml', SHARED.replace('url: https://x.example/', 'url: https://x.example/, headers: { mcp-session-id: s1 }'));
    const { source } = loadSnapshotSource(folder, NOW);
    const snapshot = compileSnapshot(source);
    const results = runRuleSamples(source.rules, (flow, previous) => decide(flow, snapshot, previous));
    expect(results.map(({ expected, ok }) => [expected, ok])).toEqual([
      ['match', false],
      ['silent', false],
    ]);
    expect(results[1]?.reason).toContain('mcp.header.session-id');
  });
});

describe('loading', () => {
  it('replaces names of shared samples by the exchanges', () => {
    const [rule] = loadSnapshotSource(folder, NOW).source.rules;
    expect(rule?.samples.silent[0]).toMatchObject({ name: 'ordinary', request: { method: 'GET', url: 'https://x.example/' } });
  });

  it('reads local rules beside the shipped ones', () => {
    write('local/rules/mine.yml', RULE.replace('3f2b8c1e', '4f2b8c1e').replace('Session header', 'My own'));
    expect(loadSnapshotSource(folder, NOW).source.rules.map((rule) => rule.title)).toEqual(['Session header', 'My own']);
  });

  it('gives a source that survives the way to a worker', () => {
    const { source } = loadSnapshotSource('rules');
    expect(compileSnapshot(JSON.parse(JSON.stringify(source))).id).toBe(compileSnapshot(source).id);
  });

  it('says where the rules should be if they are not', () => {
    expect(() => loadSnapshotSource(join(root, 'missing'))).toThrow('there is no such folder');
  });
});

describe('a broken rule', () => {
  it.each<[string, (rule: string) => string, string]>([
    [
      'an unknown field',
      (rule) => rule.replace('level: high', 'level: high\nlevle: low'),
      'mcp/session.yml:5: levle: there is no such field',
    ],
    [
      'a wrong value',
      (rule) => rule.replace('status: test', 'status: beta'),
      'mcp/session.yml:3: status: is "beta"; invalid option',
    ],
    ['a missing field', (rule) => rule.replace('traffic: shadow\n', ''), 'traffic: is missing; invalid option'],
    [
      'a class that is not a rule’s to give',
      (rule) => rule.replace('traffic: shadow', 'traffic: approved'),
      'mcp/session.yml:8: traffic: is "approved"',
    ],
    [
      'an id that is no UUID',
      (rule) => rule.replace('3f2b8c1e-', ''),
      'mcp/session.yml:2: id: is "6a54-4d0b-9f3e-2a7c5d1e8b90"; must be a UUID',
    ],
    [
      'an unknown selection field',
      (rule) => rule.replace('    signal:', '    signals:'),
      'mcp/session.yml:11: detection.headers.signals: there is no field "signals"; did you mean signal?',
    ],
    [
      'an unknown signal',
      (rule) => rule.replace('mcp.header.session-id', 'mcp.header.sessionid'),
      'mcp/session.yml:11: detection.headers.signal: there is no signal',
    ],
    [
      'a wrong type',
      (rule) => rule.replace('signal: mcp.header.session-id', 'signal: { a: 1 }'),
      'mcp/session.yml:11: detection.headers.signal: is {"a":1}; must be a text',
    ],
    ['an unknown modifier', (rule) => rule.replace('signal: mcp', 'signal|glob: mcp'), 'there is no modifier "glob"'],
    [
      'a catastrophic pattern',
      (rule) => rule.replace('signal: mcp.header.session-id', () => "url.path|re: '(a+)+$'"),
      'mcp/session.yml:11: detection.headers.url.path|re: pattern "(a+)+$" repeats a repetition',
    ],
    [
      'a broken condition',
      (rule) => rule.replace('condition: headers', 'condition: headers and'),
      'mcp/session.yml:12: detection.condition: condition "headers and": ends too early',
    ],
    [
      'a missing sample',
      (rule) => rule.replace('  silent:\n    - ordinary\n', '  silent: []\n'),
      'needs at least one look-alike',
    ],
    ['a missing list of samples', (rule) => rule.replace('  silent:\n    - ordinary\n', ''), 'samples.silent: is missing'],
    [
      'an unknown shared sample',
      (rule) => rule.replace('- ordinary', '- extraordinary'),
      'mcp/session.yml:20: samples.silent.0: there is no sample "extraordinary"',
    ],
    [
      'a sample without a URL',
      (rule) => rule.replace(', url: https://x.example/mcp', ''),
      'samples.match.0.request.url: is missing; must be an absolute URL',
    ],
    [
      'a header in upper case',
      (rule) => rule.replace('mcp-session-id: s1', 'Mcp-Session-Id: s1'),
      'header names are written in lower case',
    ],
    ['a duplicate key', (rule) => `${rule}level: low\n`, 'mcp/session.yml:21: is not valid YAML: Map keys must be unique'],
    ['a syntax error', (rule) => rule.replace('title: ', 'title: "'), 'mcp/session.yml:'],
    ['two documents', (rule) => `${rule}---\na: 1\n`, 'holds several documents'],
    ['a list', () => '- a\n- b\n', 'the document: is ["a","b"]; invalid input: expected object'],
    ['an empty file', () => '', 'the document: is null; invalid input: expected object'],
    [
      'a bomb of aliases',
      () =>
        `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
          .split('')
          .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(',')}]`)
          .join('\n')}\n`,
      'is not valid YAML: Excessive alias count',
    ],
    ['too large a file', (rule) => `${rule}#${'x'.repeat(1024 * 1024)}\n`, 'the limit is 1048576'],
  ])('with %s is refused with file, line and fix', (_what, change, expected) => {
    write('mcp/session.yml', change(RULE));
    const { code, lines } = problems();
    expect(code).toBe('ERR_RULE_INVALID');
    expect(lines.join('\n')).toContain(expected);
  });

  it('whose id is taken is refused', () => {
    write('mcp/twin.yml', RULE);
    expect(problems().lines).toEqual([
      expect.stringMatching(
        /^mcp\/twin\.yml:2: id: 3f2b8c1e-.* is already the id of mcp\/session\.yml; give the rule a new UUID$/,
      ),
    ]);
  });

  it('does not hide the others', () => {
    write('mcp/session.yml', RULE.replace('status: test', 'status: beta').replace('level: high', 'level: hihg'));
    write('mcp/second.yml', RULE.replace('3f2b8c1e', '4f2b8c1e').replace('condition: headers', 'condition: header'));
    expect(problems().lines).toHaveLength(3);
  });
});

describe('policy', () => {
  it('is empty without local files', () => {
    expect(loadSnapshotSource(folder, NOW).source.policy).toEqual(emptyPolicy());
  });

  it.each<[string, string, string]>([
    [
      'approved.yml',
      'servers:\n  - url: mcp.example\n',
      'local/approved.yml:2: servers.0.url: is "mcp.example"; must be a URL such as',
    ],
    [
      'approved.yml',
      'servers:\n  - url: https://mcp.example\n    ownr: me\n',
      'local/approved.yml:3: servers.0.ownr: there is no such field',
    ],
    [
      'approved.yml',
      'servers:\n  - url: https://mcp.example\n    until: next week\n',
      'servers.0.until: is "next week"; must be a date such as',
    ],
    ['approved.yml', 'servers:\n  - url: https://mcp.example\n    until: 2026-02-30\n', 'is not a day of the calendar'],
    [
      'approved.yml',
      'servers:\n  - url: https://mcp.example\n    when: usr == "ann"\n',
      'local/approved.yml:2: servers.0: when:',
    ],
    ['approved.yml', 'servers:\n  - url: https://mcp.example\n    groups: []\n', 'is empty; remove the key to mean everyone'],
    ['modes.yml', 'default: deny\n', 'local/modes.yml:1: default: is "deny"; must be off, log or block'],
    [
      'modes.yml',
      'modes:\n  - mode: block\n',
      'local/modes.yml:2: modes.0: is {"mode":"block"}; must name exactly one of rule, tag, traffic and all',
    ],
    ['modes.yml', 'modes:\n  - { traffic: approved, mode: block }\n', 'modes.0.traffic: is "approved"'],
    ['modes.yml', 'modes:\n  - { traffic: shadow, mode: block, networks: [10.0.0.0/99] }\n', '"10.0.0.0/99" is not a network'],
    [
      'exceptions.yml',
      'exceptions:\n  - { id: e, until: 2026-12-01, comment: c, by: b }\n',
      'must name at least one of rule, host and user',
    ],
    [
      'exceptions.yml',
      'exceptions:\n  - { id: e, host: "https://x", until: 2026-12-01, comment: c, by: b }\n',
      'without scheme and path',
    ],
    [
      'exceptions.yml',
      'exceptions:\n  - { id: e, host: x.example, comment: c, by: b }\n',
      'local/exceptions.yml:2: exceptions.0.until: is missing; must be a date',
    ],
    [
      'exceptions.yml',
      'exceptions:\n  - { id: e, host: x, until: 2026-12-01, comment: c, by: b }\n  - { id: e, host: y, until: 2026-12-01, comment: c, by: b }\n',
      'local/exceptions.yml:3: exceptions.1.id: id e is used twice',
    ],
  ])('%s that says %j is refused with file, line and fix', (file, text, expected) => {
    write(`local/${file}`, text);
    const { code, lines } = problems();
    expect(code).toBe('ERR_POLICY_INVALID');
    expect(lines.join('\n')).toContain(expected);
  });

  it('reports the problems of all its files', () => {
    write('local/approved.yml', 'servers: 5\n');
    write('local/modes.yml', 'default: deny\n');
    expect(problems().lines).toHaveLength(2);
  });

  it('warns about what has expired, points to nothing, contradicts or holds a credential', () => {
    write(
      'local/approved.yml',
      'servers:\n  - url: https://a.example\n    until: 2026-11-19\n  - url: https://b.example/fc-0123456789abcdef0123456789abcdef/mcp\n  - url: https://c.example\n',
    );
    write(
      'local/modes.yml',
      'modes:\n  - { rule: 00000000-0000-4000-8000-000000000000, mode: log }\n  - { tag: no.such, mode: log }\nblocked:\n  - url: https://c.example\n  - { url: https://d.example, until: 2026-11-01 }\n',
    );
    write('local/exceptions.yml', 'exceptions:\n  - { id: ex-1, host: x.example, until: 2026-11-01, comment: c, by: b }\n');
    const warnings = loadSnapshotSource(folder, NOW).warnings.map((warning) => warning.replace(`${folder}/local/`, ''));
    expect(warnings).toEqual([
      'approved.yml:3: servers.0.until: the approval of https://a.example expired on 2026-11-19; renew or remove it',
      'approved.yml:4: servers.1.url: the URL holds a credential; write https://b.example/{redacted}/mcp instead, it covers the same server',
      'approved.yml:5: servers.2.url: https://c.example is approved here and blocked in modes.yml; the block wins',
      'modes.yml:2: modes.0.rule: there is no rule 00000000-0000-4000-8000-000000000000; the entry has no effect',
      'modes.yml:3: modes.1.tag: no rule has the tag no.such; the entry has no effect',
      'modes.yml:6: blocked.1.until: the block of https://d.example expired on 2026-11-01; renew or remove it',
      'exceptions.yml:2: exceptions.0.until: exception ex-1 expired on 2026-11-01; renew or remove it',
    ]);
  });
});

describe('any damage to a file', () => {
  const damage = fc.record({
    at: fc.nat({ max: 2000 }),
    cut: fc.nat({ max: 30 }),
    put: fc.constantFrom(
      '',
      ' ',
      ':',
      '- ',
      '{',
      '}',
      '[',
      ']',
      '"',
      "'",
      '\n',
      '\t',
      '&a ',
      '*a',
      '!!js ',
      '---\n',
      '__proto__: 1\n',
      '\u0000',
      '1e999',
      '~',
      '|',
      '%',
    ),
  });
  const policies = {
    'local/approved.yml':
      'servers:\n  - { url: https://a.example/mcp, groups: [x], until: 2026-12-01, when: user == "ann" }\nportals: []\n',
    'local/modes.yml':
      'default: log\nmodes:\n  - { traffic: shadow, mode: block, networks: [10.0.0.0/8], hosts: ["*.x.example"] }\n',
    'local/exceptions.yml': 'exceptions:\n  - { id: e, host: x.example, until: 2026-12-01, comment: c, by: b }\n',
  };

  it.each<[string, string, string]>([
    ['mcp/session.yml', RULE, 'ERR_RULE_INVALID'],
    ['samples.yml', SHARED, 'ERR_RULE_INVALID'],
    ...Object.entries(policies).map(([file, text]): [string, string, string] => [file, text, 'ERR_POLICY_INVALID']),
  ])('%s loads or is refused by name', (file, text, expected) => {
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (hurts) => {
        const broken = hurts.reduce((now, { at, cut, put }) => {
          const from = at % (now.length + 1);
          return now.slice(0, from) + put + now.slice(from + cut);
        }, text);
        write(file, broken);
        const { code, lines } = problems();
        expect(['', expected]).toContain(code);
        if (code !== '') expect(lines[0]).toMatch(/^(mcp|local)\/|^samples\.yml/);
      }),
      { numRuns: 60 },
    );
  });
});

describe('the examples in the documentation', () => {
  const examples = (file: string): string[] =>
    [...readFileSync(file, 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');

  it('load without a warning, and the rule of the tutorial passes its samples', () => {
    const [rule = ''] = examples('docs/howto/write-a-rule.md');
    const [approved = '', modes = '', pause = '', exceptions = '', groups = ''] = examples('docs/reference/policy-format.md');
    write('samples.yml', SHARED + readFileSync('rules/samples.yml', 'utf8'));
    write('local/rules/tutorial.yml', rule);
    write('local/approved.yml', approved);
    write('local/modes.yml', modes.replace('mcp.discovery.registry', 'local.destructive'));
    write('local/groups.yml', groups);
    expect(modesSchema.safeParse(parse(pause)).success).toBe(true);
    write('local/exceptions.yml', exceptions);
    const { source, warnings } = loadSnapshotSource(folder, NOW);
    expect(warnings).toEqual([]);
    const snapshot = compileSnapshot({ rules: source.rules, policy: emptyPolicy() });
    const results = runRuleSamples(source.rules, (flow, previous) => decide(flow, snapshot, previous));
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
    expect(results).toHaveLength(5);
  });
});

describe('names of public servers', () => {
  const names = loadServerNames('rules');

  it.each([
    ['https://mcp.sentry.dev/mcp', 'Sentry'],
    ['https://docs.mcp.cloudflare.com/sse', 'Cloudflare'],
    ['https://api.githubcopilot.com/mcp/x/issues', 'GitHub Copilot'],
    ['https://api.githubcopilot.com/chat', ''],
    ['https://mcp.sentry.dev.evil.example/', ''],
    ['not a url', ''],
  ])('%s is %j', (url, name) => {
    expect(nameServer(url, names)).toBe(name);
  });

  it('are refused with file and line if they are malformed', () => {
    write('servers.yml', 'a.example: A\nhttps://b.example: B\n');
    expect(() => loadServerNames(folder)).toThrow(/servers\.yml:2: /);
  });
});
