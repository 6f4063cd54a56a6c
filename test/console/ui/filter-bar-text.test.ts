import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkFilter, suggest, termFor, termsOf, withoutTerm, withTerm } from '../../../src/console/ui/parts/filter-bar-text.ts';

const texts = (filter: string) => termsOf(filter).map(({ text }) => text);

describe('the terms of a filter as chips', () => {
  it('stand between spaces, with quotes and parentheses kept together', () => {
    expect(texts('traffic:shadow  user:"ana silva" -(host:a OR host:b) "two words"')).toEqual([
      'traffic:shadow',
      'user:"ana silva"',
      '-(host:a OR host:b)',
      '"two words"',
    ]);
  });

  it('take NOT along and leave AND out', () => {
    expect(texts('not user:ana and traffic:shadow')).toEqual(['not user:ana', 'traffic:shadow']);
  });

  it('are none where alternatives stand side by side', () => {
    expect(texts('user:ana OR user:bo')).toEqual([]);
  });

  it('can be taken away, and what is left means the rest', () => {
    const filter = 'traffic:shadow and user:ana and host:x';
    const [first, second, third] = termsOf(filter);
    expect(withoutTerm(filter, first!)).toBe('user:ana and host:x');
    expect(withoutTerm(filter, second!)).toBe('traffic:shadow host:x');
    expect(withoutTerm(filter, third!)).toBe('traffic:shadow and user:ana');
  });

  it('are added once, and beside alternatives in parentheses', () => {
    expect(withTerm('user:ana', 'traffic:shadow')).toBe('user:ana traffic:shadow');
    expect(withTerm('user:ana traffic:shadow', 'traffic:shadow')).toBe('user:ana traffic:shadow');
    expect(withTerm('user:ana OR user:bo', 'traffic:shadow')).toBe('(user:ana OR user:bo) traffic:shadow');
    expect(withTerm('', 'dlp:>0')).toBe('dlp:>0');
  });

  it('cover any text without losing a character of a term', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        for (const term of termsOf(text)) {
          expect(text.slice(term.start, term.end).replace(/\s+/g, ' ')).toContain(term.text.split(' ').at(-1));
        }
      }),
    );
  });
});

describe('a term for a value', () => {
  it('is one that the language reads, whatever the value', () => {
    for (const value of ['ana', 'ana silva', 'a"b\\c', 'https://mcp.example.com/mcp?x=(1)', '*', '', '\u202egpj']) {
      expect(checkFilter(termFor('user', value), 0), value).toBeUndefined();
    }
    expect(termFor('user', 'a*b')).toBe('user:"a*b"');
  });
});

describe('a filter that is wrong', () => {
  it('is told with the place', () => {
    expect(checkFilter('traffic:shadow usr:ana', 0)).toMatchObject({ position: 15, length: 3 });
    expect(checkFilter('traffic:shadow', 0)).toBeUndefined();
  });
});

describe('completion', () => {
  it('offers fields for the word at the cursor', () => {
    const [first] = suggest('traffic:shadow us', 17);
    expect(first).toMatchObject({ filter: 'traffic:shadow user:', cursor: 20, label: 'user:' });
  });

  it('offers the words that a field takes, one after another', () => {
    expect(suggest('traffic:', 8).map(({ label }) => label)).toContain('shadow');
    expect(suggest('-traffic:shadow,by', 18)).toEqual([
      expect.objectContaining({ filter: '-traffic:shadow,bypass', cursor: 22 }),
    ]);
  });

  it('keeps what stands behind the cursor', () => {
    expect(suggest('act user:ana', 3)[0]).toMatchObject({ filter: 'action: user:ana' });
  });

  it('offers nothing where nothing was begun, or anything goes', () => {
    expect(suggest('', 0)).toEqual([]);
    expect(suggest('user:an', 7)).toEqual([]);
    expect(suggest('traffic:shadow', 14)).toEqual([]);
  });
});
