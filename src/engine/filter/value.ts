// The values of one `field:a,b`, by the type of the field.

import { suggest } from '../nearest.ts';
import { compileNetwork } from '../network.ts';
import { timeOf } from '../time.ts';
import { FIELDS, type Field, type FieldName, type NameOf } from './fields.ts';
import { patternOf } from './pattern.ts';
import { FilterProblem } from './problem.ts';
import type { FilterTree, NumberRange } from './tree.ts';

/** A value as written: the parts between stars outside quotes, and its place in the text. */
export interface Piece {
  parts: readonly string[];
  start: number;
  end: number;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The term of a field and its values.
 *
 * @param now what spans are counted from, epoch milliseconds.
 * @throws FilterProblem
 */
export function termOf(name: FieldName, pieces: readonly Piece[], now: number): FilterTree {
  const field: Field = FIELDS[name];
  switch (field.type) {
    case 'text':
      return { kind: 'text', field: name as NameOf<'text'>, patterns: pieces.map(({ parts }) => patternOf(parts)) };
    case 'choice': {
      const { words } = field;
      return { kind: 'choice', field: name as NameOf<'choice'>, words: pieces.map((piece) => choose(piece, name, words)) };
    }
    case 'number':
      return { kind: 'number', field: name as NameOf<'number'>, ranges: pieces.map((piece) => rangeOf(piece, name)) };
    case 'network':
      return { kind: 'network', field: name as NameOf<'network'>, networks: pieces.map(networkOf) };
    case 'id':
      return { kind: 'id', field: name as NameOf<'id'>, ids: pieces.map(idOf) };
    case 'time': {
      const [piece, more] = pieces as [Piece, ...Piece[]];
      if (more !== undefined) throw wrong(more, `"${name}" takes one time`);
      return { kind: 'time', field: name as NameOf<'time'>, at: momentOf(piece, name, field.edge, now) };
    }
  }
}

function choose(piece: Piece, name: FieldName, words: readonly string[]): string {
  const text = textOf(piece).toLowerCase();
  if (words.includes(text)) return text;
  throw wrong(piece, `"${name}" is never ${show(piece)}; ${suggest(text, words, 'it is one of')}`);
}

function rangeOf(piece: Piece, name: FieldName): NumberRange {
  const text = textOf(piece);
  const hundred = name === 'status' && /^([1-9])xx$/i.exec(text);
  if (hundred) return { from: Number(hundred[1]) * 100, to: Number(hundred[1]) * 100 + 99 };
  const found = /^(>=|<=|>|<)?(\d{1,16})$/.exec(text);
  const between = /^(\d{1,16})\.\.(\d{1,16})$/.exec(text);
  const range = found ? compared(found[1], Number(found[2])) : between && { from: Number(between[1]), to: Number(between[2]) };
  if (!range || !Object.values(range).every(Number.isSafeInteger)) {
    const examples = name === 'status' ? '404, 4xx, >=500 or 200..299' : '10, >=10, <10 or 10..20';
    throw wrong(piece, `"${name}" is a whole number, not ${show(piece)}; write e.g. ${examples}`);
  }
  if (range.to !== undefined && range.to < (range.from ?? 0)) throw wrong(piece, `nothing lies within ${show(piece)}`);
  return range;
}

function compared(operator: string | undefined, value: number): NumberRange {
  if (operator === '>=') return { from: value };
  if (operator === '>') return { from: value + 1 };
  if (operator === '<=') return { to: value };
  if (operator === '<') return { to: value - 1 };
  return { from: value, to: value };
}

function networkOf(piece: Piece): string {
  try {
    compileNetwork(textOf(piece));
  } catch (cause) {
    throw wrong(piece, (cause as Error).message);
  }
  return textOf(piece);
}

function idOf(piece: Piece): string {
  const id = textOf(piece).toLowerCase();
  if (!UUID.test(id)) throw wrong(piece, `${show(piece)} is no event id; write e.g. 0193a2b4-5c6d-7e8f-9a0b-1c2d3e4f5a6b`);
  return id;
}

function momentOf(piece: Piece, name: FieldName, edge: 'start' | 'end', now: number): number {
  const at = timeOf(textOf(piece), now, edge);
  if (at !== undefined) return at;
  throw wrong(
    piece,
    `"${name}" is a span such as 24h or 7d, or a date such as 2026-11-01 or 2026-11-01T08:00, not ${show(piece)}`,
  );
}

const textOf = ({ parts }: Piece): string => parts.join('*');

function show(piece: Piece): string {
  const text = textOf(piece);
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}

function wrong({ start, end }: Piece, message: string): FilterProblem {
  return new FilterProblem(message, start, end - start);
}
