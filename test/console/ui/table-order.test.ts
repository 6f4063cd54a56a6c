import { describe, expect, it } from 'vitest';
import { parseOrder, sortRows, toggleOrder } from '../../../src/console/ui/parts/data-table-order.ts';

const columns = [{ key: 'n', compare: (one: { n: number }, other: { n: number }) => one.n - other.n }, { key: 'name' }];
const rows = [{ n: 2 }, { n: 3 }, { n: 1 }];

describe('the order of a table', () => {
  it('goes from descending to ascending to none', () => {
    expect(toggleOrder('', 'n')).toBe('-n');
    expect(toggleOrder('-n', 'n')).toBe('n');
    expect(toggleOrder('n', 'n')).toBe('');
    expect(toggleOrder('-n', 'name')).toBe('-name');
  });

  it('sorts a copy by a column that can compare', () => {
    expect(sortRows(rows, columns, parseOrder('-n'))).toEqual([{ n: 3 }, { n: 2 }, { n: 1 }]);
    expect(sortRows(rows, columns, parseOrder('n'))).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(rows[0]).toEqual({ n: 2 });
  });

  it('leaves the rows alone for a column that cannot, or is none', () => {
    for (const order of ['', 'name', '-nothing']) expect(sortRows(rows, columns, parseOrder(order))).toBe(rows);
  });
});
