// From rounds to rows: medians, the ratio to the reference rival of the same round, and the table that people read.

import { REFERENCE } from './contenders/all.ts';
import type { Column, Figure, Values } from './figures/figure.ts';
import { median } from './statistics.ts';

export interface Row {
  name: string;
  version: string;
  /** One set of values for each round. */
  rounds: Values[];
  /** Medians over the rounds; `ratio` is that of the first column to the reference's in the same round. */
  medians: Values;
}

export interface Result {
  figure: string;
  title: string;
  rows: Row[];
  /** Daylight against its limits. */
  limits: { text: string; held: boolean }[];
}

/** Sums up the rounds of one figure. */
export function summarise(figure: Figure, measured: readonly Omit<Row, 'medians'>[]): Result {
  const main = figure.columns[0]!.key;
  const reference = measured.find((row) => row.name === (figure.reference ?? REFERENCE.name));
  const rows = measured.map((row) => {
    const medians: Values = {};
    for (const { key } of figure.columns) {
      const values = row.rounds.map((round) => round[key]).filter((value) => value !== undefined);
      if (values.length > 0) medians[key] = median(values);
    }
    const ratios = row.rounds.map(
      (round, index) => (round[main] ?? Number.NaN) / (reference?.rounds[index]?.[main] ?? Number.NaN),
    );
    const known = ratios.filter((ratio) => !Number.isNaN(ratio));
    if (known.length > 0 && main === 'cpu') medians.ratio = median(known);
    return { ...row, medians };
  });
  const own =
    figure.kind === 'engine'
      ? Object.assign({}, ...rows.map(({ name, medians }) => ({ [name]: medians[main] })))
      : rows.find(({ name }) => name === (figure.subject ?? 'daylight'))?.medians;
  const limits = figure.limits
    .map(({ text, holds }) => ({ text, held: own && holds(own) }))
    .filter((limit): limit is { text: string; held: boolean } => limit.held !== undefined);
  return { figure: figure.name, title: figure.title, rows, limits };
}

/** The table as lines of padded cells, or as Markdown. */
export function renderTable(figure: Figure, result: Result, style: 'plain' | 'markdown'): string {
  const ratio: Column = { key: 'ratio', label: `x ${figure.reference ?? REFERENCE.name}`, digits: 2 };
  const [first, ...others] = figure.columns;
  const all = [first!, ratio, ...others].filter((column) => result.rows.some((row) => row.medians[column.key] !== undefined));
  const head = ['', ...all.map((column) => column.label)];
  const body = result.rows.map((row) => [
    row.version ? `${row.name} ${row.version}` : row.name,
    ...all.map((column) => cell(row.medians[column.key], column.digits)),
  ]);
  if (style === 'markdown') {
    const rule = ['---', ...all.map(() => '---:')];
    return [head, rule, ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  }
  const widths = head.map((label, index) => Math.max(label.length, ...body.map((cells) => cells[index]!.length)));
  const line = (cells: readonly string[]) =>
    cells.map((text, index) => (index === 0 ? text.padEnd(widths[0]!) : text.padStart(widths[index]!))).join('  ');
  return [head, ...body].map(line).join('\n');
}

function cell(value: number | undefined, digits: number): string {
  return value === undefined || Number.isNaN(value) ? '-' : value.toFixed(digits);
}
