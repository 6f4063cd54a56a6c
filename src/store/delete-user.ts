// Forgets a person in ClickHouse: every row that names them goes, from events and rollups, and their name from the lists of the inventory.
//
// What stays: counts without names (traffic_minute, tool_hour, rule_hour, the numbers in server_inventory), which hold people as hashes
// inside aggregates; the audit log, which must name its actors; rows that are still in the spool. So this is run when the spool is empty,
// and again if it was not.

import type { ClickHouseClient } from '@clickhouse/client';
import { DaylightError } from '../errors.ts';

export interface DeletedRows {
  table: string;
  rows: number;
}

/** Condition that finds the rows of a person, by table. Those who were not identified go by address in rollups. */
const NAMED: Readonly<Record<string, string>> = {
  http_flow: "user_id IN {names:Array(String)} OR (user_id = '' AND src_ip IN {names:Array(String)})",
  mcp_call: 'user_id IN {names:Array(String)}',
  llm_call: 'user_id IN {names:Array(String)}',
  dlp_match: 'user_id IN {names:Array(String)}',
  client_count: 'who IN {names:Array(String)}',
  use_hour: 'user IN {names:Array(String)}',
  dlp_hour: 'user IN {names:Array(String)}',
  llm_hour: 'user IN {names:Array(String)}',
};
const INVENTORY = 'hasAny(finalizeAggregation(users), {names:Array(String)})';
const WITHOUT = `users = arrayReduce('groupUniqArrayState(100)',
  arrayFilter(name -> NOT has({names:Array(String)}, name), finalizeAggregation(users)))`;
const POLL_MS = 200;

/**
 * @param names all names of one person: as identified, their pseudonym, an address.
 * @param waitMs how long to wait until ClickHouse has rewritten what held the rows.
 * @returns what was deleted; tables without such rows are left out.
 * @throws DaylightError ERR_STORE if rows are still there after that; ClickHouse goes on deleting.
 */
export async function deleteUser(
  client: ClickHouseClient,
  database: string,
  names: readonly string[],
  waitMs = 600_000,
): Promise<DeletedRows[]> {
  const deadline = Date.now() + waitMs;
  const deleted: DeletedRows[] = [];
  for (const [table, where] of Object.entries(NAMED)) {
    const rows = await forget(table, where, `DELETE WHERE ${where}`);
    if (rows > 0) deleted.push({ table, rows });
  }
  const servers = await forget('server_inventory', INVENTORY, `UPDATE ${WITHOUT} WHERE ${INVENTORY}`);
  if (servers > 0) deleted.push({ table: 'server_inventory', rows: servers });
  return deleted;

  /** Starts the change, and waits until nothing is left of what was there. */
  async function forget(table: string, where: string, change: string): Promise<number> {
    const found = await count(table, where);
    if (found === 0) return 0;
    await attempt(() =>
      client.command({
        query: `ALTER TABLE ${database}.${table} ${change}`,
        query_params: { names },
        clickhouse_settings: { mutations_sync: '0' },
      }),
    );
    while ((await count(table, where)) > 0) {
      if (Date.now() > deadline) {
        throw new DaylightError(
          'ERR_STORE',
          `rows are still in ${table} after ${waitMs / 1000} s; ClickHouse goes on deleting. Run this again later`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return found;
  }

  async function count(table: string, where: string): Promise<number> {
    const query = `SELECT count() AS n FROM ${database}.${table} WHERE ${where}`;
    const rows = await attempt(async () =>
      (await client.query({ query, query_params: { names }, format: 'JSONEachRow' })).json<{ n: string }>(),
    );
    return Number(rows[0]?.n ?? 0);
  }
}

async function attempt<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DaylightError('ERR_STORE', `ClickHouse refused: ${why}. Deleting again goes on where this ended`, { cause });
  }
}
