import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnchorScanner, type AnchorSink, compileAnchors } from '../../../src/engine/dlp/anchors.ts';

/** What a scanner tells about a text that is read in pieces of this length. */
function told(text: string, literals: readonly string[], piece = text.length, ranges: [number, number][] = []): string[] {
  const found: string[] = [];
  const tell = (line: string): boolean => {
    found.push(line);
    return false;
  };
  const sink: AnchorSink = {
    literal: (index, start, end) => tell(`${literals[index]}@${start}-${end}`),
    digits: (count, start, end) => tell(`${count} digits@${start}-${end}`),
    character: (code, start, end) => tell(`U+${code.toString(16)}@${start}-${end}`),
  };
  const table = compileAnchors(new Map(literals.map((literal, index) => [literal, [index]])), ranges);
  const scanner = new AnchorScanner(table, sink);
  scanner.start();
  for (let at = 0; at < text.length; at += Math.max(1, piece))
    scanner.read(text, at, Math.min(text.length, at + Math.max(1, piece)));
  scanner.end();
  return found;
}

describe('anchors', () => {
  it('are literals in any case, also inside each other', () => {
    expect(told('uSHERs', ['he', 'she', 'hers'])).toEqual(['she@1-4', 'he@2-4', 'hers@2-6']);
    expect(told('ÄRGER, Kelvin: \u212a', ['ärger', 'k'])).toEqual(['ärger@0-5', 'k@7-8', 'k@15-16']);
    expect(told('strictly\nconfidential', ['strictly confidential'])).toHaveLength(1);
  });

  it('are found as a search for each of them finds them, however the text is cut', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        fc.uniqueArray(word, { minLength: 1, maxLength: 6 }),
        fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'A', ' '), maxLength: 40 }),
        fc.integer({ min: 1, max: 10 }),
        (literals, text, piece) => {
          const expected = literals.flatMap((literal) =>
            Array.from(text, (_, at) => at)
              .filter((at) => text.toLowerCase().startsWith(literal, at))
              .map((at) => `${literal}@${at}-${at + literal.length}`),
          );
          expect(told(text, literals, piece).sort()).toEqual(expected.sort());
        },
      ),
    );
  });

  it('are runs of digits with single separators', () => {
    const runs = (text: string): string[] => told(text, []);
    expect(runs('a 4111 1111-1111.1111/1 b')).toEqual(['17 digits@2-23']);
    expect(runs('12  34')).toEqual(['2 digits@0-2', '2 digits@4-6']);
    expect(runs('1,2 x3')).toEqual(['1 digits@0-1', '1 digits@2-3', '1 digits@5-6']);
    expect(told('123 456', [], 1)).toEqual(['6 digits@0-7']);
  });

  it('are no numbers longer than any number is, but what stands beside them', () => {
    const long = '7'.repeat(60);
    expect(told(long, [])).toEqual([]);
    expect(told(`12 ${long} 345`, []).map((line) => line.split('@')[0])).toEqual(['2 digits', '3 digits']);
    expect(told('7'.repeat(40), [])).toEqual(['40 digits@0-40']);
  });

  it('are characters of a range, on every plane', () => {
    const ranges: [number, number][] = [
      [0x200b, 0x200d],
      [0xe0000, 0xe007f],
    ];
    expect(told('a\u200bb\u200ec\u{e0041}\u{1f600}\ud800', [], 3, ranges)).toEqual(['U+200b@1-2', 'U+e0041@5-7']);
  });

  it('must not be too many', () => {
    const literals = new Map(Array.from({ length: 20_000 }, (_, index) => [`word${index}`, [0]] as const));
    expect(() => compileAnchors(literals, [])).toThrow('the limit is 100000');
  });
});
