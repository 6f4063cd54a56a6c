// A filter as a condition on `http_flow AS f`. It says the same as the predicate in src/engine/filter/compile.ts.
//
// Columns come from the catalogue of fields, everything that somebody wrote travels as a query parameter. No condition is ever NULL.

import { fieldOf, isList, type ListColumn, type TextColumn } from '../engine/filter/fields.ts';
import { isNone, isSome, lowerAscii, type Pattern } from '../engine/filter/pattern.ts';
import type { FilterTree, NumberRange } from '../engine/filter/tree.ts';
import { rangeOfNetwork } from '../engine/network.ts';

export interface FilterSql {
  where: string;
  /** Named p0, p1, ... */
  params: Record<string, unknown>;
}

/** Takes a value in, and gives the placeholder for it. */
type Bind = (type: string, value: unknown) => string;

/** @throws Error if the tree names a field that does not exist. */
export function filterToSql(tree: FilterTree): FilterSql {
  const params: Record<string, unknown> = {};
  let count = 0;
  const where = conditionOf(tree, (type, value) => {
    const name = `p${count++}`;
    params[name] = value;
    return `{${name}:${type}}`;
  });
  return { where, params };
}

function conditionOf(tree: FilterTree, bind: Bind): string {
  switch (tree.kind) {
    case 'and':
      return every(tree.terms.map((term) => conditionOf(term, bind)));
    case 'or':
      return some(tree.terms.map((term) => conditionOf(term, bind)));
    case 'not':
      return `NOT (${conditionOf(tree.term, bind)})`;
    case 'word':
      return `hasAllTokens(f.words, ${bind('Array(String)', [lowerAscii(tree.word)])})`;
    case 'text':
      return textCondition(fieldOf(tree.field, 'text').columns, tree.patterns, bind);
    case 'choice':
      return `f.${fieldOf(tree.field, 'choice').columns[0]} IN ${bind('Array(String)', tree.words)}`;
    case 'number': {
      const [column] = fieldOf(tree.field, 'number').columns;
      return some(tree.ranges.map((range) => rangeCondition(`f.${column}`, range, bind)));
    }
    case 'network': {
      const [column] = fieldOf(tree.field, 'network').columns;
      return some(tree.networks.map((network) => networkCondition(`f.${column}`, network, bind)));
    }
    case 'id':
      return `f.${fieldOf(tree.field, 'id').columns[0]} IN ${bind('Array(UUID)', tree.ids)}`;
    case 'time': {
      const operator = fieldOf(tree.field, 'time').edge === 'start' ? '>=' : '<';
      return `f.ts ${operator} fromUnixTimestamp64Milli(${bind('Int64', Math.trunc(tree.at))})`;
    }
  }
}

function textCondition(columns: readonly (TextColumn | ListColumn)[], patterns: readonly Pattern[], bind: Bind): string {
  const filled = some(columns.map((column) => onTexts(column, (text) => `${text} != ''`)));
  const conditions: string[] = [];
  if (patterns.some(isNone)) conditions.push(`NOT (${filled})`);
  if (patterns.some(isSome)) conditions.push(filled);
  const exact = patterns.filter((pattern) => pattern.length === 1 && !isNone(pattern)).map(([text]) => lowerAscii(text!));
  if (exact.length > 0) {
    const values = bind('Array(String)', exact);
    conditions.push(...columns.map((column) => onTexts(column, (text) => `has(${values}, lower(${text}))`)));
  }
  for (const pattern of patterns.filter((each) => each.length > 1 && !isSome(each))) {
    const like = bind('String', likeOf(pattern));
    conditions.push(...columns.map((column) => onTexts(column, (text) => `lower(${text}) LIKE ${like}`)));
  }
  return some(conditions);
}

/** A condition on the text of a column, or on any of several. */
function onTexts(column: TextColumn | ListColumn, condition: (text: string) => string): string {
  return isList(column) ? `arrayExists(text -> ${condition('text')}, f.${column})` : condition(`f.${column}`);
}

function likeOf(pattern: Pattern): string {
  return lowerAscii(pattern.map((part) => part.replace(/[\\%_]/g, '\\$&')).join('%'));
}

function rangeCondition(column: string, { from, to }: NumberRange, bind: Bind): string {
  const ends = [
    from === undefined ? '' : `${column} >= ${bind('Int64', from)}`,
    to === undefined ? '' : `${column} <= ${bind('Int64', to)}`,
  ];
  return every(ends.filter((end) => end !== ''));
}

/** Addresses are text, which may be no address and may carry a zone. IPv4 addresses lie in no IPv6 network. */
function networkCondition(column: string, network: string, bind: Bind): string {
  const { first, last, version } = rangeOfNetwork(network);
  const address = `toIPv6OrNull(splitByChar('%', ${column})[1])`;
  const within = `${address} BETWEEN ${bind('IPv6', first)} AND ${bind('IPv6', last)}`;
  const other = version === 6 ? ` AND ${address} NOT BETWEEN toIPv6('::ffff:0:0') AND toIPv6('::ffff:ffff:ffff')` : '';
  return `ifNull(${within}${other}, 0)`;
}

const every = (conditions: readonly string[]): string => (conditions.length === 0 ? '1' : `(${conditions.join(' AND ')})`);
const some = (conditions: readonly string[]): string => (conditions.length === 0 ? '0' : `(${conditions.join(' OR ')})`);
