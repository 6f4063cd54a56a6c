import { describe, expect, it } from 'vitest';
import { compileDetector, compileDlp, DetectorProblems, NO_DLP } from '../../../src/engine/dlp/compile.ts';
import type { Detector } from '../../../src/engine/dlp/schema.ts';
import { card, compile, DETECTORS, detector, marker, password, REDACT_ALL } from './scanning.ts';

function problemsOf(source: Detector): { path: readonly (string | number)[]; message: string }[] {
  try {
    compileDetector(source);
  } catch (error) {
    if (error instanceof DetectorProblems) return error.problems.map(({ path, message }) => ({ path, message }));
    throw error;
  }
  return [];
}

const patterns = (...regexes: string[]): Detector['patterns'] =>
  regexes.map((regex) => ({ regex, group: 0, alone: 'medium' as const, near: 'high' as const }));

describe('a detector', () => {
  it('is refused with everything that is wrong with it', () => {
    const wrong = {
      ...card,
      patterns: [
        ...patterns('[', '(?=a)b', '(a+)+')!,
        { regex: '(a)b', group: 2, alone: 'none' as const, near: 'high' as const },
      ],
      validators: ['luhn', 'no-such', 'toString'],
      allow: ['ok', '('],
    };
    const problems = problemsOf(wrong);
    expect(problems.map(({ path }) => path.join('.'))).toEqual([
      'patterns.0.regex',
      'patterns.1.regex',
      'patterns.2.regex',
      'patterns.3.regex',
      'allow.1',
      'validators.1',
      'validators.2',
    ]);
    expect(problems[1]?.message).toContain('no look-around');
    expect(problems[2]?.message).toContain('repeats a repetition');
    expect(problems[3]?.message).toContain('has 1 group, so there is no group 2');
    expect(problems[5]?.message).toMatch(/there is no validator "no-such"; there are .*luhn/);
  });

  it('is refused if its pattern matches nothing at all', () => {
    expect(problemsOf({ ...card, patterns: patterns('a*') })).toMatchObject([
      { message: expect.stringContaining('an empty text') },
    ]);
  });

  it('is refused if its range of characters ends before it begins', () => {
    const source = { ...card, anchors: { characters: [[0x2000, 0x1fff] as [number, number]] } };
    expect(problemsOf(source)).toMatchObject([{ path: ['anchors', 'characters', 0] }]);
  });

  it('is refused if it needs keywords and has none', () => {
    const source = { ...password, patterns: [{ regex: 'a', group: 0, alone: 'none' as const, near: 'high' as const }] };
    expect(problemsOf(source)).toMatchObject([{ path: ['keywords'] }]);
  });

  it('is refused if its words are too many', () => {
    const words = Array.from({ length: 20_000 }, (_, index) => `word${index}`);
    expect(problemsOf({ ...marker, words })).toMatchObject([{ path: ['words'], message: expect.stringContaining('exact list') }]);
  });

  it('finds nothing without its exact list', () => {
    const { exact } = compileDetector({ ...card, exact: { file: 'list.json' } });
    expect(exact?.hashes.size).toBe(0);
  });
});

describe('all of DLP', () => {
  it('may be nothing', () => {
    expect(compileDlp(NO_DLP)).toMatchObject({ detectors: [], profiles: [] });
  });

  it('gives each profile its detectors', () => {
    const dlp = compile([
      REDACT_ALL,
      { id: 'some', detectors: ['family:credential', 'payment-card'], except: ['password-assignment'] },
    ]);
    expect(dlp.profiles.map(({ detectors }) => detectors.map(({ source }) => source.id))).toEqual([
      DETECTORS.map(({ id }) => id),
      ['payment-card', 'github-token'],
    ]);
    expect(dlp.detectors.map(({ index }) => index)).toEqual(DETECTORS.map((_, index) => index));
  });

  it('names the detector or the scope that is wrong', () => {
    expect(() => compile([REDACT_ALL], [{ ...card, validators: ['x'] }])).toThrow(
      'detector payment-card: there is no validator "x"',
    );
    expect(() => compile([{ ...REDACT_ALL, networks: ['10.0.0.0/99'] }])).toThrow('is not a network');
    expect(() => compile([{ ...REDACT_ALL, when: 'user ==' }])).toThrow('when:');
  });

  it('takes literals that several detectors share, and those in any case or writing', () => {
    const twin = detector({ id: 'twin', patterns: [{ regex: 'x' }], anchors: { literals: ['PASSWORD', '機'] } });
    expect(() => compile([REDACT_ALL], [...DETECTORS, twin])).not.toThrow();
  });
});
