// Reads a filter. docs/reference/query-language.md describes the language; `or` binds weaker than `and`, which may be left out:
//
//   any  = all { "OR" all }
//   all  = one { ["AND"] one }
//   one  = { "NOT" | "-" } ( "(" any ")" | field ":" value { "," value } | words )

import { nearest } from '../nearest.ts';
import { FIELDS, fieldWords, findField } from './fields.ts';
import { FilterProblem } from './problem.ts';
import { allOf, anyOf, EVERYTHING, type FilterTree, negate } from './tree.ts';
import { type Piece, termOf } from './value.ts';
import { wordsOf } from './words.ts';

export const MAX_LENGTH = 2_000;
export const MAX_TERMS = 100;
export const MAX_DEPTH = 20;

interface Reading {
  text: string;
  at: number;
  now: number;
  terms: number;
  depth: number;
}

/**
 * The filter that a text describes; an empty text lets everything through.
 *
 * @param options.now what spans such as `since:7d` are counted from, epoch milliseconds.
 * @throws FilterProblem that says what is wrong, where, and what would be right.
 */
export function parseFilter(text: string, { now }: { now: number }): FilterTree {
  if (text.length > MAX_LENGTH) {
    const message = `the filter has ${text.length} characters; the limit is ${MAX_LENGTH}`;
    throw new FilterProblem(message, MAX_LENGTH, text.length - MAX_LENGTH);
  }
  const reading: Reading = { text: text.toWellFormed(), at: 0, now, terms: 0, depth: 0 };
  skipSpace(reading);
  if (reading.at === text.length) return EVERYTHING;
  const tree = readAny(reading);
  if (reading.at < text.length) throw new FilterProblem('no parenthesis is open that this one could close', reading.at, 1);
  return tree;
}

function readAny(reading: Reading): FilterTree {
  const terms = [readAll(reading)];
  while (takeKeyword(reading, 'or')) terms.push(readAll(reading));
  return anyOf(terms);
}

function readAll(reading: Reading): FilterTree {
  const terms = [readOne(reading)];
  while (reading.at < reading.text.length && reading.text[reading.at] !== ')' && !peekKeyword(reading, 'or')) {
    takeKeyword(reading, 'and');
    terms.push(readOne(reading));
  }
  return allOf(terms);
}

function readOne(reading: Reading): FilterTree {
  let negated = false;
  while (takeKeyword(reading, 'not') || takeMinus(reading)) negated = !negated;
  const term = reading.text[reading.at] === '(' ? readGroup(reading) : readTerm(reading);
  skipSpace(reading);
  return negated ? negate(term) : term;
}

function readGroup(reading: Reading): FilterTree {
  const open = reading.at;
  if (reading.depth === MAX_DEPTH) throw new FilterProblem(`parentheses go at most ${MAX_DEPTH} deep`, open, 1);
  reading.depth += 1;
  reading.at += 1;
  skipSpace(reading);
  const tree = readAny(reading);
  if (reading.text[reading.at] !== ')') throw new FilterProblem('this parenthesis is never closed; add ")"', open, 1);
  reading.at += 1;
  reading.depth -= 1;
  return tree;
}

