// The stored history in the order in which it happened, page by page: what simulation reads. Rows without any sign of MCP are left out.

import type { ClickHouseClient } from '@clickhouse/client';
import { conditionsOf, type EventFilter, type EventPosition, select } from './queries.ts';
import { EVENT_COLUMNS, fromRow, type Row, type StoredEvent } from './rows.ts';

const PAGE = 5_000;

/** Pages of events, oldest first. Rows of one moment are in order of their ids, which tell it apart (UUIDv7). */
export async function* readHistory(
  reader: ClickHouseClient,
  { since, ...filter }: EventFilter & { since: number },
  pageSize = PAGE,
): AsyncGenerator<StoredEvent[], void, void> {
  let after: EventPosition = { ts: Math.trunc(since), event_id: '00000000-0000-0000-0000-000000000000' };
  for (;;) {
    // Narrowed by time as well, so that days that have been read are not touched again.
    const { where, params } = conditionsOf({ ...filter, since: after.ts });
    where.push("(f.traffic != 'none' OR notEmpty(f.rules) OR f.policy_facts != '')");
    where.push('(f.ts, toString(f.event_id)) > (fromUnixTimestamp64Milli({afterTs:Int64}), {afterId:String})');
    const sql = `SELECT ${EVENT_COLUMNS} FROM http_flow AS f WHERE ${where.join(' AND ')}
      ORDER BY f.ts, toString(f.event_id) LIMIT {limit:UInt32}`;
    const rows = await select<Row>(reader, sql, { ...params, afterTs: after.ts, afterId: after.event_id, limit: pageSize });
    const events = rows.map(fromRow);
    if (events.length > 0) yield events;
    const last = events.at(-1);
    if (last === undefined || events.length < pageSize) return;
    after = last;
  }
}
