// Values that people type into options: points in time, numbers, lists of known words. Wrong ones are refused with the fix.

import { DaylightError } from '../errors.ts';
import { suggest } from '../problems.ts';

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 } as const;

/** `90m`, `24h`, `14d` ago, or an ISO 8601 date or time (UTC), as epoch milliseconds. */
export function parseTime(text: string, option: string, now: number = Date.now()): number {
  const ago = /^(\d{1,6})([smhdw])$/.exec(text);
  if (ago) return now - Number(ago[1]) * UNITS[ago[2] as keyof typeof UNITS];
  const time = /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2})?)?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new DaylightError(
    'ERR_USAGE',
    `${option} ${JSON.stringify(text)}: must be a span such as 24h or 14d, or a date such as 2026-11-01`,
  );
}

/** A whole number from 1. */
export function parseCount(text: string, option: string, most: number): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= most) return count;
  throw new DaylightError('ERR_USAGE', `${option} ${JSON.stringify(text)}: must be a whole number from 1 to ${most}`);
}

/** Comma separated words out of a list. */
export function parseWords<T extends string>(text: string, option: string, known: readonly T[]): T[] {
  return splitNames(text).map((word) => {
    const found = known.find((candidate) => candidate === word);
    if (found === undefined)
      throw new DaylightError('ERR_USAGE', `${option} ${JSON.stringify(word)}: ${suggest(word, known, 'must be one of')}`);
    return found;
  });
}

/** `a, b` as two names. */
export function splitNames(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
