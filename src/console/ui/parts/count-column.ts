// A column of counts: at the right, and sortable.

import { plain } from '../text/format.ts';
import type { Column } from './data-table.tsx';

/** @param width pixels @param none stands in place of 0 */
export function countColumn<Row>(
  key: string,
  title: string,
  width: number,
  count: (row: Row) => number,
  none = '0',
): Column<Row> {
  return {
    key,
    title,
    width,
    align: 'right',
    render: (row) => (count(row) === 0 ? none : plain(count(row))),
    compare: (one, other) => count(one) - count(other),
  };
}
