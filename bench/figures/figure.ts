// What a figure is: something measured in rounds for each contender, or once for the engine alone.

import type { Bench } from '../bench.ts';
import type { Contender, Running } from '../contenders/contender.ts';
import type { Report } from '../load/jobs.ts';
import { cpuBetween } from '../process-tree.ts';

export type Values = Record<string, number>;

export interface Column {
  key: string;
  label: string;
  digits: number;
}

export interface Limit {
  text: string;
  /**
   * Undefined when it was not measured.
   * @param values medians of Daylight's row, where `ratio` is the first column over the reference rival's; for the engine, the first column
   * of each row by the row's name.
   */
  holds(values: Values): boolean | undefined;
}

interface FigureText {
  name: string;
  title: string;
  /** The first column is the figure; the ratio is made from it. */
  columns: readonly Column[];
  limits: readonly Limit[];
  /** Contender that the limits are about, and the one that ratios are made against: `daylight` and haproxy unless told. */
  subject?: string;
  reference?: string;
}

export interface ProxyFigure extends FigureText {
  kind: 'proxy';
  /** Asked of every contender; a variant takes part only where the figure's `reference` is one. */
  takesPart(contender: Contender): boolean;
  /** One round. @param effort part of the usual number of requests, 0 to 1. */
  measure(bench: Bench, contender: Contender, running: Running, effort: number): Promise<Values>;
}

export interface EngineFigure extends FigureText {
  kind: 'engine';
  measure(effort: number): Promise<{ name: string; version: string; rounds: Values[] }[]>;
}

export type Figure = ProxyFigure | EngineFigure;

/** Pause before the clocks are read, ms: work that follows the answers, such as writing events, is part of their cost. */
export const SETTLE_MS = 1200;

/**
 * CPU seconds of the contender per `per` counted units. `cpu` is what answers depend on; parts are listed beside it, and `engine` (the
 * database that takes the events in) is not part of `cpu`.
 */
export function cpuPer(report: Report, per: number, contender: Contender): Values {
  const parts: Values = {};
  for (const sample of cpuBetween(report.before, report.after)) {
    const part = contender.partOf?.(sample) ?? 'proxy';
    parts[part] = (parts[part] ?? 0) + (sample.spentNs / 1e9 / report.count) * per;
  }
  const cpu = Object.entries(parts).reduce((sum, [part, spent]) => (part === 'engine' ? sum : sum + spent), 0);
  return report.before.length === 0 ? {} : { cpu, busy: ((cpu / per) * report.count * 100_000) / report.wallMs, ...parts };
}

export const PART_COLUMNS: readonly Column[] = [
  { key: 'worker', label: 'worker', digits: 4 },
  { key: 'main', label: 'main', digits: 4 },
  { key: 'engine', label: '(engine)', digits: 4 },
];

export const BUSY_COLUMN: Column = { key: 'busy', label: 'core %', digits: 0 };

/** A limit that holds while a value is at most `most`. */
export function atMost(most: number, key: string, text: string): Limit {
  return {
    text,
    holds(values) {
      const value = values[key];
      return value === undefined ? undefined : value <= most;
    },
  };
}
