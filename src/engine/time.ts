// Points in time as people write them: `90m`, `24h`, `14d` ago, or an ISO 8601 date or time, in UTC unless it says otherwise.

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 } as const;
const DAY = UNITS.d;
const LATEST = Date.UTC(2200, 0, 1);

/** The length of a span such as `10m` in milliseconds, or undefined if the text is none. */
export function spanOf(text: string): number | undefined {
  const found = /^(\d{1,6})([smhdw])$/.exec(text);
  return found ? Number(found[1]) * UNITS[found[2] as keyof typeof UNITS] : undefined;
}

/**
 * Epoch milliseconds, from 1970 to 2199, or undefined if the text is no time.
 *
 * @param edge which end of a bare date is meant. `end` is the first moment after the day.
 */
export function timeOf(text: string, now: number, edge: 'start' | 'end' = 'start'): number | undefined {
  const span = spanOf(text);
  if (span !== undefined) return Math.max(0, Math.trunc(now - span));
  const found = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/i.exec(text);
  if (!found) return undefined;
  const [, , time, zone] = found;
  const at = Date.parse(time === undefined || zone !== undefined ? text : `${text}Z`);
  // What is no day of the calendar would be counted on into the next month.
  if (Number.isNaN(at) || !isDay(found[1]!) || at < 0 || at >= LATEST) return undefined;
  return time === undefined && edge === 'end' ? at + DAY : at;
}

function isDay(date: string): boolean {
  const at = Date.parse(date);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(date);
}
