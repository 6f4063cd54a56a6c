import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGate, compilePattern, compileSpans } from '../../src/engine/regex.ts';

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

describe('a pattern that says where it matches', () => {
  it('gives the place of the match and of a group, from any place on, with what stands before it in view', () => {
    const pattern = compileSpans(String.raw`\bid=(\d+)`, 1);
    expect(pattern.find('id=12 xid=3 id=45', 0)).toEqual({ start: 0, end: 5, partStart: 3, partEnd: 5 });
    expect(pattern.find('id=12 xid=3 id=45', 1)).toEqual({ start: 12, end: 17, partStart: 15, partEnd: 17 });
    expect(pattern.find('id=12 xid=3', 7)).toBeUndefined();
    expect(compileSpans('a(b)?').find('xa', 0)).toEqual({ start: 1, end: 2, partStart: 1, partEnd: 2 });
    expect(compileSpans('a(b)?', 1).find('xa', 0)).toMatchObject({ partStart: -1, partEnd: -1 });
  });

  it('is refused like any other, or for a group that it does not have', () => {
    expect(() => compileSpans('(a+)+')).toThrow('repeats a repetition');
    expect(() => compileSpans('(a)(b)', 3)).toThrow('has 2 groups, so there is no group 3');
  });

  it('is tried together with others, however large they are', () => {
    const gate = compileGate(['(?i)one', 'Two', 'x{900}', '^y{900}$']);
    expect(['a ONE', 'Two', 'x'.repeat(900), 'y'.repeat(900)].map(gate.test)).toEqual([true, true, true, true]);
    expect(['on', 'TWO', 'x'.repeat(899), `${'y'.repeat(900)}z`, ''].some(gate.test)).toBe(false);
    expect(gate.size).toBeGreaterThan(1_800);
  });
});
