// Days as policy has them: `2026-12-04`, in UTC, so that they mean the same for everybody who reads the files.

const DAY_MS = 86_400_000;

/** The day so many days after a moment. @param now epoch milliseconds */
export function dayIn(days: number, now: number): string {
  return new Date(now + days * DAY_MS).toISOString().slice(0, 10);
}

/** What is wrong with a day that a person typed, as a sentence; it must be one of the future. */
export function dayProblem(day: string, now: number): string | undefined {
  const time = Date.parse(day);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || Number.isNaN(time)) return 'Choose a day, such as 2026-12-04.';
  if (time <= now - DAY_MS) return 'This day is over.';
  if (time > now + 10 * 366 * DAY_MS) return 'That is more than ten years away.';
  return undefined;
}

/** What is wrong with the last day of something. @param endless whether '' (no end) is fine */
export function untilProblem(day: string, endless: boolean, now: number): string | undefined {
  if (day === '') return endless ? undefined : 'Choose the last day.';
  return dayProblem(day, now);
}

/** `today`, `tomorrow`, `in 12 days`, `3 days ago`. @param date a day or a moment of policy */
export function daysAway(date: string, now: number): string {
  const days = Math.floor(Date.parse(date) / DAY_MS) - Math.floor(now / DAY_MS);
  if (days === 0) return 'today';
  if (days === 1) return 'tomorrow';
  if (days === -1) return 'yesterday';
  return days > 0 ? `in ${days} days` : `${-days} days ago`;
}
