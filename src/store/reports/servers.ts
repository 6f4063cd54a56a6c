// Servers by use in a period, with what the inventory knows of them.

import type { ClickHouseClient } from '@clickhouse/client';
import type { ServerFindingEvent } from '../../engine/event.ts';
import { type InventoryServer, listServers, select } from '../queries.ts';
import type { Row } from '../rows.ts';
import { listFindings, listTools, tallyServers } from '../tool-queries.ts';
import { type ListPage, periodOf, type ReportScope } from './period.ts';
import { distinct, paramsOf, usageRows } from './source.ts';
import { type UsePoint, usageOverTime } from './timeline.ts';

export interface ServerRow {
  serverKey: string;
  /** What it calls itself, '' if it never did. */
  name: string;
  transport: string[];
  generation: string[];
  /** In the period. */
  users: number;
  n: number;
  blocked: number;
  traffic: string[];
  /** Ever: tools, findings, and those of them of level high. */
  tools: number;
  findings: number;
  highFindings: number;
  clients: string[];
  authentication: string[];
  /** Ever, epoch milliseconds. */
  firstSeen: number;
  lastSeen: number;
}

export interface ServerReport extends ServerRow {
  toolList: {
    name: string;
    title: string;
    description: string;
    inputSchema: string;
    hash: string;
    firstSeen: number;
    lastSeen: number;
    definitions: number;
    checks: string[];
    evidence: string[];
  }[];
  changes: ServerFindingEvent[];
  userList: { user: string; n: number; lastSeen: number }[];
  timeline: UsePoint[];
}

const MOST_USERS = 200;
const MOST_CHANGES = 200;
/** Of one page, in all tenants. */
const MOST_SERVERS = 10_000;

/** Servers used in the period, last seen first; `after.ts` is a `lastSeen`, `after.id` a server key. */
export async function listServerUse(reader: ClickHouseClient, scope: ReportScope, page: ListPage): Promise<ServerRow[]> {
  return usageOf(reader, scope, page);
}

/** One server, undefined if the inventory does not know it. */
export async function serverReport(reader: ClickHouseClient, key: string, scope: ReportScope): Promise<ServerReport | undefined> {
  const period = periodOf(scope);
  const users = `SELECT user AS name, sum(r.n) AS total, toUnixTimestamp64Milli(max(r.last_seen)) AS seen_last
    FROM ${usageRows(period)} AS r WHERE server_key = {key:String} GROUP BY name ORDER BY total DESC, name LIMIT ${MOST_USERS}`;
  const [[server], tools, changes, userList, timeline] = await Promise.all([
    usageOf(reader, scope, { limit: 1 }, key),
    listTools(reader, key),
    listFindings(reader, { serverKey: key, limit: MOST_CHANGES }),
    select<Row>(reader, users, { ...paramsOf(period), key }),
    usageOverTime(reader, period, 'server_key', key),
  ]);
  if (server === undefined) return undefined;
  return {
    ...server,
    toolList: tools.map(
      ({ tool, title, description, input_schema, tool_hash, first_seen, last_seen, definitions, checks, evidence }) => ({
        ...{ name: tool, title, description, inputSchema: input_schema, hash: tool_hash, definitions, checks, evidence },
        ...{ firstSeen: first_seen, lastSeen: last_seen },
      }),
    ),
    changes,
    userList: userList.map((row) => ({ user: String(row.name), n: Number(row.total), lastSeen: Number(row.seen_last) })),
    timeline,
  };
}

/** @param only this server, also if nobody used it in the period */
async function usageOf(
  reader: ClickHouseClient,
  scope: ReportScope,
  { limit, after }: ListPage,
  only?: string,
): Promise<ServerRow[]> {
  const period = periodOf(scope);
  const where = only === undefined ? "server_key != ''" : 'server_key = {only:String}';
  const having = after === undefined ? '' : 'HAVING (seen_last, key) < ({afterTs:Int64}, {afterId:String})';
  const sql = `SELECT server_key AS key, sum(r.n) AS total, sum(r.blocked) AS stopped, ${distinct('user')} AS people,
      arraySort(groupUniqArray(toString(traffic))) AS classes, toUnixTimestamp64Milli(min(r.first_seen)) AS seen_first,
      toUnixTimestamp64Milli(max(r.last_seen)) AS seen_last
    FROM ${usageRows(period)} AS r WHERE ${where} AND traffic != 'none'
    GROUP BY key ${having} ORDER BY seen_last DESC, key DESC LIMIT {limit:UInt32}`;
  const position = after === undefined ? {} : { afterTs: after.ts, afterId: after.id };
  const rows = await select<Row>(reader, sql, { ...paramsOf(period), ...position, only: only ?? '', limit });
  const used = new Map(rows.map((row) => [String(row.key), row]));
  const keys = only === undefined ? [...used.keys()] : [only];
  const [inventory, tallies, high] = await Promise.all([
    listServers(reader, { keys, limit: MOST_SERVERS }),
    tallyServers(reader, keys),
    countHigh(reader, keys),
  ]);
  const known = new Map(inventory.map((server) => [server.server_key, server]));
  return keys
    .filter((key) => used.has(key) || known.has(key))
    .map((key) => ({
      ...rowOf(key, used.get(key) ?? {}, known.get(key)),
      ...(tallies.get(key) ?? { tools: 0, findings: 0 }),
      highFindings: high.get(key) ?? 0,
    }));
}

async function countHigh(reader: ClickHouseClient, keys: readonly string[]): Promise<Map<string, number>> {
  const sql = `SELECT f.server_key AS key, uniqExact(f.event_id) AS n FROM server_finding AS f
    WHERE f.level = 'high' AND f.server_key IN {keys:Array(String)} GROUP BY key`;
  return new Map((await select<Row>(reader, sql, { keys })).map(({ key, n }) => [String(key), Number(n)]));
}

/** `lastSeen` is that of the period, which lists are sorted by, unless there was no use in it. */
function rowOf(
  key: string,
  use: Row,
  known: InventoryServer | undefined,
): Omit<ServerRow, 'tools' | 'findings' | 'highFindings'> {
  return {
    serverKey: key,
    name: known?.names[0] ?? '',
    transport: known?.transports ?? [],
    generation: known?.generations ?? [],
    users: Number(use.people ?? 0),
    n: Number(use.total ?? 0),
    blocked: Number(use.stopped ?? 0),
    traffic: (use.classes as string[] | undefined) ?? [],
    clients: known?.clients ?? [],
    authentication: known?.authentication ?? [],
    firstSeen: known?.first_seen ?? Number(use.seen_first ?? 0),
    lastSeen: Number(use.seen_last ?? known?.last_seen ?? 0),
  };
}
