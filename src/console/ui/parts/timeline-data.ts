// The numbers behind a timeline: every step of the span has a point, and stacked series lie on each other.

export interface Point {
  /** Start of the step, epoch milliseconds. */
  t: number;
  /** By series; absent is 0. */
  values: Readonly<Record<string, number | undefined>>;
}

/** Steps that a chart shows at most; beyond, points stay as they are. */
const MOST = 5_000;

/** The points with the steps between them that had nothing, from the first step of the span to the last. */
export function fillSteps(points: readonly Point[], step: number, from: number, to: number): Point[] {
  const known = new Map(points.map((point) => [Math.floor(point.t / step), point]));
  const [first, last] = [Math.floor(from / step), Math.ceil(to / step)];
  if (step <= 0 || last - first > MOST) return [...points];
  return Array.from(
    { length: Math.max(0, last - first) },
    (_, at) => known.get(first + at) ?? { t: (first + at) * step, values: {} },
  );
}

/**
 * One row of numbers a series, in the order in which they are drawn: each with what lies below it, the highest first, so that the lower ones
 * cover its foot.
 *
 * @param keys from the bottom to the top
 */
export function stack(points: readonly Point[], keys: readonly string[]): number[][] {
  const sums = points.map(() => 0);
  return keys
    .map((key) =>
      points.map(({ values }, at) => {
        sums[at] = (sums[at] ?? 0) + (values[key] ?? 0);
        return sums[at] ?? 0;
      }),
    )
    .reverse();
}

export function totalOf(points: readonly Point[], key: string): number {
  return points.reduce((sum, { values }) => sum + (values[key] ?? 0), 0);
}
