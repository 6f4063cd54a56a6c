// Everything the rest of Daylight asks the store. All values travel as query parameters; all queries run as the read-only
// user, within its limits, and are bounded in rows.

import { type ClickHouseClient, ClickHouseError } from '@clickhouse/client';
import { EVERYTHING, type FilterTree, timeOfFilter } from '../engine/filter/tree.ts';
import type { Disposition, Traffic } from '../engine/verdict.ts';
import { DaylightError } from '../errors.ts';
import { filterToSql } from './filter-sql.ts';
import { EVENT_COLUMNS, fromRow, type Row, type StoredEvent } from './rows.ts';

/** Which events. All given conditions must hold. */
export interface EventFilter {
  /** Epoch milliseconds, inclusive. Default for queries, unless `match` has one: a week ago. */
  since?: number | undefined;
  /** Epoch milliseconds, exclusive. */
  until?: number | undefined;
  tenant?: string | undefined;
  user?: string | undefined;
  serverKey?: string | undefined;
  /** What somebody asked for, in the query language. */
  match?: FilterTree | undefined;
}

/** Position in a list that is sorted newest first. */
export interface EventPosition {
  ts: number;
  event_id: string;
}

export interface EventQuery extends EventFilter {
  /** Default 100, at most 10,000. */
  limit?: number | undefined;
  /** Only events older than this one: the last of the page before. */
  before?: EventPosition | undefined;
}

/** One server of the inventory. */
export interface InventoryServer {
  tenant: string;
  server_key: string;
  /** Epoch milliseconds. */
  first_seen: number;
  last_seen: number;
  /** Flows, and how many of them were blocked. */
  n: number;
  blocked: number;
  confidence: number;
  /** About how many users; `users` names at most 100 of them, by address where nobody was identified. */
  user_count: number;
  users: string[];
  clients: string[];
  names: string[];
  generations: string[];
  transports: string[];
  /** How clients proved who they are, see docs/reference/events.md. */
  authentication: string[];
  traffic: Traffic[];
  last_traffic: Traffic;
  last_disposition: Disposition;
}

export interface ServerQuery {
  /** Seen since, epoch milliseconds. */
  since?: number | undefined;
  tenant?: string | undefined;
  /** Seen with one of these classes of traffic. */
  traffic?: readonly Traffic[] | undefined;
  serverKey?: string | undefined;
  /** One of these servers. */
  keys?: readonly string[] | undefined;
  /** Default 1,000, at most 10,000. */
  limit?: number | undefined;
}

const WEEK = 7 * 24 * 3_600_000;
const HOUR = 3_600_000;
const MAX_ROWS = 10_000;

/** Events, newest first. */
export async function queryEvents(reader: ClickHouseClient, query: EventQuery = {}): Promise<StoredEvent[]> {
  const since = query.since ?? timeOfFilter(query.match ?? EVERYTHING).since ?? Date.now() - WEEK;
  const { where, params } = conditionsOf({ ...query, since });
  if (query.before) {
    where.push(
      'f.ts <= fromUnixTimestamp64Milli({beforeTs:Int64}) AND (f.ts, f.event_id) < (fromUnixTimestamp64Milli({beforeTs:Int64}), {beforeId:UUID})',
    );
    params.beforeTs = query.before.ts;
    params.beforeId = query.before.event_id;
  }
  params.limit = Math.min(MAX_ROWS, Math.max(1, query.limit ?? 100));
  const sql = `SELECT ${EVENT_COLUMNS} FROM http_flow AS f WHERE ${where.join(' AND ')} ORDER BY f.ts DESC, f.event_id DESC LIMIT {limit:UInt32}`;
  return (await select<Row>(reader, sql, params)).map(fromRow);
}

/** One event, or undefined. Ids carry their time (UUIDv7), so only the hours around it are searched first. */
export async function getEvent(reader: ClickHouseClient, id: string): Promise<StoredEvent | undefined> {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) {
    throw new DaylightError('ERR_USAGE', `"${id}" is no event id: it must look like 0193a2b4-5c6d-7e8f-9a0b-1c2d3e4f5a6b`);
  }
  const made = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
  const near = id[14] === '7' ? { since: made - HOUR, until: made + HOUR } : undefined;
  return (near && (await findEvent(reader, id, near))) ?? findEvent(reader, id, {});
}

async function findEvent(reader: ClickHouseClient, id: string, filter: EventFilter): Promise<StoredEvent | undefined> {
  const { where, params } = conditionsOf(filter);
  where.push('f.event_id = {id:UUID}');
  const sql = `SELECT ${EVENT_COLUMNS} FROM http_flow AS f WHERE ${where.join(' AND ')} LIMIT 1`;
  const rows = await select<Row>(reader, sql, { ...params, id });
  return rows.map(fromRow)[0];
}

