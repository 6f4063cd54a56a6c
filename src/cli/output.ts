// How results look: tables for people, one JSON object a line for programs. Results go to stdout, everything else to stderr.

import { inspect, stripVTControlCharacters, styleText } from 'node:util';

/** One line on stdout. */
export function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** One JSON object on a line of its own. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** One line on stderr: hints and progress. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Text in a colour, if stdout is a terminal and NO_COLOR is not set. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout, validateStream: true });
}

/**
 * Rows under headings, in aligned columns. On a terminal the last column is cut to its width; elsewhere nothing is lost.
 * Control characters in values become visible: what a server calls itself must not drive the terminal.
 */
export function table(headings: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = rows.map((row) => row.map((cell) => visible(String(cell))));
  const widths = headings.map((heading, column) => Math.max(heading.length, ...cells.map((row) => width(row[column] ?? ''))));
  const limit = process.stdout.isTTY ? process.stdout.columns : undefined;
  const render = (row: readonly string[]) => {
    const line = row.map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - width(cell)))).join('  ');
    return limit && width(line.trimEnd()) > limit ? `${line.slice(0, limit - 1)}…` : line.trimEnd();
  };
  return [paint('bold', render(headings)), ...cells.map(render)].join('\n');
}

function width(text: string): number {
  return stripVTControlCharacters(text).length;
}

/** Text from the network, safe to show on a terminal. */
export function visible(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: making them visible is the purpose.
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (char) =>
    inspect(char).slice(1, -1),
  );
}

/** Epoch milliseconds as `2026-07-28 14:03:05` in UTC. */
export function timestamp(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 19).replace('T', ' ');
}
