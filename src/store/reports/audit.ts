// Administrative acts, newest first.

import type { ClickHouseClient } from '@clickhouse/client';
import type { AuditEvent } from '../../engine/event.ts';
import { select } from '../queries.ts';
import type { Row } from '../rows.ts';
import type { ListPage, ReportScope } from './period.ts';

const TEXTS =
  'a.event_id, a.tenant, a.sensor, a.actor, a.action, a.object_type, a.object_id, a.outcome, a.reason, a.before, a.after';
const TIME = 'a.ts >= fromUnixTimestamp64Milli({since:Int64}) AND a.ts < fromUnixTimestamp64Milli({until:Int64})';

/** One page. Filters are about exchanges: acts have none. */
export async function listAudit(
  reader: ClickHouseClient,
  { from, to }: Pick<ReportScope, 'from' | 'to'>,
  { limit, after }: ListPage,
): Promise<AuditEvent[]> {
  const older = after === undefined ? '' : 'AND (a.ts, a.event_id) < (fromUnixTimestamp64Milli({afterTs:Int64}), {afterId:UUID})';
  const sql = `SELECT toUnixTimestamp64Milli(a.ts) AS time, ${TEXTS} FROM audit_log AS a WHERE ${TIME} ${older}
    ORDER BY a.ts DESC, a.event_id DESC LIMIT {limit:UInt32}`;
  const position = after === undefined ? {} : { afterTs: after.ts, afterId: after.id };
  const rows = await select<Row>(reader, sql, { since: Math.trunc(from), until: Math.trunc(to), ...position, limit });
  return rows.map(({ time, ...rest }) => ({ kind: 'audit_log', ts: Number(time), ...rest }) as AuditEvent);
}

/** Acts of the period by kind, most frequent first. */
export async function countActs(
  reader: ClickHouseClient,
  { from, to }: Pick<ReportScope, 'from' | 'to'>,
): Promise<{ action: string; n: number }[]> {
  const sql = `SELECT a.action AS name, count() AS n FROM audit_log AS a WHERE ${TIME} GROUP BY name ORDER BY n DESC, name LIMIT 1000`;
  const rows = await select<Row>(reader, sql, { since: Math.trunc(from), until: Math.trunc(to) });
  return rows.map(({ name, n }) => ({ action: String(name), n: Number(n) }));
}
