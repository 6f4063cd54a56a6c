// Results of pure functions that are asked the same thing again and again: the same few servers, the same kinds of requests.
//
// Two generations of at most `limit` entries each. When the younger one is full it becomes the older one and the older one is
// dropped, so that what is in use stays and a flood of new keys costs bounded memory. What it holds is never decided upon: with and
// without it the answers are the same.

/** Longer texts are computed anew: they seldom come twice, and would fill the memory. */
const LONGEST = 512;

/** A bounded table of results by text. */
export interface Memory<T> {
  get(key: string): T | undefined;
  set(key: string, value: T): void;
  /** Entries held at present; at most twice the limit. */
  size(): number;
}

/** @param limit entries of one generation */
export function createMemory<T>(limit: number): Memory<T> {
  let young = new Map<string, T>();
  let old = new Map<string, T>();

  function set(key: string, value: T): void {
    if (young.size >= limit) {
      old = young;
      young = new Map();
    }
    young.set(key, value);
  }

  return {
    get(key) {
      const found = young.get(key);
      if (found !== undefined) return found;
      const older = old.get(key);
      if (older !== undefined) set(key, older);
      return older;
    },
    set,
    size: () => young.size + old.size,
  };
}

/** The same function of one text, with the answers to recent questions kept. Its results are shared: they must not be changed. */
export function remember<T>(compute: (text: string) => T, limit = 256): (text: string) => T {
  const memory = createMemory<T>(limit);
  return (text) => {
    if (text.length > LONGEST) return compute(text);
    const known = memory.get(text);
    if (known !== undefined) return known;
    const result = compute(text);
    memory.set(text, result);
    return result;
  };
}
