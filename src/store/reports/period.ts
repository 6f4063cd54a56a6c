// What a report is about: a span of time, and a filter. Decides how fine it is counted, and where its rows come from.
//
// The span is widened to whole minutes, from six hours on to whole hours: then every figure of a report, and of the same report with a
// filter, is about the same exchanges. Rollups hold hours; what is finer, or filtered, is read from the exchanges themselves.

import type { FilterTree } from '../../engine/filter/tree.ts';
import { type FilterSql, filterToSql } from '../filter-sql.ts';

export interface ReportScope {
  /** Epoch milliseconds; `to` is excluded. */
  from: number;
  to: number;
  filter: FilterTree;
}

/** Where in a list that is sorted newest first it goes on: after this item. */
export interface ListPosition {
  /** Epoch milliseconds. */
  ts: number;
  id: string;
}

export interface ListPage {
  limit: number;
  after?: ListPosition | undefined;
}

export interface Period {
  /** Epoch milliseconds, whole minutes or hours. */
  from: number;
  to: number;
  /** Start of the period of the same length before. */
  previous: number;
  /** Milliseconds between the points of a time line. */
  step: number;
  /** The rollups that hold hours can answer. */
  hourly: boolean;
  /** Undefined for everything. */
  filter: FilterSql | undefined;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const HOURLY_FROM = 6 * HOUR;
const MOST_POINTS = 200;
const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 4, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 7, 14, 30].map((days) => days * DAY),
];

export function periodOf({ from, to, filter }: ReportScope): Period {
  const long = to - from >= HOURLY_FROM;
  const grain = long ? HOUR : MINUTE;
  const start = Math.floor(from / grain) * grain;
  const end = Math.max(start + grain, Math.ceil(to / grain) * grain);
  const isEverything = filter.kind === 'and' && filter.terms.length === 0;
  return {
    from: start,
    to: end,
    previous: start - (end - start),
    step: stepOf(start, end),
    hourly: long && isEverything,
    filter: isEverything ? undefined : filterToSql(filter),
  };
}

/** The span as it is, for lists of single events. */
export function exactPeriod({ from, to, filter }: ReportScope): Period {
  return { ...periodOf({ from, to, filter }), from: Math.trunc(from), to: Math.trunc(to), hourly: false };
}

/** The same, from rows that tell its points apart: rollups hold no minutes. */
export function withPoints(period: Period): Period {
  return { ...period, hourly: period.hourly && period.step >= HOUR };
}

/** The finest step with few enough points. */
function stepOf(from: number, to: number): number {
  return (
    STEPS.find((step) => countPoints({ from, to, step }) <= MOST_POINTS) ?? Math.ceil((to - from) / (MOST_POINTS - 1) / DAY) * DAY
  );
}

const firstPoint = ({ from, step }: Pick<Period, 'from' | 'step'>): number => Math.floor(from / step) * step;

function countPoints({ from, to, step }: Pick<Period, 'from' | 'to' | 'step'>): number {
  return Math.ceil((to - firstPoint({ from, step })) / step);
}

/** Where the points of a time line begin, epoch milliseconds. The first may begin before the period. */
export function pointsOf(period: Pick<Period, 'from' | 'to' | 'step'>): number[] {
  const first = firstPoint(period);
  return Array.from({ length: countPoints(period) }, (_, index) => first + index * period.step);
}

/** One item for each point: that of the row whose `t` it is, else an empty one. */
export function fillPoints<Row extends { t: number }, Item>(
  period: Period,
  rows: readonly Row[],
  toItem: (t: number, rows: readonly Row[]) => Item,
): Item[] {
  const byTime = Map.groupBy(rows, ({ t }) => t);
  return pointsOf(period).map((t) => toItem(t, byTime.get(t) ?? []));
}
