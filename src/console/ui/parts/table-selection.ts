// Which rows of a table are selected, for what is done to many at once: one more or one less, a range, all.

/** What a table that can be selected from is given. */
export interface Selection {
  keys: ReadonlySet<string>;
  onChange(keys: ReadonlySet<string>): void;
}

export function toggleKey(keys: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(keys);
  if (!next.delete(key)) next.add(key);
  return next;
}

/** Adds the rows from one to another, both included, in the order in which they are shown. */
export function addRange(keys: ReadonlySet<string>, shown: readonly string[], from: string, to: string): ReadonlySet<string> {
  const [start, end] = [shown.indexOf(from), shown.indexOf(to)].sort((one, other) => one - other) as [number, number];
  // The row that the range began at may have gone.
  return new Set([...keys, ...(start < 0 ? [to] : shown.slice(start, end + 1))]);
}

/** All that are shown, or none if all are already. */
export function toggleAll(keys: ReadonlySet<string>, shown: readonly string[]): ReadonlySet<string> {
  return shown.every((key) => keys.has(key)) ? new Set() : new Set(shown);
}
