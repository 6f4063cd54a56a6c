// How use moves from servers that nobody approved to the portal and to approved servers: users at each point, by group, and by server.
//
// `shadow` stands for unapproved servers and for approved ones that are reached beside the portal.

import type { ClickHouseClient } from '@clickhouse/client';
import { select } from '../queries.ts';
import type { Row } from '../rows.ts';
import { fillPoints, type Period, periodOf, type ReportScope, withPoints } from './period.ts';
import { distinct, POINT, paramsOf, trafficRows, usageRows } from './source.ts';

export interface RoadPoint {
  t: number;
  portal: number;
  approved: number;
  shadow: number;
}

export interface AdoptionReport {
  step: number;
  /** Users at each point, by road. */
  timeline: RoadPoint[];
  /** Users of the period: on portal or approved servers alone, on shadow servers alone, on both. */
  people: { sanctioned: number; shadow: number; both: number };
  groups: { group: string; users: number; sanctioned: number; shadow: number }[];
  /** Most users first. */
  servers: { serverKey: string; traffic: string; users: number; n: number }[];
}

const SANCTIONED = "traffic IN ('portal', 'approved')";
const SHADOW = "traffic IN ('shadow', 'bypass')";
const DAY = 24 * 3_600_000;
const MOST_GROUPS = 200;
const MOST_SERVERS = 200;

export async function adoptionReport(reader: ClickHouseClient, scope: ReportScope): Promise<AdoptionReport> {
  const period = periodOf(scope);
  const roads = roadPeriod(period);
  const perUser = `SELECT user, max(${SANCTIONED}) AS on_sanctioned, max(${SHADOW}) AS on_shadow, anyLast(r.user_groups) AS belongs
    FROM ${usageRows(period)} AS r WHERE ${SANCTIONED} OR ${SHADOW} GROUP BY user`;
  const [timeline, people, groups, servers] = await Promise.all([
    usersByRoad(reader, roads),
    select<Row>(
      reader,
      `SELECT countIf(on_sanctioned > on_shadow) AS sanctioned, countIf(on_shadow > on_sanctioned) AS shadow,
        countIf(on_sanctioned AND on_shadow) AS both FROM (${perUser})`,
      paramsOf(period),
    ),
    select<Row>(
      reader,
      `SELECT name, count() AS users, sum(on_sanctioned) AS sanctioned, sum(on_shadow) AS shadow
        FROM (${perUser}) ARRAY JOIN belongs AS name GROUP BY name ORDER BY users DESC, name LIMIT ${MOST_GROUPS}`,
      paramsOf(period),
    ),
    select<Row>(
      reader,
      `SELECT server_key AS key, traffic AS class, ${distinct('user')} AS users, sum(r.n) AS total FROM ${usageRows(period)} AS r
        WHERE (${SANCTIONED} OR ${SHADOW}) AND server_key != '' GROUP BY key, class ORDER BY users DESC, total DESC, key, class LIMIT ${MOST_SERVERS}`,
      paramsOf(period),
    ),
  ]);
  const [all = {}] = people;
  return {
    step: roads.step,
    timeline,
    people: { sanctioned: Number(all.sanctioned ?? 0), shadow: Number(all.shadow ?? 0), both: Number(all.both ?? 0) },
    groups: groups.map((row) => ({
      group: String(row.name),
      users: Number(row.users),
      sanctioned: Number(row.sanctioned),
      shadow: Number(row.shadow),
    })),
    servers: servers.map((row) => ({
      serverKey: String(row.key),
      traffic: String(row.class),
      users: Number(row.users),
      n: Number(row.total),
    })),
  };
}

/** By the hour, use goes up and down with the working day and says nothing about adoption: from three days on points are days at least. */
export function roadPeriod(period: Period): Period {
  return period.to - period.from < 3 * DAY ? period : { ...period, step: Math.max(period.step, DAY) };
}

/** Users at each point by the road they took. Points finer than hours come from states of each minute, about 2 % off at worst. */
export async function usersByRoad(reader: ClickHouseClient, period: Period): Promise<RoadPoint[]> {
  const byMinute = period.filter === undefined && !withPoints(period).hourly;
  const users = (condition: string): string =>
    byMinute ? `uniqCombined64MergeIf(12)(r.users, ${condition})` : distinct('r.user', condition);
  const sql = `SELECT ${POINT} AS point, ${users("traffic = 'portal'")} AS portal, ${users("traffic = 'approved'")} AS approved,
      ${users(SHADOW)} AS shadow
    FROM ${byMinute ? trafficRows(period) : usageRows(withPoints(period))} AS r
    WHERE ${SANCTIONED} OR ${SHADOW} GROUP BY point`;
  const rows = await select<Row>(reader, sql, paramsOf(period));
  const counted = rows.map(({ point, portal, approved, shadow }) => ({
    t: Number(point),
    portal: Number(portal),
    approved: Number(approved),
    shadow: Number(shadow),
  }));
  return fillPoints(period, counted, (t, [found]) => found ?? { t, portal: 0, approved: 0, shadow: 0 });
}
