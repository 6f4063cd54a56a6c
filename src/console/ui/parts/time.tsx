// A point in time: local, with UTC on hover.

import { ago, localTime, type TimeForm, utc } from '../text/format.ts';

/** @param at epoch milliseconds; 0 and below show as never */
export function Time({ at, form = 'short' }: { at: number; form?: TimeForm | 'ago' }) {
  if (at <= 0) return <span>never</span>;
  const now = Date.now();
  return (
    <time dateTime={new Date(at).toISOString()} title={utc(at)} style={{ whiteSpace: 'nowrap' }}>
      {form === 'ago' ? ago(at, now) : localTime(at, form, now)}
    </time>
  );
}
