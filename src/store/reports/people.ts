// People by use in a period. Somebody who was not identified goes by address.

import { isIP } from 'node:net';
import type { ClickHouseClient } from '@clickhouse/client';
import { select } from '../queries.ts';
import type { Row } from '../rows.ts';
import { type ListPage, type Period, periodOf, type ReportScope } from './period.ts';
import { distinct, dlpRows, flowConditions, paramsOf, SERVER_TRAFFIC, usageRows } from './source.ts';
import { type UsePoint, usageOverTime } from './timeline.ts';

export interface PersonRow {
  user: string;
  groups: string[];
  n: number;
  /** MCP servers, and those of them that nobody approved. */
  servers: number;
  shadow: number;
  blocked: number;
  dlp: number;
  /** Epoch milliseconds. */
  lastSeen: number;
}

export interface PersonReport extends PersonRow {
  firstSeen: number;
  /** Most used first. */
  serverList: { serverKey: string; traffic: string[]; n: number; blocked: number; lastSeen: number }[];
  tools: { tool: string; serverKey: string; n: number }[];
  clients: string[];
  addresses: string[];
  timeline: UsePoint[];
}

const MOST = 200;

/** People of the period, last seen first; `after.ts` is a `lastSeen`, `after.id` a user. */
export async function listPeople(reader: ClickHouseClient, scope: ReportScope, page: ListPage): Promise<PersonRow[]> {
  const people = await peopleOf(reader, periodOf(scope), page);
  return people.map(({ firstSeen: _, ...person }) => person);
}

/** One of them, undefined if there was nothing in the period. */
export async function personReport(
  reader: ClickHouseClient,
  user: string,
  scope: ReportScope,
): Promise<PersonReport | undefined> {
  const period = periodOf(scope);
  const params = { ...paramsOf(period), user };
  // Addresses are read for those who go by one alone.
  const isUser = isIP(user)
    ? "(f.user_id = {user:String} OR (f.user_id = '' AND f.src_ip = {user:String}))"
    : 'f.user_id = {user:String}';
  const [[person], servers, calls, timeline] = await Promise.all([
    peopleOf(reader, period, { limit: 1 }, user),
    select<Row>(
      reader,
      `SELECT server_key AS key, arraySort(groupUniqArray(toString(traffic))) AS classes, sum(r.n) AS total, sum(r.blocked) AS stopped,
        toUnixTimestamp64Milli(max(r.last_seen)) AS seen_last FROM ${usageRows(period)} AS r
        WHERE user = {user:String} AND server_key != '' GROUP BY key ORDER BY total DESC, key LIMIT ${MOST}`,
      params,
    ),
    select<Row>(
      reader,
      `SELECT if(f.mcp_method = 'tools/call', toString(f.mcp_tool), '') AS name, toString(f.server_key) AS key, count() AS total,
        groupUniqArrayIf(${MOST})(trimRight(concat(f.mcp_client_name, ' ', f.mcp_client_version)), f.mcp_client_name != '') AS programs,
        groupUniqArray(${MOST})(f.src_ip) AS addresses FROM http_flow AS f
        WHERE ${flowConditions(period)} AND ${isUser} GROUP BY name, key ORDER BY total DESC, name, key`,
      params,
    ),
    usageOverTime(reader, period, 'user', user),
  ]);
  if (person === undefined) return undefined;
  return {
    ...person,
    serverList: servers.map((row) => ({
      serverKey: String(row.key),
      traffic: row.classes as string[],
      n: Number(row.total),
      blocked: Number(row.stopped),
      lastSeen: Number(row.seen_last),
    })),
    tools: calls
      .filter(({ name }) => name !== '')
      .slice(0, MOST)
      .map((row) => ({ tool: String(row.name), serverKey: String(row.key), n: Number(row.total) })),
    clients: textsOf(calls, 'programs'),
    addresses: textsOf(calls, 'addresses'),
    timeline,
  };
}

/** What the lists of all rows hold, in order. */
function textsOf(rows: readonly Row[], column: string): string[] {
  return [...new Set(rows.flatMap((row) => row[column] as string[]))].toSorted().slice(0, MOST);
}

async function peopleOf(
  reader: ClickHouseClient,
  period: Period,
  { limit, after }: ListPage,
  only?: string,
): Promise<(PersonRow & { firstSeen: number })[]> {
  const where = only === undefined ? '1' : 'user = {only:String}';
  const having = after === undefined ? '' : 'HAVING (seen_last, name) < ({afterTs:Int64}, {afterId:String})';
  const sql = `SELECT user AS name, sum(r.requests) AS total, sum(r.requests_blocked) AS stopped,
      ${distinct('server_key', `traffic IN ${SERVER_TRAFFIC} AND server_key != ''`)} AS servers,
      ${distinct('server_key', "traffic = 'shadow' AND server_key != ''")} AS shadow,
      toUnixTimestamp64Milli(min(r.first_seen)) AS seen_first, toUnixTimestamp64Milli(max(r.last_seen)) AS seen_last
    FROM ${usageRows(period)} AS r WHERE ${where} AND traffic != 'none'
    GROUP BY name ${having} ORDER BY seen_last DESC, name DESC LIMIT {limit:UInt32}`;
  const position = after === undefined ? {} : { afterTs: after.ts, afterId: after.id };
  const params = paramsOf(period);
  const rows = await select<Row>(reader, sql, { ...params, ...position, only: only ?? '', limit });
  if (rows.length === 0) return [];
  const names = rows.map(({ name }) => String(name));
  // The groups that they had last, of those on the page alone: reading all groups costs more than all the rest.
  const [groups, findings] = await Promise.all([
    select<Row>(
      reader,
      `SELECT user AS name, argMax(r.user_groups, r.last_seen) AS belongs FROM ${usageRows(period)} AS r
        WHERE user IN {names:Array(String)} AND t >= toStartOfHour(fromUnixTimestamp64Milli({oldest:Int64}, 'UTC')) GROUP BY name`,
      { ...params, names, oldest: Math.min(...rows.map((row) => Number(row.seen_last))) },
    ),
    select<Row>(
      reader,
      `SELECT user AS name, sum(r.n) AS total FROM ${dlpRows(period)} AS r WHERE user IN {names:Array(String)} GROUP BY name`,
      { ...params, names },
    ),
  ]);
  const groupsOf = new Map(groups.map(({ name, belongs }) => [String(name), belongs as string[]]));
  const findingsOf = new Map(findings.map(({ name, total }) => [String(name), Number(total)]));
  return rows.map((row) => {
    const user = String(row.name);
    return {
      user,
      groups: groupsOf.get(user) ?? [],
      n: Number(row.total),
      servers: Number(row.servers),
      shadow: Number(row.shadow),
      blocked: Number(row.stopped),
      dlp: findingsOf.get(user) ?? 0,
      firstSeen: Number(row.seen_first),
      lastSeen: Number(row.seen_last),
    };
  });
}
