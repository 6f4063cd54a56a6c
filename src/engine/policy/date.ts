// Dates in policy, as epoch milliseconds. A day alone is UTC.

const DAY = 86_400_000;

/** First millisecond at which something dated `until` no longer holds; the day itself is included. */
export function endOf(until: string | undefined): number {
  if (until === undefined) return Number.POSITIVE_INFINITY;
  return until.length === 10 ? Date.parse(until) + DAY : Date.parse(until);
}

/** First millisecond at which something dated `after` holds. */
export function startOf(after: string | undefined): number {
  return after === undefined ? Number.NEGATIVE_INFINITY : Date.parse(after);
}
