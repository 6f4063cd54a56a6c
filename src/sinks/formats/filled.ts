// Objects that hold only what is known: the event tables have '' and [] where they know nothing, formats leave it out.

type Known<T> = { [K in keyof T]?: Exclude<T[K], undefined | null> };

export function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

/** The members of an object that hold something; undefined if none does. */
export function filled<T extends object>(members: T): Known<T> | undefined {
  const known: Known<T> = {};
  let some = false;
  for (const key in members) {
    const value = members[key];
    if (isEmpty(value)) continue;
    known[key] = value as Exclude<T[typeof key], undefined | null>;
    some = true;
  }
  return some ? known : undefined;
}
