// One question for many askers: dashboards that ask for the same within a second share one answer of the store. What failed is asked
// again.

import type { Scope } from './scope.ts';

export type Share = <T>(key: string, ask: () => Promise<T>) => Promise<T>;

interface Kept {
  until: number;
  answer: Promise<unknown>;
}

/** @param ms how long an answer stays good after it came @param now milliseconds, monotonic */
export function createShare(ms = 1_000, most = 500, now: () => number = () => performance.now()): Share {
  const kept = new Map<string, Kept>();
  return <T>(key: string, ask: () => Promise<T>): Promise<T> => {
    const known = kept.get(key);
    if (known && known.until > now()) return known.answer as Promise<T>;
    for (const [old, { until }] of kept) if (until <= now() || kept.size >= most) kept.delete(old);
    const answer = ask();
    const entry: Kept = { until: Number.POSITIVE_INFINITY, answer };
    kept.set(key, entry);
    answer.then(
      () => {
        entry.until = now() + ms;
      },
      () => {
        if (kept.get(key) === entry) kept.delete(key);
      },
    );
    return answer;
  };
}

/** What makes two questions the same. */
export function scopeKey(what: string, { from, to, filterText }: Scope, ...more: unknown[]): string {
  return JSON.stringify([what, from, to, filterText, ...more]);
}
