// A filter as plain data: what the parser makes, and what both back ends and the text form are made from.

import type { NameOf } from './fields.ts';
import type { Pattern } from './pattern.ts';

/** Whole numbers, both ends included; a missing end is open. */
export interface NumberRange {
  from?: number;
  to?: number;
}

/** Of several values of a field one must fit. An `and` of nothing holds for every event, an `or` of nothing for none. */
export type FilterTree =
  | { kind: 'and' | 'or'; terms: readonly FilterTree[] }
  | { kind: 'not'; term: FilterTree }
  | { kind: 'word'; word: string }
  | { kind: 'text'; field: NameOf<'text'>; patterns: readonly Pattern[] }
  | { kind: 'choice'; field: NameOf<'choice'>; words: readonly string[] }
  | { kind: 'number'; field: NameOf<'number'>; ranges: readonly NumberRange[] }
  | { kind: 'network'; field: NameOf<'network'>; networks: readonly string[] }
  | { kind: 'id'; field: NameOf<'id'>; ids: readonly string[] }
  | { kind: 'time'; field: NameOf<'time'>; at: number };

/** The filter that every event fits. */
export const EVERYTHING: FilterTree = { kind: 'and', terms: [] };

/** All of these filters together. */
export const allOf = (terms: readonly FilterTree[]): FilterTree => join('and', terms);

/** Any of these filters. */
export const anyOf = (terms: readonly FilterTree[]): FilterTree => join('or', terms);

/** One term stands for itself, and equal joins are one. */
function join(kind: 'and' | 'or', terms: readonly FilterTree[]): FilterTree {
  const flat = terms.flatMap((term) => (term.kind === kind ? term.terms : [term]));
  return flat.length === 1 ? flat[0]! : { kind, terms: flat };
}

export const negate = (term: FilterTree): FilterTree => (term.kind === 'not' ? term.term : { kind: 'not', term });

/** The time that a filter is bound to by `since` and `until`, as far as they hold for all of it. Epoch milliseconds, the end excluded. */
export function timeOfFilter(tree: FilterTree): { since?: number; until?: number } {
  const bounds: { since?: number; until?: number } = {};
  for (const term of tree.kind === 'and' ? tree.terms : [tree]) {
    if (term.kind !== 'time') continue;
    if (term.field === 'since') bounds.since = Math.max(term.at, bounds.since ?? 0);
    else bounds.until = Math.min(term.at, bounds.until ?? Number.POSITIVE_INFINITY);
  }
  return bounds;
}
