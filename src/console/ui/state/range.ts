// The time range that every page shares, as it stands in the address: `from` alone is a span that ends now (`24h`, `7d`), `from` and `to`
// in epoch milliseconds are fixed points.

const MINUTE = 60_000;
const UNITS: Readonly<Record<string, number>> = { m: MINUTE, h: 60 * MINUTE, d: 24 * 60 * MINUTE };
const LONGEST = 400 * 24 * 60 * MINUTE;

const DEFAULT_SPAN = '24h';

export const SPANS: readonly { span: string; label: string }[] = [
  { span: '15m', label: 'Last 15 minutes' },
  { span: '1h', label: 'Last hour' },
  { span: '6h', label: 'Last 6 hours' },
  { span: '24h', label: 'Last 24 hours' },
  { span: '7d', label: 'Last 7 days' },
  { span: '14d', label: 'Last 14 days' },
  { span: '30d', label: 'Last 30 days' },
  { span: '90d', label: 'Last 90 days' },
];

export type Range = { span: string } | { from: number; to: number };

/** What an address says; anything else than a range means the default. */
export function parseRange(from: string, to: string): Range {
  if (spanMs(from) > 0) return { span: from };
  const [start, end] = [Number(from), Number(to)];
  if (/^\d+$/.test(from) && /^\d+$/.test(to) && start < end && end - start <= LONGEST) return { from: start, to: end };
  return { span: DEFAULT_SPAN };
}

/** The parameters of an address. The default has none. */
export function rangeParams(range: Range): { from: string | undefined; to: string | undefined } {
  if ('span' in range) return { from: range.span === DEFAULT_SPAN ? undefined : range.span, to: undefined };
  return { from: String(range.from), to: String(range.to) };
}

/** The points in time of a range, epoch milliseconds. */
export function resolveRange(range: Range, now: number): { from: number; to: number } {
  return 'span' in range ? { from: now - spanMs(range.span), to: now } : range;
}

/** Length in milliseconds; 0 for what is no span. */
export function spanMs(span: string): number {
  const [, count = '', unit = ''] = /^([1-9]\d{0,4})([mhd])$/.exec(span) ?? [];
  const length = Number(count) * (UNITS[unit] ?? 0);
  return length <= LONGEST ? length : 0;
}

/** Moves a range by its own length, backwards or forwards. */
export function shiftRange(range: Range, direction: -1 | 1, now: number): Range {
  const { from, to } = resolveRange(range, now);
  const length = to - from;
  const end = Math.min(now, to + direction * length);
  return { from: end - length, to: end };
}
