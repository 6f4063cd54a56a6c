// What the store knows about the tools of servers, and the findings about them.

import type { ClickHouseClient } from '@clickhouse/client';
import type { ServerFindingEvent, ToolSeenEvent } from '../engine/event.ts';
import { select } from './queries.ts';
import type { Row } from './rows.ts';

/** A tool by its definition seen last. */
export interface InventoryTool
  extends Pick<ToolSeenEvent, 'tool' | 'tool_hash' | 'title' | 'description' | 'input_schema' | 'output_schema' | 'annotations'> {
  checks: string[];
  evidence: string[];
  /** Epoch milliseconds. `last_seen` to within a day. */
  first_seen: number;
  last_seen: number;
  /** Different definitions so far. */
  definitions: number;
}

export interface FindingQuery {
  /** Epoch milliseconds, inclusive. */
  since?: number | undefined;
  /** Epoch milliseconds, exclusive. */
  until?: number | undefined;
  tenant?: string | undefined;
  serverKey?: string | undefined;
  finding?: readonly ServerFindingEvent['finding'][] | undefined;
  level?: readonly ServerFindingEvent['level'][] | undefined;
  /** Default 100, at most 10,000. */
  limit?: number | undefined;
}

/** How many tools and findings a server has. */
export interface ServerTally {
  tools: number;
  findings: number;
}

const MAX_ROWS = 10_000;
/** Columns of which the newest value counts. */
const LATEST = [
  'tool_hash',
  'title',
  'description',
  'input_schema',
  'output_schema',
  'annotations',
  'checks',
  'evidence',
] as const;
const FINDING_COLUMNS =
  'event_id, tenant, sensor, finding, level, server_key, tool, summary, checks, evidence, fields, before, after, hash_before, hash_after, flow_id';

/** The tools of one server, by name. */
export async function listTools(reader: ClickHouseClient, serverKey: string, tenant?: string): Promise<InventoryTool[]> {
  const latest = LATEST.map((column) => `argMax(t.${column}, tuple(t.ts, t.event_id)) AS last_${column}`).join(', ');
  const sql = `SELECT t.tool AS name, ${latest}, toUnixTimestamp64Milli(min(t.ts)) AS seen_first,
      toUnixTimestamp64Milli(max(t.ts)) AS seen_last, uniqExact(t.tool_hash) AS variants
    FROM tool_seen AS t WHERE t.server_key = {serverKey:String} AND t.tool != '' AND ({tenant:String} = '' OR t.tenant = {tenant:String})
    GROUP BY name ORDER BY name LIMIT ${MAX_ROWS}`;
  const rows = await select<Row>(reader, sql, { serverKey, tenant: tenant ?? '' });
  return rows.map((row) => {
    const texts = Object.fromEntries(LATEST.map((column) => [column, row[`last_${column}`]]));
    const { name, seen_first, seen_last, variants } = row;
    const times = { first_seen: Number(seen_first), last_seen: Number(seen_last), definitions: Number(variants) };
    return { tool: String(name), ...texts, ...times } as InventoryTool;
  });
}

/** How many tools and findings each of some servers has; servers without any are left out. */
export async function tallyServers(reader: ClickHouseClient, keys: readonly string[]): Promise<Map<string, ServerTally>> {
  const tallies = new Map<string, ServerTally>();
  if (keys.length === 0) return tallies;
  const sql = `SELECT server_key AS key, sum(tool_count) AS tools, sum(finding_count) AS findings FROM (
      SELECT t.server_key, uniqExactIf(t.tool, t.tool != '') AS tool_count, 0 AS finding_count FROM tool_seen AS t
        WHERE has({keys:Array(String)}, t.server_key) GROUP BY t.server_key
      UNION ALL
      SELECT f.server_key, 0 AS tool_count, uniqExact(f.event_id) AS finding_count FROM server_finding AS f
        WHERE has({keys:Array(String)}, f.server_key) GROUP BY f.server_key
    ) GROUP BY key`;
  for (const row of await select<Row>(reader, sql, { keys })) {
    tallies.set(String(row.key), { tools: Number(row.tools), findings: Number(row.findings) });
  }
  return tallies;
}

/** Findings, newest first. */
export async function listFindings(reader: ClickHouseClient, query: FindingQuery = {}): Promise<ServerFindingEvent[]> {
  const where = ['1'];
  const params: Record<string, unknown> = { limit: Math.min(MAX_ROWS, Math.max(1, query.limit ?? 100)) };
  const add = (condition: string, name: string, value: unknown): void => {
    where.push(condition);
    params[name] = value;
  };
  if (query.since !== undefined) add('f.ts >= fromUnixTimestamp64Milli({since:Int64})', 'since', Math.trunc(query.since));
  if (query.until !== undefined) add('f.ts < fromUnixTimestamp64Milli({until:Int64})', 'until', Math.trunc(query.until));
  if (query.tenant !== undefined) add('f.tenant = {tenant:String}', 'tenant', query.tenant);
  if (query.serverKey !== undefined) add('f.server_key = {serverKey:String}', 'serverKey', query.serverKey);
  if (query.finding) add('has({finding:Array(String)}, toString(f.finding))', 'finding', query.finding);
  if (query.level) add('has({level:Array(String)}, toString(f.level))', 'level', query.level);
  const sql = `SELECT toUnixTimestamp64Milli(f.ts) AS time, ${FINDING_COLUMNS} FROM server_finding AS f FINAL
    WHERE ${where.join(' AND ')} ORDER BY f.ts DESC, f.event_id DESC LIMIT {limit:UInt32}`;
  const rows = await select<Row>(reader, sql, params);
  return rows.map(({ time, ...rest }) => ({ kind: 'server_finding', ts: Number(time), ...rest }) as ServerFindingEvent);
}
