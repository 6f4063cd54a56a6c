import { describe, expect, test } from 'vitest';
import { parseFilter } from '../../../src/engine/filter/parse.ts';
import { exactPeriod, fillPoints, periodOf, pointsOf, withPoints } from '../../../src/store/reports/period.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOON = Date.UTC(2026, 10, 20, 12);
const everything = parseFilter('', { now: NOON });

const of = (length: number, to = NOON) => periodOf({ from: to - length, to, filter: everything });

describe('periodOf', () => {
  test('widens to whole minutes, from six hours on to whole hours', () => {
    expect(of(5 * HOUR, NOON + 1)).toMatchObject({ from: NOON - 5 * HOUR, to: NOON + MINUTE, hourly: false });
    expect(of(DAY, NOON + 1)).toMatchObject({ from: NOON - DAY, to: NOON + HOUR, hourly: true });
    expect(of(DAY, NOON)).toMatchObject({ from: NOON - DAY, to: NOON, previous: NOON - 2 * DAY });
  });

  test.each([
    [1, MINUTE],
    [HOUR, MINUTE],
    [6 * HOUR, 2 * MINUTE],
    [DAY, 10 * MINUTE],
    [7 * DAY, HOUR],
    [30 * DAY, 4 * HOUR],
    [400 * DAY, 7 * DAY],
    [40_000 * DAY, 202 * DAY],
  ])('has at most 200 points for %i ms', (length, step) => {
    const period = of(length);
    expect(period.step).toBe(step);
    expect(pointsOf(period).length).toBeLessThanOrEqual(200);
    expect(pointsOf(period)[0]).toBeLessThanOrEqual(period.from);
  });

  test('reads exchanges where there is a filter, and where points are finer than hours', () => {
    const filter = parseFilter('traffic:shadow', { now: NOON });
    expect(periodOf({ from: NOON - 7 * DAY, to: NOON, filter })).toMatchObject({
      hourly: false,
      filter: { where: expect.any(String) },
    });
    expect(of(7 * DAY).filter).toBeUndefined();
    expect(withPoints(of(7 * DAY)).hourly).toBe(true);
    expect(withPoints(of(DAY)).hourly).toBe(false);
  });

  test('lists of single events keep their span to the millisecond', () => {
    expect(exactPeriod({ from: NOON - DAY - 1.5, to: NOON + 1, filter: everything })).toMatchObject({
      ...{ from: NOON - DAY - 2, to: NOON + 1, hourly: false },
    });
  });
});

test('points without rows are filled', () => {
  const period = of(3 * MINUTE);
  const rows = [{ t: NOON - 2 * MINUTE, n: 5 }];
  expect(fillPoints(period, rows, (t, [row]) => ({ t, n: row?.n ?? 0 }))).toEqual([
    { t: NOON - 3 * MINUTE, n: 0 },
    { t: NOON - 2 * MINUTE, n: 5 },
    { t: NOON - MINUTE, n: 0 },
  ]);
});
