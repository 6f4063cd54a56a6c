import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIELDS, fieldsOf } from '../../../src/engine/filter/fields.ts';
import { MAX_DEPTH, MAX_LENGTH, MAX_TERMS, parseFilter } from '../../../src/engine/filter/parse.ts';
import { FilterProblem, pointAt } from '../../../src/engine/filter/problem.ts';
import { EVERYTHING, type FilterTree, timeOfFilter } from '../../../src/engine/filter/tree.ts';
import { someFilter } from './arbitrary.ts';
import { formatFilter } from './format.ts';

const now = Date.UTC(2026, 10, 20, 12);
const parse = (text: string): FilterTree => parseFilter(text, { now });
const formatted = (text: string): string => formatFilter(parse(text));

function problemOf(text: string): FilterProblem {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof FilterProblem) return error;
    throw error;
  }
  throw new Error(`${text} was accepted`);
}

describe('a filter', () => {
  it('is plain data', () => {
    expect(parse('traffic:shadow,bypass host:*.example.com confidence:>=70 invoice')).toEqual({
      kind: 'and',
      terms: [
        { kind: 'choice', field: 'traffic', words: ['shadow', 'bypass'] },
        { kind: 'text', field: 'host', patterns: [['', '.example.com']] },
        { kind: 'number', field: 'confidence', ranges: [{ from: 70 }] },
        { kind: 'word', word: 'invoice' },
      ],
    });
  });

  it('lets everything through when it is empty', () => {
    for (const text of ['', ' ', '\n\t']) expect(parse(text)).toEqual(EVERYTHING);
    expect(formatFilter(EVERYTHING)).toBe('');
  });

  it.each([
    ['a b OR c d', 'a b OR c d'],
    ['a AND (b OR c)', 'a (b OR c)'],
    ['((a)) (b c)', 'a b c'],
    ['(a or b) or c', 'a OR b OR c'],
    ['NOT user:ana', '-user:ana'],
    ['not (a b)', '-(a b)'],
    ['--a', 'a'],
    ['-NOT -a', '-a'],
    ['"or" "AND" oracle', '"or" "and" oracle'],
    ['(a)OR(b)', 'a OR b'],
  ])('joins words: %s', (text, expected) => {
    expect(formatted(text)).toBe(expected);
    expect(parse(expected)).toEqual(parse(text));
  });

  it.each([
    ['user:"Ana Maria"', [['Ana Maria']]],
    ['user:ana,bo*', [['ana'], ['bo', '']]],
    ['user:"a*b"', [['a*b']]],
    ['user:"a*"*b', [['a*', 'b']]],
    ['user:a**b', [['a', 'b']]],
    ['user:*', [['', '']]],
    ['user:""', [['']]],
    ['user:"say \\"hi\\" c:\\\\x"', [['say "hi" c:\\x']]],
    ['user:c:\\new', [['c:\\new']]],
    ['USER_ID:x', undefined],
    ['User:a:b', [['a:b']]],
  ])('reads texts: %s', (text, patterns) => {
    if (patterns === undefined) expect(problemOf(text).message).toMatch(/no field "USER_ID"/);
    else expect(parse(text)).toEqual({ kind: 'text', field: 'user', patterns });
  });

  it.each([
    ['404', [{ from: 404, to: 404 }]],
    [
      '4xx,5XX',
      [
        { from: 400, to: 499 },
        { from: 500, to: 599 },
      ],
    ],
    ['>=10', [{ from: 10 }]],
    ['>10', [{ from: 11 }]],
    ['<=10', [{ to: 10 }]],
    ['<10', [{ to: 9 }]],
    ['10..20', [{ from: 10, to: 20 }]],
  ])('reads numbers: %s', (text, ranges) => {
    expect(parse(`status:${text}`)).toEqual({ kind: 'number', field: 'status', ranges });
  });

  it('counts spans from now, and dates in UTC; the last day is included', () => {
    expect(parse('since:7d')).toEqual({ kind: 'time', field: 'since', at: now - 7 * 86_400_000 });
    expect(parse('from:2026-11-01')).toEqual({ kind: 'time', field: 'since', at: Date.UTC(2026, 10, 1) });
    expect(parse('until:2026-11-01')).toEqual({ kind: 'time', field: 'until', at: Date.UTC(2026, 10, 2) });
    expect(parse('until:2026-11-01T08:00')).toEqual({ kind: 'time', field: 'until', at: Date.UTC(2026, 10, 1, 8) });
    expect(parse('since:2026-11-01T08:00:30+02:00')).toMatchObject({ at: Date.UTC(2026, 10, 1, 6, 0, 30) });
    expect(formatted('until:2026-11-01 since:2026-10-01T08:00')).toBe('until:2026-11-01 since:2026-10-01T08:00:00Z');
  });

  it('tells the time to which it is bound as a whole', () => {
    expect(timeOfFilter(parse('since:2d a since:1d until:1h'))).toEqual({ since: now - 86_400_000, until: now - 3_600_000 });
    expect(timeOfFilter(parse('since:2d OR a'))).toEqual({});
    expect(timeOfFilter(parse('-since:2d'))).toEqual({});
    expect(timeOfFilter(parse('until:2d'))).toEqual({ until: now - 2 * 86_400_000 });
  });

  it('cuts free words as ClickHouse does', () => {
    expect(formatted('tools/call')).toBe('tools call');
    expect(formatted('-"Access denied"')).toBe('-(access denied)');
    expect(formatted('https://mcp.example.com/a,b')).toBe('https mcp example com a b');
    expect(formatted('über_日本')).toBe('über 日本');
  });

  it('comes back from its text as it was', () => {
    fc.assert(
      fc.property(someFilter(now), (tree) => {
        const text = formatFilter(tree);
        expect(JSON.parse(JSON.stringify(tree))).toEqual(tree);
        // A generated filter may be longer than one that people may write.
        if (text.length > MAX_LENGTH) return;
        expect(parse(text)).toEqual(tree);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a mistake', () => {
  it.each([
    ['a trafic:shadow', 2, 6, 'there is no field "trafic"; did you mean "traffic"?'],
    ['foo:bar', 0, 3, 'to look for the text as it is, put it in quotes. Fields are traffic, action'],
    ['constructor:x', 0, 11, 'there is no field'],
    ['traffic:shadow,shadw', 15, 5, '"traffic" is never "shadw"; did you mean "shadow"?'],
    ['action:nothing', 7, 7, 'it is one of: allow, log, redact, block'],
    ['status:abc', 7, 3, '"status" is a whole number, not "abc"; write e.g. 404, 4xx, >=500 or 200..299'],
    ['dlp:4xx', 4, 3, '10, >=10, <10 or 10..20'],
    ['dlp:-1', 4, 2, 'whole number'],
    ['dlp:99999999999999999', 4, 17, 'whole number'],
    ['dlp:<0', 4, 2, 'nothing lies within "<0"'],
    ['dlp:20..10', 4, 6, 'nothing lies within'],
    ['net:10.0.0.0/33', 4, 11, 'write e.g. 10.0.0.0/8'],
    ['id:7', 3, 1, 'is no event id'],
    ['since:yesterday', 6, 9, 'a span such as 24h or 7d, or a date'],
    ['since:2026-02-30', 6, 10, 'a span such as'],
    ['since:1d,2d', 9, 2, '"since" takes one time'],
    ['user: ana', 0, 5, '"user" needs a value right here, e.g. user:ana'],
    ['user:ana,', 0, 9, 'needs a value'],
    ['user:(a)', 0, 5, 'needs a value'],
    ['user:"ana', 5, 1, 'this quote is never closed'],
    ['(a', 0, 1, 'this parenthesis is never closed'],
    ['a)', 1, 1, 'no parenthesis is open'],
    ['()', 1, 1, 'something to look for is missing here'],
    ['a OR', 4, 0, 'something to look for is missing here'],
    ['OR a', 0, 2, 'must stand before OR; to look for the word put it in quotes'],
    ['a AND OR b', 6, 2, 'must stand before OR'],
    ['- a', 1, 1, 'something to look for is missing here'],
    ['NOT', 3, 0, 'something to look for is missing here'],
    ['exam*', 0, 5, 'a * needs a field, e.g. url:*word*'],
    ['"!!"', 0, 4, 'no letter or digit'],
    ['traffic:shadow,', 0, 15, 'needs a value'],
  ])('is pointed at: %s', (text, position, length, message) => {
    const problem = problemOf(text);
    expect(problem.message).toContain(message);
    expect([problem.position, problem.length]).toEqual([position, length]);
  });

  it('is marked below the line', () => {
    expect(pointAt('a trafic:b', problemOf('a trafic:b'))).toBe(
      'there is no field "trafic"; did you mean "traffic"?\n  a trafic:b\n    ^^^^^^',
    );
    const long = `${'word '.repeat(30)}trafic:b`;
    expect(
      pointAt(long, problemOf(long))
        .split('\n')
        .map((line) => line.length <= 110),
    ).not.toContain(false);
  });

  it('is never anything but a FilterProblem, whatever the text is', () => {
    const pieces = fc.constantFrom(
      'a',
      ' ',
      '(',
      ')',
      '-',
      'OR ',
      'NOT ',
      '"',
      '\\',
      '*',
      ',',
      ':',
      'user:',
      'status:',
      'since:',
      'net:',
      '1',
      '..',
      '>',
      '\ud800',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 40 }),
          fc.array(pieces).map((all) => all.join('')),
        ),
        (text) => {
          try {
            const tree = parse(text);
            expect(parse(formatFilter(tree))).toEqual(tree);
          } catch (error) {
            if (!(error instanceof FilterProblem)) throw error;
            expect(error.position + error.length).toBeLessThanOrEqual(text.length);
            expect(pointAt(text, error)).toContain('^');
          }
        },
      ),
      { numRuns: 5_000 },
    );
  });
});

describe('limits', () => {
  it('of length, of words and values, of depth', () => {
    expect(problemOf('a'.repeat(MAX_LENGTH + 1)).message).toContain('2001 characters; the limit is 2000');
    expect(parse('a'.repeat(MAX_LENGTH))).toMatchObject({ kind: 'word' });
    expect(parse('a '.repeat(MAX_TERMS))).toMatchObject({ kind: 'and' });
    expect(problemOf('a '.repeat(MAX_TERMS + 1))).toMatchObject({
      position: 2 * MAX_TERMS,
      message: 'a filter has at most 100 words and values',
    });
    expect(problemOf(`rule:${'a,'.repeat(MAX_TERMS)}a`).position).toBe(5 + 2 * MAX_TERMS);
    expect(problemOf(`"${'a '.repeat(MAX_TERMS + 1)}"`).message).toContain('at most 100');
    expect(parse(`${'('.repeat(MAX_DEPTH)}a${')'.repeat(MAX_DEPTH)}`)).toEqual({ kind: 'word', word: 'a' });
    expect(problemOf('('.repeat(MAX_DEPTH + 1))).toMatchObject({
      position: MAX_DEPTH,
      message: 'parentheses go at most 20 deep',
    });
    expect(parse(`${'-'.repeat(MAX_LENGTH - 1)}a`)).toMatchObject({ kind: 'not' });
  });
});

describe('the catalogue', () => {
  it('has examples that the parser reads, and no word twice', () => {
    for (const { name, example } of fieldsOf()) expect(parse(example)).toMatchObject({ field: name, kind: FIELDS[name].type });
    const words = fieldsOf().flatMap(({ name, aliases }) => [name, ...aliases]);
    expect(new Set(words).size).toBe(words.length);
    expect(words.filter((word) => !/^[a-z]+$/.test(word))).toEqual([]);
  });

  it('is the table of the reference', () => {
    const page = readFileSync(new URL('../../../docs/reference/query-language.md', import.meta.url), 'utf8');
    const rows = fieldsOf().map(({ name, aliases, type, words, meaning, example }) => {
      const names = [name, ...aliases].map((word) => `\`${word}\``).join(', ');
      const values = type === 'choice' ? words.map((word) => `\`${word}\``).join(' ') : type;
      return `| ${names} | ${values} | ${meaning} | \`${example}\` |`;
    });
    expect(page).toContain(`\n${rows.join('\n')}\n`);
    for (const [, text] of page.matchAll(/^\| `([^`]+)` \| [^|]+ \|$/gm)) expect(() => parse(text!), text).not.toThrow();
  });
});
