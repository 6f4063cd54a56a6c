// Rules by hits.

import type { ClickHouseClient } from '@clickhouse/client';
import { select } from '../queries.ts';
import type { Row } from '../rows.ts';
import { periodOf, type ReportScope, withPoints } from './period.ts';
import { distinct, flowConditions, POINT, paramsOf, ruleRows } from './source.ts';
import { pointsWith, type UsePoint } from './timeline.ts';

export interface RuleUse {
  id: string;
  hits: number;
  users: number;
  /** Epoch milliseconds. */
  lastHit: number;
}

/** What of the record a rule matched. */
export interface RuleRecord {
  n: number;
  users: number;
  servers: number;
  blocked: number;
  /** Ids of the newest exchanges. */
  examples: string[];
}

const EXAMPLES = 10;

/** Rules that matched in the period, most hits first. */
export async function ruleUse(reader: ClickHouseClient, scope: ReportScope): Promise<RuleUse[]> {
  const period = periodOf(scope);
  const sql = `SELECT rule AS id, sum(r.n) AS hits, uniqCombined64Merge(12)(r.users) AS people,
      toUnixTimestamp64Milli(max(r.last_seen)) AS seen_last
    FROM ${ruleRows(period)} AS r GROUP BY id ORDER BY hits DESC, id LIMIT 10000`;
  const rows = await select<Row>(reader, sql, paramsOf(period));
  return rows.map((row) => ({
    id: String(row.id),
    hits: Number(row.hits),
    users: Number(row.people),
    lastHit: Number(row.seen_last),
  }));
}

/** Hits of one rule over time. */
export async function ruleHistory(reader: ClickHouseClient, id: string, scope: ReportScope): Promise<UsePoint[]> {
  const period = periodOf(scope);
  const sql = `SELECT ${POINT} AS point, sum(r.n) AS total, sum(r.blocked) AS stopped FROM ${ruleRows(withPoints(period))} AS r
    WHERE rule = {id:String} GROUP BY point`;
  return pointsWith(period, await select<Row>(reader, sql, { ...paramsOf(period), id }));
}

/** Exchanges on which a rule matched. */
export async function ruleRecord(reader: ClickHouseClient, id: string, scope: ReportScope): Promise<RuleRecord> {
  const period = periodOf(scope);
  const sql = `SELECT count() AS n, ${distinct("if(f.user_id = '', f.src_ip, toString(f.user_id))")} AS users,
      ${distinct('f.server_key', "f.server_key != ''")} AS servers, countIf(f.disposition = 'blocked') AS blocked,
      arrayMap(pair -> toString(pair.2), groupArraySorted(${EXAMPLES})(tuple(-toUnixTimestamp64Milli(f.ts), f.event_id))) AS newest
    FROM http_flow AS f WHERE ${flowConditions(period)} AND has(f.rules, {id:String})`;
  const [row = {}] = await select<Row>(reader, sql, { ...paramsOf(period), id });
  return {
    n: Number(row.n ?? 0),
    users: Number(row.users ?? 0),
    servers: Number(row.servers ?? 0),
    blocked: Number(row.blocked ?? 0),
    examples: (row.newest as string[] | undefined) ?? [],
  };
}
