// The overview: headline figures with those of the period before, the time line, the leaders, and what a mode of block would stop.
//
// Figures are about exchanges with a sign of MCP. Its queries run side by side.

import type { ClickHouseClient } from '@clickhouse/client';
import type { Traffic } from '../../engine/verdict.ts';
import { select } from '../queries.ts';
import type { Row } from '../rows.ts';
import { type RoadPoint, roadPeriod, usersByRoad } from './adoption.ts';
import { namesOf } from './names.ts';
import { fillPoints, type Period, periodOf, type ReportScope } from './period.ts';
import {
  CURRENT,
  distinct,
  dlpRows,
  llmRows,
  POINT,
  paramsOf,
  SERVER_TRAFFIC,
  STOPPABLE_TRAFFIC,
  trafficRows,
  UNAPPROVED_TRAFFIC,
  usageRows,
} from './source.ts';
import { type ToolUse, topTools } from './tools.ts';

/** A figure of the period, and of the period of the same length before it. */
export interface Headline {
  value: number;
  previous: number;
}

export interface OverviewReport {
  headline: Record<keyof typeof NOTHING, Headline>;
  /** Milliseconds between points. */
  step: number;
  /** Exchanges by class; classes without any are left out. */
  timeline: { t: number; counts: Record<string, number> }[];
  /** Users by the road they took. */
  /** Milliseconds between points of `adoption`. */
  adoptionStep: number;
  adoption: RoadPoint[];
  top: {
    /** Servers that nobody approved. */
    servers: { serverKey: string; name: string; traffic: Traffic; n: number; users: number; blocked: number }[];
    users: { user: string; n: number; servers: number; blocked: number }[];
    tools: ToolUse[];
  };
  /** What passed because modes say log. */
  wouldBlock: { requests: number; users: number; servers: number };
}

const TOP = 10;
const NOTHING = {
  mcpServers: 0,
  shadowServers: 0,
  users: 0,
  requests: 0,
  blocked: 0,
  dlpFindings: 0,
  hosted: 0,
  tokens: 0,
  /** US dollars. */
  spend: 0,
};

type Figures = Record<string, number>;
type Totals = typeof NOTHING & { logged: number };

export async function overviewReport(reader: ClickHouseClient, scope: ReportScope): Promise<OverviewReport> {
  const period = periodOf(scope);
  const roads = roadPeriod(period);
  const [traffic, content, servers, users, adoption, tools] = await Promise.all([
    trafficOf(reader, period),
    contentFigures(reader, period),
    serverFigures(reader, period),
    userFigures(reader, period),
    usersByRoad(reader, roads),
    topTools(reader, period, TOP),
  ]);
  const [now, before] = (['now', 'before'] as const).map((when) => ({
    ...NOTHING,
    ...{ ...content[when], ...servers[when], ...users[when] },
    ...sumUp(traffic.filter(({ current }) => current === (when === 'now'))),
  })) as [Totals, Totals];
  const names = Object.keys(NOTHING) as (keyof typeof NOTHING)[];
  return {
    headline: Object.fromEntries(
      names.map((name) => [name, { value: now[name], previous: before[name] }]),
    ) as OverviewReport['headline'],
    step: period.step,
    timeline: fillPoints(
      period,
      traffic.filter(({ current }) => current),
      (t, rows) => ({ t, counts: Object.fromEntries(rows.map(({ traffic: name, n }) => [name, n])) }),
    ),
    adoptionStep: roads.step,
    adoption,
    top: { servers: servers.leaders, users: users.leaders, tools },
    wouldBlock: { requests: now.logged, users: users.wouldBlock, servers: servers.wouldBlock },
  };
}

/** Exchanges of one class at one point of the period, or in all of the one before. */
interface TrafficCount {
  current: boolean;
  t: number;
  traffic: string;
  n: number;
  blocked: number;
  logged: number;
}

/** Both periods in one pass. */
async function trafficOf(reader: ClickHouseClient, period: Period): Promise<TrafficCount[]> {
  const sql = `SELECT ${CURRENT} AS current, if(current, ${POINT}, 0) AS point, traffic, sum(r.n) AS total, sum(r.blocked) AS stopped,
      sumIf(r.n, action = 'log' AND traffic IN ${STOPPABLE_TRAFFIC}) AS logged
    FROM ${trafficRows(period)} AS r GROUP BY current, point, traffic`;
  const rows = await select<Row>(reader, sql, paramsOf(period, true));
  return rows.map((row) => ({
    current: Number(row.current) === 1,
    t: Number(row.point),
    traffic: String(row.traffic),
    n: Number(row.total),
    blocked: Number(row.stopped),
    logged: Number(row.logged),
  }));
}

function sumUp(counts: readonly TrafficCount[]): { requests: number; blocked: number; hosted: number; logged: number } {
  const sums = { requests: 0, blocked: 0, hosted: 0, logged: 0 };
  for (const { traffic, n, blocked, logged } of counts) {
    if (traffic === 'none') continue;
    sums.requests += n;
    sums.blocked += blocked;
    sums.logged += logged;
    if (traffic === 'hosted') sums.hosted += n;
  }
  return sums;
}

