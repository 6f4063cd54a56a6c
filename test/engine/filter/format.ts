// A filter as text again, to show what the parser understood: from this text it makes the same filter.

import { FIELDS } from '../../../src/engine/filter/fields.ts';
import { isNone, type Pattern } from '../../../src/engine/filter/pattern.ts';
import type { FilterTree, NumberRange } from '../../../src/engine/filter/tree.ts';

const DAY = 86_400_000;

export function formatFilter(tree: FilterTree): string {
  switch (tree.kind) {
    case 'and':
      return tree.terms.map((term) => (term.kind === 'or' ? `(${formatFilter(term)})` : formatFilter(term))).join(' ');
    case 'or':
      return tree.terms.map(formatFilter).join(' OR ');
    case 'not':
      return tree.term.kind === 'and' || tree.term.kind === 'or'
        ? `-(${formatFilter(tree.term)})`
        : `-${formatFilter(tree.term)}`;
    case 'word':
      // Spaces outside ASCII part words that people write, but belong to the words of an event.
      return /^(and|or|not)$|\s/.test(tree.word) ? `"${tree.word}"` : tree.word;
    case 'text':
      return `${tree.field}:${tree.patterns.map(formatPattern).join(',')}`;
    case 'choice':
      return `${tree.field}:${tree.words.join(',')}`;
    case 'number':
      return `${tree.field}:${tree.ranges.map((range) => formatRange(range, tree.field === 'status')).join(',')}`;
    case 'network':
      return `${tree.field}:${tree.networks.join(',')}`;
    case 'id':
      return `${tree.field}:${tree.ids.join(',')}`;
    case 'time':
      return `${tree.field}:${formatTime(tree.at, FIELDS[tree.field].edge)}`;
  }
}

function formatPattern(pattern: Pattern): string {
  if (isNone(pattern)) return '""';
  return pattern.map((part) => (/[\s(),"*]/.test(part) ? `"${part.replace(/["\\]/g, '\\$&')}"` : part)).join('*');
}

function formatRange({ from, to }: NumberRange, hundreds: boolean): string {
  if (from === undefined) return `<=${to}`;
  if (to === undefined) return `>=${from}`;
  if (from === to) return String(from);
  return hundreds && from % 100 === 0 && to === from + 99 && from >= 100 && from <= 900 ? `${from / 100}xx` : `${from}..${to}`;
}

/** The shortest text that `timeOf` reads back as this moment. */
function formatTime(at: number, edge: 'start' | 'end'): string {
  const whole = edge === 'end' && at >= DAY ? at - DAY : at;
  if (at % DAY === 0 && (edge === 'start' || at >= DAY)) return new Date(whole).toISOString().slice(0, 10);
  return new Date(at).toISOString().replace('.000', '');
}