/** The inventory, last seen first. */
export async function listServers(reader: ClickHouseClient, query: ServerQuery = {}): Promise<InventoryServer[]> {
  const where = ['1'];
  const having = ['1'];
  const params: Record<string, unknown> = { limit: Math.min(MAX_ROWS, Math.max(1, query.limit ?? 1_000)) };
  if (query.tenant !== undefined) where.push(bind('s.tenant = {tenant:String}', params, 'tenant', query.tenant));
  if (query.serverKey !== undefined) where.push(bind('s.server_key = {serverKey:String}', params, 'serverKey', query.serverKey));
  if (query.keys) where.push(bind('s.server_key IN {keys:Array(String)}', params, 'keys', query.keys));
  if (query.since !== undefined) having.push(bind('seen_last >= {since:Int64}', params, 'since', query.since));
  if (query.traffic) having.push(bind('hasAny(classes, {traffic:Array(String)})', params, 'traffic', query.traffic));
  const sql = `SELECT s.tenant, s.server_key,
      toUnixTimestamp64Milli(min(s.first_seen)) AS seen_first, toUnixTimestamp64Milli(max(s.last_seen)) AS seen_last,
      sum(s.n) AS flows, sum(s.blocked) AS stopped, max(s.confidence) AS certainty,
      uniqCombined64Merge(12)(s.user_count) AS user_total, arraySort(groupUniqArrayMerge(100)(s.users)) AS people,
      arraySort(groupUniqArrayMerge(100)(s.clients)) AS programs, arraySort(groupUniqArrayMerge(20)(s.names)) AS titles,
      arraySort(groupUniqArrayArray(s.generations)) AS eras, arraySort(groupUniqArrayArray(s.transports)) AS wires,
      arraySort(groupUniqArrayArray(s.authentication)) AS proofs,
      arraySort(groupUniqArrayArray(s.traffic)) AS classes, argMaxMerge(s.last) AS latest
    FROM server_inventory AS s WHERE ${where.join(' AND ')} GROUP BY s.tenant, s.server_key HAVING ${having.join(' AND ')}
    ORDER BY seen_last DESC, s.server_key LIMIT {limit:UInt32}`;
  return (await select<Row>(reader, sql, params)).map(serverOf);
}

function serverOf(row: Row): InventoryServer {
  const list = (name: string) => row[name] as string[];
  // A named tuple comes as an object, an unnamed one as an array.
  const latest = row.latest as Record<string, string>;
  return {
    tenant: String(row.tenant),
    server_key: String(row.server_key),
    first_seen: Number(row.seen_first),
    last_seen: Number(row.seen_last),
    n: Number(row.flows),
    blocked: Number(row.stopped),
    confidence: Number(row.certainty),
    user_count: Number(row.user_total),
    users: list('people'),
    clients: list('programs'),
    names: list('titles'),
    generations: list('eras'),
    transports: list('wires'),
    authentication: list('proofs'),
    traffic: list('classes') as Traffic[],
    last_traffic: (latest.traffic ?? latest[0]) as Traffic,
    last_disposition: (latest.disposition ?? latest[1]) as Disposition,
  };
}

/** WHERE conditions and their parameters; `f` is http_flow. */
export function conditionsOf(filter: EventFilter): { where: string[]; params: Record<string, unknown> } {
  const where = ['1'];
  const params: Record<string, unknown> = {};
  const add = (condition: string, name: string, value: unknown) => where.push(bind(condition, params, name, value));
  if (filter.since !== undefined) add('f.ts >= fromUnixTimestamp64Milli({since:Int64})', 'since', Math.trunc(filter.since));
  if (filter.until !== undefined) add('f.ts < fromUnixTimestamp64Milli({until:Int64})', 'until', Math.trunc(filter.until));
  if (filter.tenant !== undefined) add('f.tenant = {tenant:String}', 'tenant', filter.tenant);
  if (filter.user !== undefined) add('f.user_id = {user:String}', 'user', filter.user);
  if (filter.serverKey !== undefined) add('f.server_key = {serverKey:String}', 'serverKey', filter.serverKey);
  if (filter.match !== undefined) {
    const match = filterToSql(filter.match);
    where.push(match.where);
    Object.assign(params, match.params);
  }
  return { where, params };
}

function bind(condition: string, params: Record<string, unknown>, name: string, value: unknown): string {
  params[name] = value;
  return condition;
}

/** Runs one query. @throws DaylightError ERR_NOT_RUNNING if nobody answers, ERR_STORE if ClickHouse refuses. */
export async function select<T>(reader: ClickHouseClient, query: string, params: Record<string, unknown>): Promise<T[]> {
  try {
    const result = await reader.query({ query, query_params: params, format: 'JSONEachRow' });
    return await result.json<T>();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message || cause.name : String(cause);
    if (cause instanceof ClickHouseError) throw new DaylightError('ERR_STORE', `ClickHouse refused the query: ${why}`, { cause });
    throw new DaylightError(
      'ERR_NOT_RUNNING',
      `ClickHouse does not answer: ${why}. Check that the appliance or the server runs`,
      { cause },
    );
  }
}
