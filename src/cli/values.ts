// Values that people type into options: points in time, numbers, lists of known words. Wrong ones are refused with the fix.

import { suggest } from '../engine/nearest.ts';
import { spanOf, timeOf } from '../engine/time.ts';
import { DaylightError } from '../errors.ts';

/**
 * `90m`, `24h`, `14d` ago, or an ISO 8601 date or time (UTC), as epoch milliseconds.
 *
 * @param edge `end` for options that name the end of a time: a date includes its day.
 */
export function parseTime(text: string, option: string, edge: 'start' | 'end' = 'start'): number {
  const time = timeOf(text, Date.now(), edge);
  if (time !== undefined) return time;
  throw new DaylightError(
    'ERR_USAGE',
    `${option} ${JSON.stringify(text)}: must be a span such as 24h or 14d, or a date such as 2026-11-01`,
  );
}

/** A span such as `10m` or `2h` as milliseconds, at most `most` of them. */
export function parseSpan(text: string, option: string, most: number): number {
  const length = spanOf(text) ?? 0;
  if (length > 0 && length <= most) return length;
  throw new DaylightError(
    'ERR_USAGE',
    `${option} ${JSON.stringify(text)}: must be a span such as 10m or 2h, at most ${most / 3_600_000}h`,
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
