// The list of exchanges, newest first, without their excerpts.
//
// The table is sorted by class and host within each day, so the newest exchanges of a long time lie everywhere in it. Therefore the newest
// day is asked first: a page is mostly full then.

import type { ClickHouseClient } from '@clickhouse/client';
import type { HttpFlowEvent } from '../../engine/event.ts';
import { select } from '../queries.ts';
import { EVENT_COLUMNS, fromRow, type Row } from '../rows.ts';
import type { ListPage, ReportScope } from './period.ts';
import { exactPeriod } from './period.ts';
import { flowConditions, paramsOf } from './source.ts';

const COLUMNS = EVENT_COLUMNS.replace(/f\.excerpt\b/, "'' AS excerpt");
const LOOKS = [24 * 3_600_000, Number.POSITIVE_INFINITY];
const MAX_ROWS = 10_000;

/** One page. */
export async function listEvents(
  reader: ClickHouseClient,
  scope: ReportScope,
  { limit, after }: ListPage,
): Promise<HttpFlowEvent[]> {
  const period = exactPeriod(scope);
  const newest = after === undefined ? period.to : Math.min(period.to, after.ts + 1);
  const events: HttpFlowEvent[] = [];
  let until = newest;
  for (const look of LOOKS) {
    const since = Math.max(period.from, newest - look);
    if (since >= until) continue;
    const older =
      after === undefined ? '' : 'AND (f.ts, f.event_id) < (fromUnixTimestamp64Milli({afterTs:Int64}), {afterId:UUID})';
    const sql = `SELECT ${COLUMNS} FROM http_flow AS f WHERE ${flowConditions(period)} ${older}
      ORDER BY f.ts DESC, f.event_id DESC LIMIT {limit:UInt32}`;
    const position = after === undefined ? {} : { afterTs: after.ts, afterId: after.id };
    const missing = Math.min(MAX_ROWS, limit) - events.length;
    const rows = await select<Row>(reader, sql, { ...paramsOf(period), ...position, since, until, limit: missing });
    events.push(...rows.map(withoutArrival));
    if (rows.length === missing) break;
    until = since;
  }
  return events;
}

/** How many exchanges there are in all. */
export async function countEvents(reader: ClickHouseClient, scope: ReportScope): Promise<number> {
  const period = exactPeriod(scope);
  const sql = `SELECT count() AS n FROM http_flow AS f WHERE ${flowConditions(period)}`;
  return Number((await select<Row>(reader, sql, paramsOf(period)))[0]?.n ?? 0);
}

/** As it was emitted: when ClickHouse took it is nobody's business here. */
function withoutArrival(row: Row): HttpFlowEvent {
  const { ingest_ts: _, ...event } = fromRow(row);
  return event;
}
