import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildExactList, writeExactList } from '../src/engine/dlp/exact.ts';
import { sampleScanner } from '../src/engine/dlp/preview.ts';
import { runDetectorSamples } from '../src/engine/dlp/samples.ts';
import { FAMILIES } from '../src/engine/dlp/schema.ts';
import { snapshotIdOf } from '../src/engine/snapshot.ts';
import { DaylightError } from '../src/errors.ts';
import { loadSnapshotSource } from '../src/load.ts';
import { loadDlp } from '../src/load-dlp.ts';

const DETECTOR = `id: acme-token
title: Acme token
description: A detector that exists for a test.
family: credential
patterns:
  - regex: acme_([a-z0-9]{12})
    group: 1
anchors:
  literals: [acme_]
keywords: [acme]
samples:
  match:
    - acme_abcdefghijkl
  silent:
    - acme_short
`;
const PROFILES = `profiles:
  - id: keys
    detectors: [family:credential]
    request: redact
`;
const LIST = writeExactList(
  buildExactList(['C-100200300'], '0'.repeat(32), (text) => createHash('sha256').update(text).digest('hex')).list,
);

let root: string;
let folder: string;
let count = 0;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'daylight-load-dlp-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => {
  folder = join(root, String(++count), 'rules');
  write('dlp/acme-token.yml', DETECTOR);
  write('local/dlp.yml', PROFILES);
});

