import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Condition, parseCondition } from '../../../src/engine/rules/condition.ts';

const NAMES = ['sel_a', 'sel_b', 'filter'];

/** What a condition says when the given selections hold. */
function holds(text: string, ...true_: string[]): boolean {
  const evaluate = (condition: Condition): boolean => {
    if (condition.op === 'selection') return true_.includes(condition.name);
    if (condition.op === 'not') return !evaluate(condition.item);
    return condition.op === 'and' ? condition.items.every(evaluate) : condition.items.some(evaluate);
  };
  return evaluate(parseCondition(text, NAMES));
}

describe('a condition', () => {
  it('binds not before and, and before or', () => {
    expect(holds('sel_a or sel_b and not filter', 'sel_a', 'filter')).toBe(true);
    expect(holds('(sel_a or sel_b) and not filter', 'sel_a', 'filter')).toBe(false);
    expect(holds('not sel_a and sel_b', 'sel_b')).toBe(true);
    expect(holds('not (sel_a and sel_b)', 'sel_a', 'sel_b')).toBe(false);
  });

  it('counts selections by pattern', () => {
    expect(holds('1 of sel_*', 'sel_b')).toBe(true);
    expect(holds('all of sel_*', 'sel_b')).toBe(false);
    expect(holds('all of sel_* and not filter', 'sel_a', 'sel_b')).toBe(true);
    expect(holds('1 of them', 'filter')).toBe(true);
    expect(holds('all of them', 'sel_a', 'sel_b')).toBe(false);
    expect(holds('not 1 of sel_*', 'filter')).toBe(true);
  });

  it('does not care about the case of its words', () => {
    expect(holds('sel_a AND NOT filter', 'sel_a')).toBe(true);
    expect(holds('ALL OF sel_*', 'sel_a', 'sel_b')).toBe(true);
  });

  it.each([
    ['', 'is empty'],
    ['sel_c', '"sel_c" is not a selection'],
    ['sel_a sel_b', 'one word too many'],
    ['sel_a and', 'ends too early'],
    ['(sel_a', 'closing parenthesis'],
    ['sel_a)', 'one word too many'],
    ['2 of sel_*', 'not supported'],
    ['1 of other_*', 'no selection is called'],
    ['and sel_a', 'cannot stand here'],
    [`${'not '.repeat(60)}sel_a`, 'nested deeper'],
  ])('refuses %j and says why', (text, why) => {
    expect(() => parseCondition(text, NAMES)).toThrow(why);
  });

  it('parses or refuses any text, and nothing else happens', () => {
    const words = fc.constantFrom('and', 'or', 'not', '(', ')', '1', 'all', 'of', 'them', 'sel_*', 'sel_a', 'filter', 'x');
    fc.assert(
      fc.property(fc.array(words, { maxLength: 30 }), (list) => {
        try {
          parseCondition(list.join(' '), NAMES);
        } catch (error) {
          expect(String(error)).toContain('condition');
        }
      }),
    );
  });
});