function readTerm(reading: Reading): FilterTree {
  refuseGap(reading);
  // `https://` opens an address, not a field.
  const found = match(reading, /([a-z_][\w-]*):(?!\/\/)/iy);
  if (!found) return readWords(reading);
  const name = findField(found[1]!);
  if (name === undefined) throw unknownField(found[1]!, reading.at);
  const start = reading.at;
  reading.at += found[0].length;
  const pieces: Piece[] = [];
  do {
    const piece = readPiece(reading, /[^\s(),"*]+/y);
    if (piece.start === piece.end) {
      const message = `"${name}" needs a value right here, e.g. ${FIELDS[name].example}`;
      throw new FilterProblem(message, start, reading.at - start);
    }
    pieces.push(piece);
    countTerm(reading, piece);
  } while (take(reading, ','));
  return termOf(name, pieces, reading.now);
}

function unknownField(word: string, at: number): FilterProblem {
  const near = nearest(word, fieldWords());
  const hint = near
    ? `did you mean "${near}"?`
    : `to look for the text as it is, put it in quotes. Fields are ${Object.keys(FIELDS).join(', ')}`;
  return new FilterProblem(`there is no field "${word}"; ${hint}`, at, word.length);
}

/** Free words; several in quotes, or tied together as in `tools/call`, must all be there. */
function readWords(reading: Reading): FilterTree {
  const piece = readPiece(reading, /[^\s()"*]+/y);
  const length = piece.end - piece.start;
  if (piece.parts.length > 1) {
    throw new FilterProblem('free words are looked up whole; a * needs a field, e.g. url:*word*', piece.start, length);
  }
  const words = wordsOf(piece.parts[0]!);
  if (words.length === 0) throw new FilterProblem('there is no letter or digit to look for', piece.start, Math.max(1, length));
  for (const _ of words) countTerm(reading, piece);
  return allOf(words.map((word) => ({ kind: 'word', word })));
}

/** A value: plain stretches, quoted ones, and stars, without space between them. */
function readPiece(reading: Reading, plain: RegExp): Piece {
  const start = reading.at;
  const parts = [''];
  for (;;) {
    const char = reading.text[reading.at];
    if (char === '*') parts.push('');
    const stretch = char === '"' ? readQuoted(reading) : char === '*' ? '' : match(reading, plain)?.[0];
    if (stretch === undefined) return { parts, start, end: reading.at };
    parts[parts.length - 1] += stretch;
    if (char === '*') reading.at += 1;
    else if (char !== '"') reading.at += stretch.length;
  }
}

/** What stands between quotes; a backslash only escapes a quote or a backslash. */
function readQuoted(reading: Reading): string {
  const found = match(reading, /"((?:[^"\\]|\\[\s\S])*)"/y);
  if (!found) throw new FilterProblem('this quote is never closed; add "', reading.at, 1);
  reading.at += found[0].length;
  return found[1]!.replace(/\\(["\\])/g, '$1');
}

/** Something must stand here that can be looked for. */
function refuseGap(reading: Reading): void {
  const { text, at } = reading;
  const keyword = (['or', 'and'] as const).find((word) => peekKeyword(reading, word));
  if (keyword) {
    const message = `something to look for must stand before ${keyword.toUpperCase()}; to look for the word put it in quotes`;
    throw new FilterProblem(message, at, keyword.length);
  }
  if (at === text.length || text[at] === ')' || /\s/.test(text[at]!)) {
    throw new FilterProblem(
      'something to look for is missing here: a word, field:value, or a parenthesis',
      at,
      at < text.length ? 1 : 0,
    );
  }
}

function countTerm(reading: Reading, { start, end }: Piece): void {
  reading.terms += 1;
  if (reading.terms > MAX_TERMS)
    throw new FilterProblem(`a filter has at most ${MAX_TERMS} words and values`, start, end - start);
}

function match({ text, at }: Reading, sticky: RegExp): RegExpExecArray | null {
  sticky.lastIndex = at;
  return sticky.exec(text);
}

function take(reading: Reading, char: string): boolean {
  const there = reading.text[reading.at] === char;
  if (there) reading.at += 1;
  return there;
}

const takeMinus = (reading: Reading): boolean => take(reading, '-');

const KEYWORDS = { or: /or(?![^\s()])/iy, and: /and(?![^\s()])/iy, not: /not(?![^\s()])/iy };

function peekKeyword(reading: Reading, word: keyof typeof KEYWORDS): boolean {
  return match(reading, KEYWORDS[word]) !== null;
}

function takeKeyword(reading: Reading, word: keyof typeof KEYWORDS): boolean {
  if (!peekKeyword(reading, word)) return false;
  reading.at += word.length;
  skipSpace(reading);
  return true;
}

function skipSpace(reading: Reading): void {
  reading.at += match(reading, /\s*/y)?.[0].length ?? 0;
}
