// What is wrong with a filter, and where in its text.

export class FilterProblem extends Error {
  /** Where it is wrong, in UTF-16 units, and how much of the text; 0 where something is missing. */
  readonly position: number;
  readonly length: number;

  constructor(message: string, position: number, length: number) {
    super(message);
    this.name = 'FilterProblem';
    this.position = position;
    this.length = length;
  }
}

const BEFORE = 60;
const SHOWN = 100;

/** The message, the line that it is about, and a mark below the place. For terminals. */
export function pointAt(text: string, { message, position, length }: FilterProblem): string {
  const start = Math.max(0, position - BEFORE);
  const line = text.slice(start, start + SHOWN).replace(/[\s\p{Cc}]/gu, ' ');
  const column = position - start;
  const mark = '^'.repeat(Math.max(1, Math.min(length, line.length - column)));
  return `${message}\n  ${line}\n  ${' '.repeat(column)}${mark}`;
}
