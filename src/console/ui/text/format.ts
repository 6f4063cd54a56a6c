// Numbers, sizes, spans and times as people read them. Pure; the language is the browser's.

const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const PLAIN = new Intl.NumberFormat('en');
const SIZES = ['B', 'kB', 'MB', 'GB', 'TB'];

/** 1,234 */
export function plain(value: number): string {
  return PLAIN.format(value);
}

/** 1.2K: for headlines; below ten thousand every digit shows. */
export function compact(value: number): string {
  return Math.abs(value) < 10_000 ? PLAIN.format(Math.round(value)) : COMPACT.format(value);
}

/** US dollars: cents count below a hundred. */
export function money(value: number): string {
  if (value !== 0 && Math.abs(value) < 0.01) return '< $0.01';
  return Math.abs(value) < 100 ? `$${value.toFixed(2)}` : `$${compact(value)}`;
}

/** Bytes, in powers of a thousand. */
export function bytes(value: number): string {
  let unit = 0;
  let rest = value;
  while (rest >= 999.5 && unit < SIZES.length - 1) {
    rest /= 1000;
    unit++;
  }
  return `${unit === 0 || rest >= 99.95 ? Math.round(rest) : rest.toFixed(1)} ${SIZES[unit]}`;
}

/** How long something took, in milliseconds. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  return span(ms);
}

/** The two largest units of a span, e.g. `2 d 4 h`. */
export function span(ms: number): string {
  const seconds = Math.floor(Math.abs(ms) / 1000);
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

/** `4:05`, for a countdown. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** `3 min ago`, `in 2 d` */
export function ago(time: number, now: number): string {
  const distance = now - time;
  if (Math.abs(distance) < 5_000) return 'now';
  const text = span(distance).split(' ').slice(0, 2).join(' ');
  return distance > 0 ? `${text} ago` : `in ${text}`;
}

/** Change against the span before, in percent; undefined where there was nothing to compare with. */
export function changePercent(value: number, previous: number): number | undefined {
  return previous === 0 ? undefined : Math.round(((value - previous) / previous) * 100);
}

/** `2026-11-20 11:03:22.123 UTC` */
export function utc(time: number): string {
  return `${new Date(time).toISOString().replace('T', ' ').replace('Z', '')} UTC`;
}

const TIME = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const DAY = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const DATE = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });

export type TimeForm = 'time' | 'date' | 'short' | 'full';

/** Local time. `short`: the time of today, the day before that. */
export function localTime(time: number, form: TimeForm, now: number): string {
  if (form === 'time') return TIME.format(time);
  if (form === 'date') return DATE.format(time);
  if (form === 'full') return `${DATE.format(time)}, ${TIME.format(time)}`;
  const today = new Date(now).toDateString() === new Date(time).toDateString();
  return today ? TIME.format(time) : `${DAY.format(time)}, ${TIME.format(time).slice(0, 5)}`;
}

/** `one server`, `3 servers` */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${plain(count)} ${count === 1 ? one : many}`;
}
