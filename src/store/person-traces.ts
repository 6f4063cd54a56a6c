// What the store knows of a person that leads to traces elsewhere, or stays. Asked before their rows are deleted (delete-user.ts).

import type { ClickHouseClient } from '@clickhouse/client';
import { select } from './queries.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Those of the events that are a person's. @param names as in {@link deleteUser} */
export async function eventsOfPerson(
  reader: ClickHouseClient,
  names: readonly string[],
  eventIds: readonly string[],
): Promise<Set<string>> {
  const ids = eventIds.filter((id) => UUID.test(id));
  if (ids.length === 0) return new Set();
  const sql = `SELECT toString(event_id) AS id FROM http_flow WHERE event_id IN {ids:Array(UUID)}
    AND (user_id IN {names:Array(String)} OR (user_id = '' AND src_ip IN {names:Array(String)}))`;
  return new Set((await select<{ id: string }>(reader, sql, { ids, names })).map(({ id }) => id));
}

/** Audit events that name a person: as who did it, as what it was done to, or as a value that was changed. The act of
 *  forgetting them does not count. */
export async function countAuditOfPerson(reader: ClickHouseClient, names: readonly string[]): Promise<number> {
  const sql = `SELECT count() AS n FROM audit_log WHERE action != 'events.delete-user' AND (actor IN {names:Array(String)} OR object_id IN {names:Array(String)}
    OR arrayExists(name -> position(before, name) > 0 OR position(after, name) > 0, {quoted:Array(String)}))`;
  const rows = await select<{ n: string }>(reader, sql, { names, quoted: names.map((name) => JSON.stringify(name)) });
  return Number(rows[0]?.n ?? 0);
}
