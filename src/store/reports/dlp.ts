// DLP findings: the list, and what was found by which detector, when, and in how much of the traffic DLP looked.

import type { ClickHouseClient } from '@clickhouse/client';
import type { DlpMatchEvent } from '../../engine/event.ts';
import { MATCH_COLUMNS, matchOf } from '../dlp-queries.ts';
import { select } from '../queries.ts';
import type { Row } from '../rows.ts';
import { exactPeriod, fillPoints, type ListPage, type Period, periodOf, type ReportScope, withPoints } from './period.ts';
import { distinct, dlpRows, matchConditions, POINT, paramsOf, trafficRows } from './source.ts';

export interface DlpSummary {
  /** Most findings first. */
  byDetector: {
    detector: string;
    family: string;
    n: number;
    users: number;
    servers: number;
    blocked: number;
    redacted: number;
  }[];
  step: number;
  timeline: { t: number; n: number; blocked: number; redacted: number }[];
  coverage: DlpCoverage;
}

/** MCP exchanges by how much of their content was read, and why not all. */
export interface DlpCoverage {
  covered: number;
  partly: number;
  not: number;
  reasons: { reason: string; n: number }[];
}

/** Findings, newest first. @param detector only those of this one, '' for all */
export async function listFound(
  reader: ClickHouseClient,
  scope: ReportScope,
  { limit, after }: ListPage,
  detector = '',
): Promise<DlpMatchEvent[]> {
  const period = exactPeriod(scope);
  const older =
    after === undefined
      ? ''
      : 'AND m.ts <= fromUnixTimestamp64Milli({afterTs:Int64}) AND (m.ts, m.event_id) < (fromUnixTimestamp64Milli({afterTs:Int64}), {afterId:UUID})';
  const only = detector === '' ? '' : 'AND m.detector = {detector:String}';
  const sql = `SELECT ${MATCH_COLUMNS} FROM dlp_match AS m WHERE ${matchConditions(period)} ${only} ${older}
    ORDER BY m.ts DESC, m.event_id DESC LIMIT {limit:UInt32}`;
  const position = after === undefined ? {} : { afterTs: after.ts, afterId: after.id };
  return (await select<Row>(reader, sql, { ...paramsOf(period), ...position, detector, limit })).map(matchOf);
}

export async function dlpSummary(reader: ClickHouseClient, scope: ReportScope): Promise<DlpSummary> {
  const period = periodOf(scope);
  const sums = 'sum(r.n) AS total, sum(r.blocked) AS stopped, sum(r.redacted) AS masked';
  const [detectors, points, coverage] = await Promise.all([
    select<Row>(
      reader,
      `SELECT detector AS id, any(category) AS family, ${sums}, ${distinct('user', "user != ''")} AS users,
        ${distinct('server_key', "server_key != ''")} AS servers
        FROM ${dlpRows(period)} AS r GROUP BY id ORDER BY total DESC, id`,
      paramsOf(period),
    ),
    select<Row>(
      reader,
      `SELECT ${POINT} AS point, ${sums} FROM ${dlpRows(withPoints(period))} AS r GROUP BY point`,
      paramsOf(period),
    ),
    coverageOf(reader, period),
  ]);
  return {
    byDetector: detectors.map((row) => ({
      detector: String(row.id),
      family: String(row.family),
      n: Number(row.total),
      users: Number(row.users),
      servers: Number(row.servers),
      blocked: Number(row.stopped),
      redacted: Number(row.masked),
    })),
    step: period.step,
    timeline: fillPoints(
      period,
      points.map((row) => ({ t: Number(row.point), row })),
      (t, [found]) => ({
        t,
        n: Number(found?.row.total ?? 0),
        blocked: Number(found?.row.stopped ?? 0),
        redacted: Number(found?.row.masked ?? 0),
      }),
    ),
    coverage,
  };
}

async function coverageOf(reader: ClickHouseClient, period: Period): Promise<DlpCoverage> {
  const sql = `SELECT sum(r.n) AS total, sum(r.scanned) AS whole, sum(r.scanned_cut) AS cut, sum(r.opaque) AS hidden
    FROM ${trafficRows(period)} AS r WHERE traffic != 'none'`;
  const [row = {}] = await select<Row>(reader, sql, paramsOf(period));
  const [total, covered, partly, hidden] = [row.total, row.whole, row.cut, row.hidden].map((value) => Number(value ?? 0)) as [
    number,
    number,
    number,
    number,
  ];
  const not = total - covered - partly;
  const reasons = [
    { reason: 'the content was too long, or could not be read', n: partly },
    { reason: 'the connection was not decrypted', n: Math.min(hidden, not) },
    { reason: 'no profile covers it', n: Math.max(0, not - hidden) },
  ];
  return { covered, partly, not, reasons: reasons.filter(({ n }) => n > 0) };
}
