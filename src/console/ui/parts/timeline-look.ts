// How a timeline is drawn: axes, grid, bars and lines, in the colours of the scheme.

import uPlot from 'uplot';
import { plain } from '../text/format.ts';

/** What a canvas can draw with: it knows no variables. */
export function drawnColor(color: string): string {
  const name = /^var\((--[\w-]+)\)$/.exec(color)?.[1];
  return name === undefined ? color : getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export function seriesLook(color: string, kind: 'stack' | 'lines'): uPlot.Series {
  if (kind === 'lines') return { stroke: color, width: 2, points: { show: false } };
  return {
    fill: color,
    stroke: color,
    width: 0,
    points: { show: false },
    paths: uPlot.paths.bars!({ size: [0.86, 40], align: 1 }),
  };
}

const HOUR = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const DAY = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

/** @param step milliseconds between points */
export function chartLook(scheme: 'light' | 'dark', step: number): Omit<uPlot.Options, 'width' | 'height' | 'series'> {
  const ink = scheme === 'dark' ? '#b3aca0' : '#6b655b';
  const grid = { stroke: scheme === 'dark' ? '#332e28' : '#ece8df', width: 1 };
  const axis = { stroke: ink, grid, ticks: { show: false }, font: '11.5px system-ui, sans-serif' };
  return {
    legend: { show: false },
    padding: [8, 24, 0, 0],
    scales: {
      // The last step has its width, too.
      x: { range: (_self, min, max) => [min, max + step / 1000] },
      y: { range: (_self, _min, max) => [0, Math.max(4, max * 1.08)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 30,
        values: (_self, splits, _axis, _space, increment) =>
          splits.map((second) => {
            const date = new Date(second * 1000);
            const isDay = increment >= 86_400 || (date.getHours() === 0 && date.getMinutes() === 0);
            return (isDay ? DAY : HOUR).format(date);
          }),
      },
      {
        ...axis,
        size: 52,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7, 1e8],
        values: (_self, splits) => splits.map(plain),
      },
    ],
  };
}
