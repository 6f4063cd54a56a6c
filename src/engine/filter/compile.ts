// Tells whether an event fits a filter, in memory: live feeds and sinks. src/store/filter-sql.ts asks ClickHouse the same.

import type { HttpFlowEvent } from '../event.ts';
import { compileNetwork } from '../network.ts';
import { fieldOf } from './fields.ts';
import { compilePatternParts, isNone, isSome, lowerAscii, type Pattern } from './pattern.ts';
import type { FilterTree } from './tree.ts';
import { hasWord, searchedText } from './words.ts';

export type EventTest = (event: HttpFlowEvent) => boolean;

/** Compiles a filter once for many events. @throws Error if the tree names a field that does not exist. */
export function compileFilter(tree: FilterTree): EventTest {
  return compile(tree, lastOf(searchedText));
}

function compile(tree: FilterTree, textOf: (event: HttpFlowEvent) => string): EventTest {
  switch (tree.kind) {
    case 'and': {
      const tests = tree.terms.map((term) => compile(term, textOf));
      return (event) => tests.every((test) => test(event));
    }
    case 'or': {
      const tests = tree.terms.map((term) => compile(term, textOf));
      return (event) => tests.some((test) => test(event));
    }
    case 'not': {
      const test = compile(tree.term, textOf);
      return (event) => !test(event);
    }
    case 'word': {
      const word = lowerAscii(tree.word);
      return (event) => hasWord(textOf(event), word);
    }
    case 'text': {
      const { columns } = fieldOf(tree.field, 'text');
      const fits = compileTexts(tree.patterns);
      return (event) => fits(columns.flatMap((column) => event[column]).filter((text) => text !== ''));
    }
    case 'choice': {
      const [column] = fieldOf(tree.field, 'choice').columns;
      return (event) => tree.words.includes(event[column]);
    }
    case 'number': {
      const [column] = fieldOf(tree.field, 'number').columns;
      return (event) =>
        tree.ranges.some(
          ({ from, to }) => (from === undefined || event[column] >= from) && (to === undefined || event[column] <= to),
        );
    }
    case 'network': {
      const [column] = fieldOf(tree.field, 'network').columns;
      const tests = tree.networks.map(compileNetwork);
      return (event) => tests.some((test) => test(event[column]));
    }
    case 'id': {
      const [column] = fieldOf(tree.field, 'id').columns;
      return (event) => tree.ids.includes(event[column].toLowerCase());
    }
    case 'time': {
      const { edge } = fieldOf(tree.field, 'time');
      return edge === 'start' ? (event) => event.ts >= tree.at : (event) => event.ts < tree.at;
    }
  }
}

/** @returns whether one of the values of a field fits, or their absence does. */
function compileTexts(patterns: readonly Pattern[]): (values: readonly string[]) => boolean {
  const none = patterns.some(isNone);
  const some = patterns.some(isSome);
  const tests = patterns.filter((pattern) => !isNone(pattern) && !isSome(pattern)).map(compilePatternParts);
  return (values) => (values.length === 0 ? none : some || values.some((value) => tests.some((test) => test(value))));
}

/** The same function, which remembers its last result: several words of a filter ask for the text of one event. */
function lastOf<From, To>(compute: (from: From) => To): (from: From) => To {
  let last: { from: From; to: To } | undefined;
  return (from) => {
    if (last?.from !== from) last = { from, to: compute(from) };
    return last.to;
  };
}
