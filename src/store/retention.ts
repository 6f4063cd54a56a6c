// How long rows are kept, and excerpts in them. ClickHouse deletes what is older in the background.
//
// The tables themselves say how long: what configuration asks for is compared with that, and a table that differs is changed. A change
// takes hold of rows that are there already, which ClickHouse goes through in the background.

import type { ClickHouseClient } from '@clickhouse/client';
import type { Config } from '../config.ts';
import { select } from './queries.ts';

type Retention = Config['store']['retention'];

/** Tables by key of the configuration. `server_inventory` is kept for good. */
const TABLES: Readonly<Record<Exclude<keyof Retention, 'excerpts'>, readonly string[]>> = {
  flows: ['http_flow', 'client_count'],
  calls: ['mcp_call', 'llm_call'],
  dlp: ['dlp_match'],
  counts: ['flow_count'],
  rollups: ['traffic_minute', 'use_hour', 'tool_hour', 'rule_hour', 'dlp_hour', 'llm_hour'],
  tools: ['tool_seen'],
  findings: ['server_finding'],
  audit: ['audit_log'],
};

/** Columns that hold what people and servers wrote. */
const EXCERPTS: readonly (readonly [table: string, column: string])[] = [
  ['http_flow', 'excerpt'],
  ['mcp_call', 'excerpt'],
  ['llm_call', 'prompt_excerpt'],
  ['llm_call', 'completion_excerpt'],
];

/** Days by table; tables whose rows are kept for ever are left out. */
export async function retentionDays(reader: ClickHouseClient): Promise<Record<string, number>> {
  const sql = `SELECT name, toUInt32OrZero(extract(engine_full, 'TTL [^,]*toIntervalDay\\\\((\\\\d+)\\\\)')) AS days
    FROM system.tables WHERE database = currentDatabase() AND days > 0 ORDER BY name`;
  const rows = await select<{ name: string; days: number }>(reader, sql, {});
  return Object.fromEntries(rows.map(({ name, days }) => [name, Number(days)]));
}

/**
 * Makes the tables keep their rows as long as configuration says.
 *
 * @param retention days by key.
 * @returns tables and columns that were changed, as `table` or `table.column`.
 */
export async function applyRetention(client: ClickHouseClient, database: string, retention: Retention): Promise<string[]> {
  const query = 'SELECT name, create_table_query AS sql FROM system.tables WHERE database = {database:String}';
  const result = await client.query({ query, query_params: { database }, format: 'JSONEachRow' });
  const tables = new Map((await result.json<{ name: string; sql: string }>()).map(({ name, sql }) => [name, sql]));
  const changed: string[] = [];
  const alter = async (table: string, what: string, name: string): Promise<void> => {
    // Not waited for: ClickHouse goes through the old rows in the background.
    await client.command({ query: `ALTER TABLE ${database}.${table} ${what}`, clickhouse_settings: { mutations_sync: '0' } });
    changed.push(name);
  };
  for (const [key, names] of Object.entries(TABLES) as [keyof typeof TABLES, readonly string[]][]) {
    for (const table of names) {
      const [, expression, days] = /\) ENGINE = .* TTL (.+?) \+ toIntervalDay\((\d+)\)/.exec(tables.get(table) ?? '') ?? [];
      if (expression === undefined || Number(days) === retention[key]) continue;
      await alter(table, `MODIFY TTL ${expression} + INTERVAL ${retention[key]} DAY`, table);
    }
  }
  for (const [table, column] of EXCERPTS) {
    const [, days] = new RegExp(`\`${column}\` [^\`,]* TTL [^\`,]*toIntervalDay\\((\\d+)\\)`).exec(tables.get(table) ?? '') ?? [];
    if (days === undefined || Number(days) === retention.excerpts) continue;
    await alter(table, `MODIFY COLUMN ${column} TTL toDateTime(ts) + INTERVAL ${retention.excerpts} DAY`, `${table}.${column}`);
  }
  return changed;
}
