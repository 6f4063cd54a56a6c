import { describe, expect, it } from 'vitest';
import { addRange, toggleAll, toggleKey } from '../../../src/console/ui/parts/table-selection.ts';

const shown = ['a', 'b', 'c', 'd'];
const of = (...keys: string[]) => new Set(keys);

describe('the selection of a table', () => {
  it('takes one more, or one less', () => {
    expect(toggleKey(of('a'), 'b')).toEqual(of('a', 'b'));
    expect(toggleKey(of('a', 'b'), 'a')).toEqual(of('b'));
  });

  it('takes a range, in either direction, and keeps what was selected', () => {
    expect(addRange(of('a'), shown, 'b', 'd')).toEqual(of('a', 'b', 'c', 'd'));
    expect(addRange(of(), shown, 'c', 'b')).toEqual(of('b', 'c'));
    expect(addRange(of(), shown, 'gone', 'b')).toEqual(of('b'));
  });

  it('takes all that is shown, and lets all go', () => {
    expect(toggleAll(of('b'), shown)).toEqual(of(...shown));
    expect(toggleAll(of(...shown), shown)).toEqual(of());
  });
});
