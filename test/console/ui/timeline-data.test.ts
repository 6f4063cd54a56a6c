import { describe, expect, it } from 'vitest';
import { fillSteps, stack, totalOf } from '../../../src/console/ui/parts/timeline-data.ts';

const points = [
  { t: 60_000, values: { shadow: 2, portal: 1 } },
  { t: 180_000, values: { shadow: 1 } },
];

describe('the numbers behind a timeline', () => {
  it('have a point for every step of the span', () => {
    const filled = fillSteps(points, 60_000, 30_000, 240_000);
    expect(filled.map(({ t }) => t)).toEqual([0, 60_000, 120_000, 180_000]);
    expect(filled[1]).toBe(points[0]);
    expect(filled[2]?.values).toEqual({});
  });

  it('stay as they are where a span has too many steps', () => {
    expect(fillSteps(points, 1, 0, 1e12)).toEqual(points);
    expect(fillSteps(points, 0, 0, 1)).toEqual(points);
  });

  it('lie on each other, the highest row first', () => {
    expect(stack(points, ['portal', 'shadow'])).toEqual([
      [3, 1],
      [1, 0],
    ]);
  });

  it('add up', () => {
    expect(totalOf(points, 'shadow')).toBe(3);
    expect(totalOf(points, 'hosted')).toBe(0);
  });
});
