// Use of one server, by one person or of one rule over time.

import type { ClickHouseClient } from '@clickhouse/client';
import { select } from '../queries.ts';
import type { Row } from '../rows.ts';
import { fillPoints, type Period, withPoints } from './period.ts';
import { POINT, paramsOf, usageRows } from './source.ts';

export interface UsePoint {
  t: number;
  n: number;
  blocked: number;
}

/** Use of one server or by one user over time. */
export async function usageOverTime(
  reader: ClickHouseClient,
  period: Period,
  of: 'server_key' | 'user',
  name: string,
): Promise<UsePoint[]> {
  const [n, blocked] = of === 'user' ? ['requests', 'requests_blocked'] : ['n', 'blocked'];
  const sql = `SELECT ${POINT} AS point, sum(r.${n}) AS total, sum(r.${blocked}) AS stopped
    FROM ${usageRows(withPoints(period))} AS r WHERE ${of} = {name:String} GROUP BY point`;
  return pointsWith(period, await select<Row>(reader, sql, { ...paramsOf(period), name }));
}

/** Rows of `point`, `total` and `stopped` as a time line. */
export function pointsWith(period: Period, rows: readonly Row[]): UsePoint[] {
  const counted = rows.map((row) => ({ t: Number(row.point), n: Number(row.total), blocked: Number(row.stopped) }));
  return fillPoints(period, counted, (t, [found]) => ({ t, n: found?.n ?? 0, blocked: found?.blocked ?? 0 }));
}
