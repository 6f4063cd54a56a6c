// How a number moved against the span of the same length before, in words.

import { changePercent, plain } from './format.ts';

export interface Trend {
  value: number;
  previous: number;
}

export interface Movement {
  direction: 'up' | 'down' | 'flat';
  /** Short, with an arrow. */
  text: string;
  /** A sentence. */
  title: string;
}

export function trendOf({ value, previous }: Trend): Movement {
  const before = plain(Math.round(previous * 100) / 100);
  const title = `${before} in the span before`;
  const percent = changePercent(value, previous);
  if (value === previous || percent === 0) return { direction: 'flat', text: value === 0 ? '' : '= same', title };
  const direction = value > previous ? 'up' : 'down';
  if (percent === undefined) return { direction, text: '↑ new', title };
  const size = Math.abs(percent) >= 1000 ? `${plain(Math.round((value / previous) * 10) / 10)}×` : `${Math.abs(percent)} %`;
  return { direction, text: `${direction === 'up' ? '↑' : '↓'} ${size}`, title };
}
