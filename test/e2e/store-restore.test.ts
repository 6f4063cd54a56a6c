// Rows that the engine recorded as stored and lost are put back, once.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clickhouseReader } from '../../src/store/insert.ts';
import { flowEvent } from '../store/sample-event.ts';
import { openTemporaryStore, type TemporaryStore } from './temporary-store.ts';

let store: TemporaryStore;

beforeAll(async () => {
  store = await openTemporaryStore();
});

afterAll(async () => {
  await store?.close();
});

test('rows that a retried segment should hold, but does not, are inserted again, and no row twice', async () => {
  const rows = Array.from({ length: 5_000 }, (_, index) => {
    const id = `01a1f804-df25-773c-b0b7-${index.toString(16).padStart(12, '0')}`;
    const { kind: _kind, ...row } = flowEvent({ event_id: id, ts: Date.now() - index });
    return JSON.stringify(row);
  });
  const path = join(store.dir, 'w.1-http_flow-000000001.ndjson');
  await writeFile(path, rows.map((row) => `${row}\n`).join(''));
  const restored: number[] = [];
  const open = () =>
    clickhouseReader({
      client: () => store.writer,
      database: store.database,
      installation: 'test',
      deadDir: join(store.dir, 'dead'),
      onDead: () => {},
      onRestored: (_segment, count) => restored.push(count),
    });
  const segment = { id: 'w.1-http_flow-000000001', table: 'http_flow', path, bytes: 0 };
  const count = async () => {
    const result = await store.reader.query({
      query: 'SELECT count() AS n, uniqExact(event_id) AS ids FROM http_flow',
      format: 'JSONEachRow',
    });
    return (await result.json<{ n: string; ids: string }>())[0];
  };

  expect(await open().deliver(segment)).toBe('delivered');
  expect(restored).toEqual([]);
  // What an engine that was killed between token and commit leaves: the token is known, rows are not there.
  await store.writer.command({
    query: `ALTER TABLE ${store.database}.http_flow DELETE WHERE event_id < '01a1f804-df25-773c-b0b7-0000000003e8'`,
    clickhouse_settings: { mutations_sync: '1' },
  });
  const before = Number((await count())?.n);
  expect(before).toBeLessThan(5_000);

  // A reader of a later process does not know how the earlier attempt ended.
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await open().deliver(segment)).toBe('delivered');
  expect(restored).toEqual([5_000 - before]);
  expect(await count()).toEqual({ n: '5000', ids: '5000' });
});
