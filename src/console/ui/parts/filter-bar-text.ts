// The text of a filter while it is typed: which terms it has (as chips), what could stand at the cursor, and where it is wrong. The language
// itself is in src/engine/filter.

import { fieldsOf, findField } from '../../../engine/filter/fields.ts';
import { parseFilter } from '../../../engine/filter/parse.ts';
import { FilterProblem } from '../../../engine/filter/problem.ts';

/** A stretch of the text. */
export interface Term {
  text: string;
  start: number;
  end: number;
}

export interface Suggestion {
  /** What the text becomes, and where the cursor goes. */
  filter: string;
  cursor: number;
  label: string;
  meaning: string;
}

export interface Wrong {
  message: string;
  position: number;
  length: number;
}

/** What is wrong with a filter; undefined if nothing is. @param now epoch milliseconds */
export function checkFilter(text: string, now: number): Wrong | undefined {
  try {
    parseFilter(text, { now });
    return undefined;
  } catch (error) {
    if (!(error instanceof FilterProblem)) throw error;
    const { message, position, length } = error;
    return { message, position, length };
  }
}

/** The parts of a filter that can be taken away one by one. Where alternatives stand side by side they only make sense together: none. */
export function termsOf(text: string): Term[] {
  const terms: Term[] = [];
  let start = -1;
  let depth = 0;
  let quoted = false;
  for (let at = 0; at <= text.length; at++) {
    const char = text[at] ?? ' ';
    if (start >= 0 && !quoted && depth === 0 && /\s/.test(char)) {
      terms.push({ text: text.slice(start, at), start, end: at });
      start = -1;
    } else if (start < 0 && !/\s/.test(char)) start = at;
    if (quoted && char === '\\') at++;
    else if (char === '"') quoted = !quoted;
    else if (!quoted && char === '(') depth++;
    else if (!quoted && char === ')') depth--;
  }
  if (start >= 0) terms.push({ text: text.slice(start), start, end: text.length });
  if (terms.some((term) => /^or$/i.test(term.text))) return [];
  return joinNegations(terms.filter((term) => !/^and$/i.test(term.text)));
}

/** `not x` is one term. */
function joinNegations(terms: readonly Term[]): Term[] {
  const joined: Term[] = [];
  for (const term of terms) {
    const last = joined.at(-1);
    if (last && /(^|\s)not$/i.test(last.text))
      joined[joined.length - 1] = { ...last, text: `${last.text} ${term.text}`, end: term.end };
    else joined.push(term);
  }
  return joined;
}

export function withoutTerm(text: string, term: Term): string {
  const left = text
    .slice(0, term.start)
    .replace(/\s+$/, '')
    .replace(/\s(and)$/i, '');
  const right = text
    .slice(term.end)
    .trim()
    .replace(/^and\s+/i, '');
  return [left, right].filter(Boolean).join(' ');
}

/** The filter with one more term, unless it has it. */
export function withTerm(text: string, term: string): string {
  const terms = termsOf(text);
  if (terms.some((each) => each.text === term)) return text;
  const isJoined = text.trim() !== '' && terms.length === 0;
  return [isJoined ? `(${text.trim()})` : text.trim(), term].filter(Boolean).join(' ');
}

/** `field:value`, in quotes where the value needs them. */
export function termFor(field: string, value: string): string {
  if (value === '') return `${field}:""`;
  return `${field}:${/[\s(),"*]/.test(value) ? `"${value.replace(/["\\]/g, '\\$&')}"` : value}`;
}

const MOST = 9;

/** What the word at the cursor could become: a field, or one of the words that a field takes. */
export function suggest(text: string, cursor: number): Suggestion[] {
  const start = Math.max(...[' ', '(', '\t'].map((char) => text.lastIndexOf(char, cursor - 1))) + 1;
  const word = text.slice(start, cursor).replace(/^-/, '');
  const begin = cursor - word.length;
  const become = (insert: string, label: string, meaning: string): Suggestion => ({
    filter: text.slice(0, begin) + insert + text.slice(cursor),
    cursor: begin + insert.length,
    label,
    meaning,
  });
  const colon = word.indexOf(':');
  if (colon < 0) {
    if (word === '') return [];
    const typed = word.toLowerCase();
    return fieldsOf()
      .filter(({ name, aliases }) => [name, ...aliases].some((known) => known.startsWith(typed)))
      .slice(0, MOST)
      .map(({ name, meaning, example }) => become(`${name}:`, `${name}:`, `${meaning}, e.g. ${example}`));
  }
  const name = findField(word.slice(0, colon));
  const field = fieldsOf().find((each) => each.name === name);
  const typed = word.slice(Math.max(colon, word.lastIndexOf(',')) + 1).toLowerCase();
  const head = word.slice(0, word.length - typed.length);
  return (field?.words ?? [])
    .filter((known) => known.startsWith(typed) && known !== typed)
    .slice(0, MOST)
    .map((known) => become(head + known, known, field?.meaning ?? ''));
}
