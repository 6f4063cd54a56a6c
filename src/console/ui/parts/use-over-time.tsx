// Requests over time as bars: what passed, and what was blocked.

import { useRange } from '../state/use-url.ts';
import { Timeline } from './timeline.tsx';

interface UseOverTimeProps {
  label: string;
  /** Every step of the span; `blocked` is part of `n`. */
  points: readonly { t: number; n: number; blocked: number }[];
  height?: number;
}

const SERIES = [
  { key: 'passed', label: 'passed', color: 'var(--calm)' },
  { key: 'blocked', label: 'blocked', color: 'var(--bad)' },
];
const HOUR = 3_600_000;

export function UseOverTime({ label, points, height = 150 }: UseOverTimeProps) {
  const { set, resolve } = useRange();
  const { from, to } = resolve();
  return (
    <Timeline
      label={label}
      series={SERIES}
      points={points.map(({ t, n, blocked }) => ({ t, values: { passed: n - blocked, blocked } }))}
      step={stepOf(points)}
      from={points[0]?.t ?? from}
      to={to}
      height={height}
      onZoom={(start, end) => set({ from: start, to: end })}
    />
  );
}

/** Milliseconds between points. */
function stepOf(points: UseOverTimeProps['points']): number {
  const gaps = points.slice(1).map(({ t }, at) => t - points[at]!.t);
  return gaps.length > 0 ? Math.min(...gaps) : HOUR;
}
