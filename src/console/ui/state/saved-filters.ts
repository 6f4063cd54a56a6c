// Filters that a person wants again, by name, kept in this browser. What is stored there may be anything: it is read with care.

export interface SavedFilter {
  name: string;
  filter: string;
}

const KEY = 'daylight.filters';
const MOST = 50;

/** The storage of the browser, or what stands for it. */
type Store = Pick<Storage, 'getItem' | 'setItem'>;

export function readSavedFilters(store: Store): SavedFilter[] {
  try {
    const found: unknown = JSON.parse(store.getItem(KEY) ?? '[]');
    return Array.isArray(found) ? found.filter(isSavedFilter) : [];
  } catch {
    return [];
  }
}

/** One of the same name is replaced; the newest is first. A browser that keeps nothing is no fault. */
export function saveFilter(store: Store, entry: SavedFilter): SavedFilter[] {
  return write(store, [entry, ...readSavedFilters(store).filter(({ name }) => name !== entry.name)].slice(0, MOST));
}

export function forgetFilter(store: Store, name: string): SavedFilter[] {
  return write(
    store,
    readSavedFilters(store).filter((entry) => entry.name !== name),
  );
}

function write(store: Store, entries: SavedFilter[]): SavedFilter[] {
  try {
    store.setItem(KEY, JSON.stringify(entries));
  } catch {}
  return entries;
}

function isSavedFilter(value: unknown): value is SavedFilter {
  const entry = value as Partial<SavedFilter> | null;
  return typeof entry?.name === 'string' && entry.name !== '' && typeof entry.filter === 'string';
}
