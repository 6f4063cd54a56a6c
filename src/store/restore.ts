// Puts back rows that ClickHouse believes to have and has not.
//
// MergeTree writes the deduplication token of an insert down before it commits the part. An engine killed in between answers the
// retry of the same insert with success and stores nothing. So after a retry whose first attempt may have been cut, the rows
// of the segment are looked up by their event ids, and those that are missing are inserted under a token of their own.
// Rows without an id (benign counts) cannot be looked up; up to one segment of them can be lost with the engine.

import { readFile } from 'node:fs/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import type { Segment } from './cursor.ts';

const ID = /"event_id":"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"/;
const TIME = /"ts":(\d{1,15})/;
/** Ids in one query, well below the 256 KiB that a statement may have. */
const IDS_PER_QUERY = 4_000;

/** @returns the lines of the segment that are not stored */
export async function findMissing(client: ClickHouseClient, database: string, segment: Segment): Promise<string[]> {
  const lines = (await readFile(segment.path, 'utf8')).split('\n').filter((line) => ID.test(line) && TIME.test(line));
  const missing: string[] = [];
  for (let at = 0; at < lines.length; at += IDS_PER_QUERY) {
    const part = lines.slice(at, at + IDS_PER_QUERY);
    const stored = await idsStored(client, `${database}.${segment.table}`, part);
    missing.push(...part.filter((line) => !stored.has(idOf(line))));
  }
  return missing;
}

async function idsStored(client: ClickHouseClient, table: string, lines: readonly string[]): Promise<Set<string>> {
  const times = lines.map((line) => Number(TIME.exec(line)![1]));
  const ids = lines.map((line) => `'${idOf(line)}'`).join(',');
  // The ids were matched by their shape above, so they can stand in the statement; as parameters they would go into the URL.
  const result = await client.query({
    query: `SELECT DISTINCT toString(event_id) AS id FROM ${table}
      WHERE ts BETWEEN fromUnixTimestamp64Milli({from:Int64}) AND fromUnixTimestamp64Milli({to:Int64}) AND event_id IN (${ids})`,
    query_params: { from: Math.min(...times) - 1, to: Math.max(...times) + 1 },
    format: 'JSONEachRow',
  });
  return new Set((await result.json<{ id: string }>()).map(({ id }) => id));
}

function idOf(line: string): string {
  return ID.exec(line)![1]!;
}
