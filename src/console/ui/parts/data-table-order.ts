// In which order a table shows its rows, as it stands in the address: `n` ascending by column n, `-n` descending.

export interface Order {
  key: string;
  descending: boolean;
}

interface Comparable<Row> {
  key: string;
  compare?(one: Row, other: Row): number;
}

export function parseOrder(text: string): Order | undefined {
  if (text === '') return undefined;
  return text.startsWith('-') ? { key: text.slice(1), descending: true } : { key: text, descending: false };
}

/** What a click on a column's head makes of the order: descending first, for the largest is asked for most; then ascending, then none. */
export function toggleOrder(text: string, key: string): string {
  if (text === `-${key}`) return key;
  return text === key ? '' : `-${key}`;
}

/** A sorted copy; the rows as they are without an order that fits. */
export function sortRows<Row>(
  rows: readonly Row[],
  columns: readonly Comparable<Row>[],
  order: Order | undefined,
): readonly Row[] {
  const compare = columns.find(({ key }) => key === order?.key)?.compare;
  if (!compare) return rows;
  const sign = order?.descending ? -1 : 1;
  return rows.toSorted((one, other) => sign * compare(one, other));
}