function write(name: string, text: string): void {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function problems(): { code: string; lines: string[] } {
  try {
    loadDlp(folder);
  } catch (error) {
    if (error instanceof DaylightError)
      return { code: error.code, lines: error.message.replaceAll(`${folder}/`, '').split('\n') };
    throw error;
  }
  return { code: '', lines: [] };
}

function warnings(): string[] {
  return loadDlp(folder).warnings.map((warning) => warning.replaceAll(`${folder}/`, ''));
}

describe('what is shipped', () => {
  const { source, warnings: remarks, detectorFiles } = loadDlp('rules');

  it('loads without a warning', () => {
    expect(remarks).toEqual([]);
    expect(detectorFiles.size).toBe(source.detectors.length);
  });

  it('names each file after its detector', () => {
    expect([...detectorFiles].filter(([id, file]) => file !== join('rules/dlp', `${id}.yml`))).toEqual([]);
  });

  it('is listed in the reference', () => {
    const rows = source.detectors.map(({ id, family, severity, title }) => `| \`${id}\` | ${family} | ${severity} | ${title} |`);
    const [, table = ''] = readFileSync('docs/reference/dlp-detectors.md', 'utf8').split('## Shipped detectors\n\n');
    expect(table.trimEnd().split('\n').slice(2)).toEqual(rows);
  });

  it('logs all families in both directions, and prompt injection in responses', () => {
    expect(source.profiles.map(({ id, request, response }) => [id, request, response])).toEqual([
      ['sensitive-data', 'log', 'log'],
      ['prompt-injection', 'off', 'log'],
    ]);
    const families = new Set(source.detectors.map(({ family }) => family));
    expect(FAMILIES.filter((family) => !families.has(family))).toEqual(['custom']);
  });
});

describe('loading', () => {
  it('reads detectors of one’s own beside the shipped ones, and the profiles', () => {
    write('local/dlp/mine.yml', DETECTOR.replace('acme-token', 'mine'));
    const { source, detectorFiles } = loadDlp(folder);
    expect(source.detectors.map(({ id }) => id)).toEqual(['acme-token', 'mine']);
    expect(source.profiles).toMatchObject([{ id: 'keys', threshold: 'medium', request: 'redact', response: 'log' }]);
    expect(detectorFiles.get('mine')).toBe(join(folder, 'local/dlp/mine.yml'));
  });

  it('gives no profiles without their file', () => {
    rmSync(join(folder, 'local/dlp.yml'));
    expect(loadDlp(folder)).toMatchObject({ source: { profiles: [] }, warnings: [] });
  });

  it('is part of the snapshot: any change gives it another id', () => {
    const before = snapshotIdOf(loadSnapshotSource(folder).source);
    write('local/dlp.yml', PROFILES.replace('redact', 'block'));
    expect(snapshotIdOf(loadSnapshotSource(folder).source)).not.toBe(before);
  });

  it('reads the exact list beside a detector', () => {
    write('local/dlp/customers.json', LIST);
    write('local/dlp/mine.yml', `${DETECTOR.replace('acme-token', 'mine')}exact: { file: customers.json }\n`);
    expect(loadDlp(folder).source.exact).toEqual({
      mine: { salt: '0'.repeat(32), hashes: [expect.stringMatching(/^[0-9a-f]{16}$/)] },
    });
  });
});

describe('a broken detector', () => {
  it.each<[string, (detector: string) => string, string]>([
    ['an unknown field', (text) => `${text}keyword: x\n`, 'dlp/acme-token.yml:16: keyword: there is no such field'],
    ['a wrong family', (text) => text.replace('credential', 'secrets'), 'dlp/acme-token.yml:4: family: is "secrets"'],
    [
      'an id with spaces',
      (text) => text.replace('acme-token', 'Acme Token'),
      'dlp/acme-token.yml:1: id: is "Acme Token"; must be words',
    ],
    ['a broken pattern', (text) => text.replace('([a-z0-9]{12})', '([a-z0-9'), 'dlp/acme-token.yml:6: patterns.0.regex:'],
    ['look-around', (text) => text.replace('acme_(', '(?<=x)acme_('), 'dlp/acme-token.yml:6: patterns.0.regex:'],
    [
      'a group that is not there',
      (text) => text.replace('group: 1', 'group: 2'),
      'dlp/acme-token.yml:6: patterns.0.regex: pattern "acme_([a-z0-9]{12})" has 1 group',
    ],
    ['a broken allow pattern', (text) => `${text}allow: ['(']\n`, 'dlp/acme-token.yml:16: allow.0:'],
    ['an unknown validator', (text) => `${text}validators: [lunh]\n`, 'dlp/acme-token.yml:16: validators.0:'],
    ['no anchors', (text) => text.replace(/anchors:\n.*\n/, ''), 'anchors: say what is in every match'],
    ['patterns and words', (text) => `${text}words: [acme]\n`, 'must have either patterns or words'],
    ['neither', (text) => text.replace(/patterns:\n(.*\n){2}/, ''), 'must have either patterns or words'],
    [
      'no samples',
      (text) => text.replace(/samples:\n(.*\n){4}/, ''),
      'dlp/acme-token.yml:1: samples.match: is []; give texts that it must find',
    ],
    ['no look-alikes', (text) => text.replace(/ {2}silent:\n.*\n/, ''), 'dlp/acme-token.yml:11: samples.silent:'],
    [
      'a list that is missing',
      (text) => `${text}exact: { file: gone.json }\n`,
      'exact.file: "gone.json" does not exist; make it with',
    ],
    ['a list elsewhere', (text) => `${text}exact: { file: ../../other.json }\n`, 'is outside the folder of the rules'],
    ['an absolute list', (text) => `${text}exact: { file: /etc/passwd }\n`, 'is outside the folder of the rules'],
    ['a list that is none', (text) => `${text}exact: { file: acme-token.yml }\n`, 'is no list of "daylight dlp exact build"'],
    ['a syntax error', (text) => text.replace('title: ', 'title: "'), 'is not valid YAML'],
    ['nothing in it', () => '', 'the document: is null'],
  ])('with %s is refused with file, line and fix', (_what, change, expected) => {
    write('dlp/acme-token.yml', change(DETECTOR));
    const { code, lines } = problems();
    expect(code).toBe('ERR_RULE_INVALID');
    expect(lines.join('\n')).toContain(expected);
  });

  it('may lack samples only if it was converted from something that has none', () => {
    write('dlp/acme-token.yml', `${DETECTOR.replace(/samples:\n(.*\n){4}/, '')}origin: gitleaks\n`);
    expect(problems().lines).toEqual([]);
  });

  it('is refused when all words together are too many', () => {
    const words = (letter: string): string =>
      JSON.stringify(Array.from({ length: 6_000 }, (_, index) => `${letter}${String(index).padStart(9, '0')}`));
    for (const letter of ['a', 'b']) {
      write(
        `local/dlp/${letter}.yml`,
        DETECTOR.replace('acme-token', letter).replace(/patterns:[\s\S]*(?=keywords)/, `words: ${words(letter)}\n`),
      );
    }
    expect(problems().lines.join()).toMatch(/^local\/dlp: words and literals of all detectors .* use an exact list$/);
  });

  it('whose id is taken is refused', () => {
    write('local/dlp/twin.yml', DETECTOR);
    expect(problems().lines).toEqual([
      'local/dlp/twin.yml:1: id: acme-token is already the id of dlp/acme-token.yml; give the detector another',
    ]);
  });

  it('does not make its profiles wrong, and does not hide the others', () => {
    write('dlp/acme-token.yml', DETECTOR.replace('credential', 'secrets'));
    write('dlp/second.yml', DETECTOR.replace('acme-token', 'second').replace('family: ', 'familiy: '));
    write('local/dlp.yml', PROFILES.replace('[family:credential]', '[acme-token, none-such]'));
    const { code, lines } = problems();
    expect(code).toBe('ERR_RULE_INVALID');
    expect(lines.map((line) => line.split(':')[0])).toEqual([
      'dlp/acme-token.yml',
      'dlp/second.yml',
      'dlp/second.yml',
      'local/dlp.yml',
    ]);
    expect(lines.at(-1)).toContain('there is no detector "none-such"');
  });

  it('cannot reach a file elsewhere through a link', () => {
    writeFileSync(join(folder, '../outside.json'), LIST);
    symlinkSync(join(folder, '../outside.json'), join(folder, 'dlp/list.json'));
    write('dlp/acme-token.yml', `${DETECTOR}exact: { file: list.json }\n`);
    expect(problems().lines.join()).toContain('leads outside the folder of the rules');
  });

  it('is never shown what a wrong list holds', () => {
    write('dlp/list.json', JSON.stringify({ version: 1, salt: '0'.repeat(32), hashes: ['4111111111111111 '] }));
    write('dlp/acme-token.yml', `${DETECTOR}exact: { file: list.json }\n`);
    expect(problems().lines.join()).toContain('hashes.0 must be 16 hexadecimal digits');
    expect(problems().lines.join()).not.toContain('4111');
  });
});

describe('profiles', () => {
  it.each<[string, string, string]>([
    [
      'an unknown detector',
      'detectors: [acme-tokn]',
      'local/dlp.yml:3: profiles.0.detectors.0: there is no detector "acme-tokn"; did you mean acme-token?',
    ],
    [
      'an unknown family',
      'detectors: [family:credentials]',
      'there is no family "family:credentials"; did you mean family:credential?',
    ],
    [
      'an unknown exception',
      'detectors: [all]\n    except: [family:x]',
      'local/dlp.yml:4: profiles.0.except.0: there is no family "family:x"',
    ],
    [
      'everything taken out',
      'detectors: [all]\n    except: [acme-token]',
      'local/dlp.yml:4: profiles.0.except: takes out every detector',
    ],
    ['no detectors', 'detectors: []', 'profiles.0.detectors: is []; is empty'],
    [
      'shadow traffic to change',
      'detectors: [all]\n    traffic: [approved, shadow]',
      'local/dlp.yml:4: profiles.0.traffic.1: shadow traffic can only be logged, and request is redact',
    ],
    ['an unknown class', 'detectors: [all]\n    traffic: [none]', 'profiles.0.traffic.0: is "none"'],
    [
      'a wrong action',
      'detectors: [all]\n    response: deny',
      'profiles.0.response: is "deny"; must be off, log, redact or block',
    ],
    ['a wrong network', 'detectors: [all]\n    networks: [10.0.0.0/99]', '"10.0.0.0/99" is not a network'],
    ['a wrong condition', 'detectors: [all]\n    when: usr == "ann"', 'local/dlp.yml:2: profiles.0: when:'],
    ['an unknown key', 'detectors: [all]\n    actoin: log', 'profiles.0.actoin: there is no such field'],
  ])('with %s are refused with file, line and fix', (_what, text, expected) => {
    write(
      'local/dlp.yml',
      PROFILES.replace('detectors: [family:credential]', () => text),
    );
    const { code, lines } = problems();
    expect(code).toBe('ERR_POLICY_INVALID');
    expect(lines.join('\n')).toContain(expected);
  });

  it('that share an id are refused', () => {
    write('local/dlp.yml', `${PROFILES}  - { id: keys, detectors: [all] }\n`);
    expect(problems().lines).toEqual(['local/dlp.yml:5: profiles.1.id: there is a profile keys already; give each its own id']);
  });

  it('may log any traffic', () => {
    write('local/dlp.yml', PROFILES.replace('request: redact', 'traffic: [shadow, bypass, suspect]'));
    expect(problems().lines).toEqual([]);
  });

  it('that come to nothing are warned about', () => {
    write('dlp/acme-token.yml', `${DETECTOR}directions: [response]\n`);
    write(
      'local/dlp.yml',
      `profiles:
  - { id: a, detectors: [family:custom] }
  - { id: b, detectors: [all], request: 'off', response: 'off' }
  - { id: c, detectors: [all], response: 'off' }
  - { id: d, detectors: [all] }
`,
    );
    expect(warnings()).toEqual([
      'local/dlp.yml:2: profiles.0: profile a has no detectors: nothing bears these names yet; it finds nothing',
      'local/dlp.yml:3: profiles.1: profile b is off in both directions; it reads nothing',
      'local/dlp.yml:4: profiles.2: profile c reads only the request, and none of its detectors looks there; it finds nothing',
    ]);
  });

  it('that leave out detectors of one’s own are warned about, once', () => {
    write('dlp/shipped.yml', DETECTOR.replace('acme-token', 'shipped').replace('credential', 'custom'));
    for (const name of 'abcdefg')
      write(`local/dlp/${name}.yml`, DETECTOR.replace('acme-token', name).replace('credential', 'custom'));
    expect(warnings()).toEqual(['local/dlp.yml: no profile uses a, b, c, d, e and 2 more of local/dlp; name them in a profile']);
  });
});

describe('the examples in the documentation', () => {
  const examples = (file: string): string[] =>
    [...readFileSync(file, 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');

  it('load, and the detector of the tutorial passes its samples', () => {
    const [tutorial = ''] = examples('docs/howto/write-a-detector.md');
    const [profiles = ''] = examples('docs/reference/dlp-profiles.md');
    write('local/dlp/contract-number.yml', tutorial);
    for (const name of ['jwt', 'payment-card']) write(`dlp/${name}.yml`, readFileSync(`rules/dlp/${name}.yml`, 'utf8'));
    write('local/dlp.yml', profiles);
    expect(warnings()).toEqual(['local/dlp.yml: no profile uses contract-number of local/dlp; name them in a profile']);
    const { detectors, exact } = loadDlp(folder).source;
    const tools = { now: () => 0, keyedHash: () => '', sha256: () => '' };
    const results = runDetectorSamples(detectors.slice(-1), sampleScanner(exact, tools));
    expect(results.map(({ detectorId, ok }) => [detectorId, ok])).toEqual(Array(4).fill(['contract-number', true]));
  });

  it('in the shipped dlp.yml load as well', () => {
    const commented = readFileSync('rules/local/dlp.yml', 'utf8')
      .split('\n')
      .filter((line) => /^# {1,9}(profiles:|-|[a-z]+:)/.test(line));
    write('local/dlp.yml', commented.map((line) => line.slice(2)).join('\n'));
    for (const name of ['jwt', 'injection-instruction']) write(`dlp/${name}.yml`, readFileSync(`rules/dlp/${name}.yml`, 'utf8'));
    expect(loadDlp(folder)).toMatchObject({
      warnings: [],
      source: { profiles: [{ id: 'no-keys-out' }, { id: 'learn-what-leaks' }] },
    });
  });
});

it('any damage to a file is refused with an error of ours, or harmless', () => {
  const texts = { 'dlp/acme-token.yml': DETECTOR, 'local/dlp.yml': PROFILES };
  const damage = fc.record({
    name: fc.constantFrom(...(Object.keys(texts) as (keyof typeof texts)[])),
    at: fc.nat({ max: 400 }),
    cut: fc.nat({ max: 30 }),
    put: fc.constantFrom(
      '',
      ' ',
      ':',
      '- ',
      '{',
      ']',
      '"',
      '\n',
      '\t',
      '&a ',
      '*a',
      '---\n',
      '__proto__: 1\n',
      '0',
      '(',
      '\u0000',
    ),
  });
  fc.assert(
    fc.property(damage, ({ name, at, cut, put }) => {
      const text = texts[name];
      write(name, text.slice(0, at) + put + text.slice(at + cut));
      const { lines } = problems();
      write(name, text);
      return lines.every((line) => /^(dlp|local)\/.*\.yml(:\d+)?: /.test(line));
    }),
    { numRuns: 80 },
  );
});
