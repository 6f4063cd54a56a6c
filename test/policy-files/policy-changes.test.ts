import { describe, expect, test } from 'vitest';
import { comparePolicy, describeChange, summarizeSide } from '../../src/policy-files/policy-changes.ts';
import type { PolicyTexts } from '../../src/policy-files/policy-texts.ts';

const words = (before: PolicyTexts, after: PolicyTexts) => comparePolicy(before, after).map(describeChange);
const modes = (text: string): PolicyTexts => ({ 'modes.yml': text });

describe('a change in words', () => {
  test.each<[string, PolicyTexts, PolicyTexts, string[]]>([
    [
      'an approval added',
      { 'approved.yml': 'servers: []\n' },
      { 'approved.yml': 'servers:\n  - { url: https://a.example/mcp, owner: web, tools: [x, y] }\n' },
      ['added approval of https://a.example/mcp (owner web, tools x y)'],
    ],
    [
      'an approval changed',
      { 'approved.yml': 'servers: [{ url: https://a.example, until: 2026-12-01, owner: web }]' },
      { 'approved.yml': 'servers: [{ url: https://a.example, until: 2027-01-01, groups: [x] }]' },
      ['changed approval of https://a.example: until 2026-12-01 → 2027-01-01, owner web removed, groups x added'],
    ],
    ['the default', modes('default: log'), modes('default: block'), ['changed default mode: log → block']],
    [
      'a mode, told by its target and scope',
      modes('modes: [{ traffic: shadow, mode: log, groups: [x] }, { traffic: shadow, mode: log }]'),
      modes('modes: [{ traffic: shadow, mode: block, groups: [x], canary: 10% }, { traffic: shadow, mode: log }]'),
      ['changed mode of traffic shadow for groups x: mode log → block, canary 10% added'],
    ],
    [
      'a pause and a block',
      modes('blocked: [{ url: https://a.example }]'),
      modes('pause: { until: 2026-12-01T12:00:00Z, comment: why }'),
      ['removed block of https://a.example', 'added pause (until 2026-12-01T12:00:00Z, comment why)'],
    ],
    [
      'exceptions, groups and profiles, and a file that is gone',
      { 'exceptions.yml': 'exceptions: [{ id: ex-1, host: a }]', 'dlp.yml': 'profiles: [{ id: p, detectors: [all] }]' },
      { 'groups.yml': 'groups: { a: { users: [ann] } }' },
      ['removed exception ex-1 (host a)', 'added group a (users ann)', 'removed DLP profile p (detectors all)'],
    ],
    [
      'the order alone, which matters',
      modes('modes: [{ rule: a, mode: log }, { rule: b, mode: log }]'),
      modes('modes: [{ rule: b, mode: log }, { rule: a, mode: log }]'),
      ['changed order of entries in modes.yml'],
    ],
    ['a comment alone', modes('default: log'), modes('default: log # why'), ['changed comments and layout in modes.yml']],
    ['a file that is no YAML', modes('default: log'), modes('default: ['), ['changed modes.yml, which cannot be read']],
    ['nothing', modes('default: log'), modes('default: log'), []],
    ['an empty file that appeared', {}, { 'approved.yml': 'servers: []\n' }, []],
  ])('%s', (_what, before, after, expected) => {
    const found = words(before, after);
    if (_what.endsWith('no YAML')) expect(found.join('\n')).toContain('default mode');
    else expect(found).toEqual(expected);
  });
});

describe('the sides of a change', () => {
  test('are the entries as they were and as they are', () => {
    const changes = comparePolicy(
      modes('default: log\nmodes: [{ rule: a, mode: log }]'),
      modes('default: block\nmodes: [{ tag: b, mode: off }]'),
    );
    expect(JSON.parse(summarizeSide(changes, 'before'))).toEqual({
      'default mode': 'log',
      'mode of rule a': { rule: 'a', mode: 'log' },
    });
    expect(JSON.parse(summarizeSide(changes, 'after'))).toEqual({
      'default mode': 'block',
      'mode of tag b': { tag: 'b', mode: 'off' },
    });
    expect(summarizeSide([], 'after')).toBe('');
  });

  test('stay short however much was changed', () => {
    const many = Array.from({ length: 3_000 }, (_, index) => `  - { url: https://host-${index}.example/mcp }\n`).join('');
    const side = summarizeSide(comparePolicy({}, { 'approved.yml': `servers:\n${many}` }), 'after');
    expect(side.length).toBeLessThan(8_200);
    expect(JSON.parse(side)).toMatchObject({ entries: 3_000 });
  });
});
