// The query language against the real ClickHouse: it must find what the predicate in memory finds, whatever the texts are.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HttpFlowEvent } from '../../src/engine/event.ts';
import { compileFilter } from '../../src/engine/filter/compile.ts';
import { MAX_DEPTH, MAX_TERMS, parseFilter } from '../../src/engine/filter/parse.ts';
import type { FilterTree } from '../../src/engine/filter/tree.ts';
import { filterToSql } from '../../src/store/filter-sql.ts';
import { someEvent, someFilter } from '../engine/filter/arbitrary.ts';
import { formatFilter } from '../engine/filter/format.ts';
import { flowEvent, uuid7 } from '../store/sample-event.ts';
import { openTemporaryStore, type TemporaryStore } from './temporary-store.ts';

const now = Date.now();
const events: HttpFlowEvent[] = [];
let store: TemporaryStore;

beforeAll(async () => {
  store = await openTemporaryStore();
  // Fields of a generator are as likely as the texts are few: all of them are there in this number.
  events.push(...fc.sample(someEvent(now), 200), flowEvent({ ts: now, user_id: 'ana', tenant: 'plain' }));
  // The device tells the events apart in what follows: ids come twice on purpose.
  for (const event of events) event.device_id = `${event.device_id}#${uuid7()}`;
  await store.insert('http_flow', events);
});

afterAll(async () => {
  await store?.close();
});

async function stored(tree: FilterTree): Promise<string[]> {
  const { where, params } = filterToSql(tree);
  const query = `SELECT f.device_id AS name FROM http_flow AS f WHERE ${where}`;
  const result = await store.reader.query({ query, query_params: params, format: 'JSONEachRow' });
  return (await result.json<{ name: string }>()).map(({ name }) => name).toSorted();
}

function inMemory(tree: FilterTree): string[] {
  const fits = compileFilter(tree);
  return events
    .filter(fits)
    .map((event) => event.device_id)
    .toSorted();
}

test('ClickHouse and the predicate find the same events', async () => {
  let found = 0;
  await fc.assert(
    fc.asyncProperty(someFilter(now), async (tree) => {
      const names = inMemory(tree);
      expect(await stored(tree), formatFilter(tree)).toEqual(names);
      if (names.length > 0 && names.length < events.length) found += 1;
    }),
    { numRuns: 400 },
  );
  // Filters that find everything or nothing prove little.
  expect(found).toBeGreaterThan(100);
});

test('a free word is found by the index alone', async () => {
  const { where, params } = filterToSql(parseFilter('invoice tools/call', { now }));
  const query = `EXPLAIN indexes = 1 SELECT count() FROM http_flow AS f WHERE ${where}`;
  const result = await store.reader.query({ query, query_params: params, format: 'TabSeparated' });
  const plan = await result.text();
  expect(plan).toContain('ix_words');
  expect(plan).not.toMatch(/Output: .*(url|reason)/);
});

test('classes of traffic are looked up in the primary key', async () => {
  const { where, params } = filterToSql(parseFilter('traffic:portal', { now }));
  const query = `EXPLAIN indexes = 1 SELECT count() FROM http_flow AS f WHERE f.tenant = 'nobody' AND ${where}`;
  const result = await store.reader.query({ query, query_params: params, format: 'TabSeparated' });
  expect(await result.text()).toContain('traffic in 1-element set');
});

describe('hostile input', () => {
  const attempts = [
    "' OR 1=1 --",
    "x') OR 1=1 OR ('",
    '{p0:String}',
    '{p1:Identifier}',
    "\\' OR 1=1 --",
    '`f`.`url`',
    '1; DROP TABLE http_flow',
    '%',
    '\0',
  ];

  test.each(attempts)('%j finds nothing but itself', async (text) => {
    const quoted = `"${text.replace(/["\\]/g, '\\$&')}"`;
    for (const field of ['user', 'host', 'group', 'url', 'rule', 'policy']) {
      const tree = parseFilter(`tenant:plain ${field}:${quoted},${quoted}*x`, { now });
      const { where, params } = filterToSql(tree);
      expect(where).not.toContain(text === '%' ? "'%" : text);
      expect(Object.values(params).flat()).toContain(text.toLowerCase());
      expect(await stored(tree)).toEqual([]);
    }
    expect(await stored(parseFilter('tenant:plain', { now }))).toHaveLength(1);
  });

  test('a tree from outside cannot name a column, a type or an address of its own', async () => {
    const fields = ['url) OR 1=1 --', '__proto__', 'constructor', 'excerpt', 'since'];
    for (const field of fields) {
      const tree = { kind: 'text', field, patterns: [['x']] } as unknown as FilterTree;
      expect(() => filterToSql(tree)).toThrow('a filter has no text field');
      expect(() => compileFilter(tree)).toThrow('a filter has no text field');
    }
    const number = { kind: 'number', field: 'status', ranges: [{ from: '0 OR 1=1' }] } as unknown as FilterTree;
    await expect(stored(number)).rejects.toThrow(/p0|Int64/);
    const network = { kind: 'network', field: 'net', networks: ["::') OR 1=1 --"] } as const;
    expect(() => filterToSql(network)).toThrow('is not a network');
  });

  test('the longest filters run', async () => {
    const values = Array.from({ length: MAX_TERMS }, (_, index) => `*${index}*x*`).join(',');
    expect(await stored(parseFilter(`url:${values}`, { now }))).toBeInstanceOf(Array);
    const deep = `${'-(a OR '.repeat(MAX_DEPTH)}b${')'.repeat(MAX_DEPTH)}`;
    const tree = parseFilter(deep, { now });
    expect(await stored(tree)).toEqual(inMemory(tree));
    const long = parseFilter(`url:"${'%ü'.repeat(900)}"*x`, { now });
    expect(await stored(long)).toEqual([]);
  });
});