/** Figures by name that other tables hold, of the period and of the one before. */
async function contentFigures(reader: ClickHouseClient, period: Period): Promise<{ now: Figures; before: Figures }> {
  const queries = [
    `SELECT ${CURRENT} AS current, sum(n) AS dlpFindings FROM ${dlpRows(period)} GROUP BY current`,
    `SELECT ${CURRENT} AS current, sum(input_tokens) + sum(output_tokens) AS tokens, toFloat64(sum(cost_usd)) AS spend
      FROM ${llmRows(period)} GROUP BY current`,
  ];
  const rows = (await Promise.all(queries.map((sql) => select<Row>(reader, sql, paramsOf(period, true))))).flat();
  const figures = { now: {}, before: {} };
  for (const { current, ...values } of rows) {
    const numbers = Object.entries(values).map(([name, value]) => [name, Number(value)]);
    Object.assign(Number(current) === 1 ? figures.now : figures.before, Object.fromEntries(numbers));
  }
  return figures;
}

/** Servers of both periods in one pass: how many, and the leaders among those that nobody approved. */
async function serverFigures(reader: ClickHouseClient, period: Period) {
  const unapproved = `${CURRENT} AND traffic IN ${UNAPPROVED_TRAFFIC}`;
  const sql = `SELECT countIf(used) AS now, countIf(used_before) AS before, countIf(shadow) AS shadow_now, countIf(shadow_before) AS shadow_then,
      countIf(stoppable) AS would_stop, groupArraySortedIf(${TOP})((-toInt64(total), key, people, stopped, class), total > 0) AS leaders
    FROM (
      SELECT server_key AS key, max(${CURRENT} AND traffic IN ${SERVER_TRAFFIC}) AS used,
        max(NOT (${CURRENT}) AND traffic IN ${SERVER_TRAFFIC}) AS used_before, max(${CURRENT} AND traffic = 'shadow') AS shadow,
        max(NOT (${CURRENT}) AND traffic = 'shadow') AS shadow_before, max(${CURRENT} AND would_block > 0) AS stoppable,
        sumIf(r.n, ${unapproved}) AS total, ${distinct('user', unapproved)} AS people, sumIf(r.blocked, ${unapproved}) AS stopped,
        toString(argMaxIf(traffic, t, ${unapproved})) AS class
      FROM ${usageRows(period)} AS r WHERE traffic != 'none' AND server_key != '' GROUP BY key)`;
  const [row = {}] = await select<Row>(reader, sql, paramsOf(period, true));
  const leaders = (row.leaders as [number, string, number, number, Traffic][] | undefined) ?? [];
  const keys = leaders.map(([, key]) => key);
  const names = await namesOf(reader, keys);
  return {
    now: { mcpServers: Number(row.now ?? 0), shadowServers: Number(row.shadow_now ?? 0) },
    before: { mcpServers: Number(row.before ?? 0), shadowServers: Number(row.shadow_then ?? 0) },
    wouldBlock: Number(row.would_stop ?? 0),
    leaders: leaders.map(([n, serverKey, users, blocked, traffic]) => ({
      ...{ serverKey, name: names.get(serverKey) ?? '', traffic, n: -Number(n), users: Number(users), blocked: Number(blocked) },
    })),
  };
}

/** People of both periods in one pass: how many, and the leaders. */
async function userFigures(reader: ClickHouseClient, period: Period) {
  const sql = `SELECT countIf(active) AS now, countIf(active_before) AS before, countIf(stoppable) AS would_stop,
      groupArraySortedIf(${TOP})((-toInt64(total), name, servers, stopped), total > 0) AS leaders
    FROM (
      SELECT user AS name, max(${CURRENT}) AS active, max(NOT (${CURRENT})) AS active_before, max(${CURRENT} AND would_block > 0) AS stoppable,
        sumIf(r.requests, ${CURRENT}) AS total, sumIf(r.requests_blocked, ${CURRENT}) AS stopped,
        ${distinct('server_key', `${CURRENT} AND traffic IN ${SERVER_TRAFFIC} AND server_key != ''`)} AS servers
      FROM ${usageRows(period)} AS r WHERE traffic != 'none' GROUP BY name)`;
  const [row = {}] = await select<Row>(reader, sql, paramsOf(period, true));
  const leaders = (row.leaders as [number, string, number, number][] | undefined) ?? [];
  return {
    now: { users: Number(row.now ?? 0) },
    before: { users: Number(row.before ?? 0) },
    wouldBlock: Number(row.would_stop ?? 0),
    leaders: leaders.map(([n, user, servers, blocked]) => ({
      ...{ user, n: -Number(n), servers: Number(servers), blocked: Number(blocked) },
    })),
  };
}
