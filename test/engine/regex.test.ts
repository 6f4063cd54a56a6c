import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../src/engine/regex.ts';

describe('a pattern', () => {
  it('searches anywhere in the text', () => {
    expect(compilePattern('mcp')('https://tools.example/mcp')).toBe(true);
    expect(compilePattern('^mcp$')('mcp2')).toBe(false);
    expect(compilePattern('(?i)MCP')('mcp')).toBe(true);
  });

  it.each(['(a+)+$', '(a*)*', '(?:x+|y)*z', String.raw`(\w+\s?)+$`, '((a+)){2,}', '([a-z]+)*b', '(a+b*)+'])(
    '%s is refused because it repeats a repetition',
    (source) => {
      expect(() => compilePattern(source)).toThrow('repeats a repetition');
    },
  );

  it.each([
    String.raw`([a-z0-9-]+\.)+example$`,
    '(ab)+',
    '(a|b)*',
    '[(+)]+',
    String.raw`\(a+\)+`,
    '(?:/[^/]+)*$',
    'a{2,5}(b+c){1,3}',
  ])('%s is accepted', (source) => {
    expect(() => compilePattern(source)).not.toThrow();
  });

  it.each([
    ['(?=a)', 'not valid RE2'],
    [String.raw`(a)\1`, 'not valid RE2'],
    ['a{1001}', 'not valid RE2'],
    ['a'.repeat(1001), 'the limit is 1000'],
    ['[', 'not valid RE2'],
  ])('%s is refused with a reason', (source, reason) => {
    expect(() => compilePattern(source)).toThrow(reason);
  });

  it('accepts or refuses any text', () => {
    const atoms = fc.constantFrom('(', ')', '[', ']', '*', '+', '?', '{2,}', '|', '\\', 'a', 'b', '.', '^', '$', '(?:', '{');
    fc.assert(
      fc.property(fc.array(atoms, { maxLength: 20 }), (parts) => {
        try {
          compilePattern(parts.join(''))('aab');
        } catch (error) {
          expect(String(error)).toContain('pattern');
        }
      }),
    );
  });
});
