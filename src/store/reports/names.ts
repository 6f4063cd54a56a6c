// What servers call themselves, by key.

import type { ClickHouseClient } from '@clickhouse/client';
import { select } from '../queries.ts';
import type { Row } from '../rows.ts';

/** @returns keys of servers that introduced themselves, each with its name and version */
export async function namesOf(reader: ClickHouseClient, keys: readonly string[]): Promise<Map<string, string>> {
  if (keys.length === 0) return new Map();
  const sql = `SELECT s.server_key AS key, arraySort(groupUniqArrayMerge(20)(s.names))[1] AS title FROM server_inventory AS s
    WHERE s.server_key IN {keys:Array(String)} GROUP BY key HAVING title != ''`;
  return new Map((await select<Row>(reader, sql, { keys })).map(({ key, title }) => [String(key), String(title)]));
}
