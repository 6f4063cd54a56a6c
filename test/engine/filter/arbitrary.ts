// Random filters and events for tests: made of the same few texts, so that filters find something, and of the texts that break others.

import fc from 'fast-check';
import type { HttpFlowEvent } from '../../../src/engine/event.ts';
import { FIELDS, type Field, type FieldName, fieldsOf } from '../../../src/engine/filter/fields.ts';
import { type Pattern, patternOf } from '../../../src/engine/filter/pattern.ts';
import { allOf, anyOf, type FilterTree, type NumberRange, negate } from '../../../src/engine/filter/tree.ts';
import { wordsOf } from '../../../src/engine/filter/words.ts';
import { flowEvent } from '../../store/sample-event.ts';

// biome-ignore format: a list of texts
const TEXTS = [
  '', 'ana', 'Ana', 'ANA@example.com', 'mcp.example.com', 'a%b', 'a_b', 'axb', '%', '_', '\\', '\\%', 'a\\b', 'a\\\\b', 'c:\\new', '\\N', 'NULL',
  "o'brien", "'; DROP TABLE http_flow --", "' OR 1=1 --", '{p0:String}', '%(x)s', 'say "hi"', '"', '""', '*', 'a*b', '**', '(x) OR y', 'a,b', '-x', 'or', 'NOT',
  'ünïcödé', 'ÜBER', 'über', '日本 語', '😀x', 'İ', 'ſ', 'ß', 'K', 'e\u0301', '\u00a0', 'a\nb', 'a\tb', 'a\r\nb', '\0x', '\u0001', '\u200b', '\ufffd',
  'https://mcp.example.com/mcp?id=1&x=%20', 'tools/call', 'tools_call', 'Mozilla/5.0 (X11; Linux)', '2025-06-18', '10..20', '>=5', 'user:ana', 'since:7d',
];
const ADDRESSES = [
  '',
  'unix',
  '10.0.0.1',
  '10.1.2.3',
  '192.168.1.1',
  '::ffff:10.0.0.9',
  '::ffff:a00:1',
  '::1',
  '::',
  '2001:db8::1',
  'fe80::1%eth0',
  '1.2.3',
  '255.255.255.255',
];
const NETWORKS = [
  '10.0.0.0/8',
  '10.1.2.3',
  '0.0.0.0/0',
  '10.0.0.1/31',
  '192.168.1.128/25',
  '::/0',
  '::1',
  '2001:db8::/32',
  '2001:db8::1/127',
  'fe80::/10',
  '::ffff:10.0.0.0/9',
];
export const IDS = Array.from({ length: 5 }, (_, index) => `0193a2b4-5c6d-7e8f-9a0b-1c2d3e4f5a6${index}`);

const text = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 6 }) },
);
const list = fc.array(text, { maxLength: 3 });
const number = fc.oneof(fc.constantFrom(0, 1, 10, 200, 404, 499, 500), fc.integer({ min: 0, max: 200 }));

/** @param now events are at most two days older, epoch milliseconds */
export function someEvent(now: number): fc.Arbitrary<HttpFlowEvent> {
  const columns: Record<string, fc.Arbitrary<unknown>> = {};
  for (const field of Object.values(FIELDS) as Field[]) {
    for (const column of field.columns) columns[column] = columnOf(field, column, now);
  }
  columns.reason = text;
  return fc.record(columns).map((fields) => flowEvent(fields as Partial<HttpFlowEvent>));
}

function columnOf(field: Field, column: string, now: number): fc.Arbitrary<unknown> {
  if (field.type === 'choice') return fc.constantFrom(...field.words);
  if (field.type === 'number') return column === 'confidence' ? fc.integer({ min: 0, max: 100 }) : number;
  if (field.type === 'network') return fc.constantFrom(...ADDRESSES);
  if (field.type === 'id') return fc.constantFrom(...IDS);
  if (field.type === 'time') return moment(now);
  return Array.isArray(flowEvent()[column as keyof HttpFlowEvent]) ? list : text;
}

const moment = (now: number) => fc.integer({ min: 0, max: 48 }).map((hours) => now - hours * 3_600_000);

/** A text, or parts of one with stars between. */
const pattern: fc.Arbitrary<Pattern> = fc
  .tuple(text, fc.array(fc.tuple(fc.nat(8), fc.nat(3)), { maxLength: 3 }))
  .map(([whole, cuts]) => {
    const parts = [];
    let at = 0;
    const characters = [...whole];
    for (const [start, length] of cuts.toSorted(([a], [b]) => a - b)) {
      parts.push(characters.slice(at, Math.max(at, start)).join(''));
      at = Math.max(at, start) + length;
    }
    return patternOf([...parts, characters.slice(at).join('')]);
  });

const range: fc.Arbitrary<NumberRange> = fc.oneof(
  number.map((from) => ({ from })),
  number.map((to) => ({ to })),
  fc.tuple(number, number).map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) })),
);

function leaf(now: number): fc.Arbitrary<FilterTree> {
  const words = text.filter((each) => wordsOf(each).length > 0);
  const word = words.map((each) => allOf(wordsOf(each).map((one) => ({ kind: 'word', word: one }))));
  const fields = fieldsOf().map(({ name }) => termOf(name, now));
  return fc.oneof({ weight: 4, arbitrary: word }, ...fields.map((arbitrary) => ({ weight: 1, arbitrary })));
}

function termOf(name: FieldName, now: number): fc.Arbitrary<FilterTree> {
  const field: Field = FIELDS[name];
  const several = <T>(values: fc.Arbitrary<T>) => fc.array(values, { minLength: 1, maxLength: 3 });
  const made: Record<Field['type'], () => fc.Arbitrary<object>> = {
    text: () => fc.record({ patterns: several(pattern) }),
    choice: () => fc.record({ words: several(fc.constantFrom(...(field.type === 'choice' ? field.words : []))) }),
    number: () => fc.record({ ranges: several(range) }),
    network: () => fc.record({ networks: several(fc.constantFrom(...NETWORKS)) }),
    id: () => fc.record({ ids: several(fc.constantFrom(...IDS)) }),
    time: () => fc.record({ at: moment(now) }),
  };
  return made[field.type]().map((values) => ({ kind: field.type, field: name, ...values }) as FilterTree);
}

/** A filter as the parser makes them. */
export function someFilter(now: number): fc.Arbitrary<FilterTree> {
  return fc.letrec<{ tree: FilterTree }>((tie) => {
    const joined = fc.array(tie('tree'), { minLength: 1, maxLength: 3 });
    return {
      tree: fc.oneof(
        { maxDepth: 3, depthSize: 'small' },
        leaf(now),
        joined.map(allOf),
        joined.map(anyOf),
        tie('tree').map(negate),
      ),
    };
  }).tree;
}
