// Tools by use, and the calls of one exchange.

import type { ClickHouseClient } from '@clickhouse/client';
import type { HttpFlowEvent } from '../../engine/event.ts';
import { select } from '../queries.ts';
import type { Row } from '../rows.ts';
import type { Period } from './period.ts';
import { pairOf, paramsOf, toolRows } from './source.ts';

export interface ToolUse {
  tool: string;
  serverKey: string;
  /** Exchanges that called it first, or calls where more of them were seen. */
  n: number;
  users: number;
}

/** One MCP message of an exchange: what was called, and what came of it. */
export interface CallOfExchange {
  ts: number;
  event_id: string;
  method: string;
  tool: string;
  resource: string;
  prompt: string;
  outcome: string;
  error: string;
  duration_ms: number;
  args_bytes: number;
  result_bytes: number;
  /** What the call was given, redacted, where excerpts are stored. */
  args: string;
  /** Of the answer; none is stored yet. */
  excerpt: string;
}

const PAIR = pairOf('r.server_key', 'r.tool');
const MAX_CALLS = 1_000;
const DAY = 86_400_000;

/** Tools, most called first, without their users. */
export async function busiestTools(reader: ClickHouseClient, period: Period, limit: number): Promise<Omit<ToolUse, 'users'>[]> {
  const sql = `SELECT any(r.tool) AS name, any(r.server_key) AS key, greatest(sum(r.exchanges), sum(r.calls)) AS total
    FROM ${toolRows(period)} AS r GROUP BY ${PAIR} ORDER BY total DESC, name, key LIMIT {limit:UInt32}`;
  const rows = await select<Row>(reader, sql, { ...paramsOf(period), limit });
  return rows.map((row) => ({ tool: String(row.name), serverKey: String(row.key), n: Number(row.total) }));
}

/** The same with users, which are counted for the leaders alone. */
export async function topTools(reader: ClickHouseClient, period: Period, limit: number): Promise<ToolUse[]> {
  const leaders = await busiestTools(reader, period, limit);
  const sql = `SELECT any(r.tool) AS name, any(r.server_key) AS key, uniqCombined64Merge(12)(r.users) AS people FROM ${toolRows(period)} AS r
    WHERE r.server_key IN {servers:Array(String)} AND r.tool IN {tools:Array(String)} GROUP BY ${PAIR}`;
  const names = { tools: leaders.map(({ tool }) => tool), servers: leaders.map(({ serverKey }) => serverKey) };
  const rows = await select<Row>(reader, sql, { ...paramsOf(period), ...names });
  return leaders.map((leader) => ({
    ...leader,
    users: Number(rows.find(({ name, key }) => name === leader.tool && key === leader.serverKey)?.people ?? 0),
  }));
}

/** The messages of an exchange, oldest first. */
export async function callsOf(
  reader: ClickHouseClient,
  { event_id, ts, duration_ms }: Pick<HttpFlowEvent, 'event_id' | 'ts' | 'duration_ms'>,
): Promise<CallOfExchange[]> {
  const sql = `SELECT toUnixTimestamp64Milli(c.ts) AS time, c.event_id, c.method, c.tool, c.resource, c.prompt, toString(c.outcome) AS result,
      c.error, c.duration_ms, c.args_bytes, c.result_bytes, c.excerpt AS given
    FROM mcp_call AS c WHERE c.parent_id = {id:UUID} AND c.ts >= fromUnixTimestamp64Milli({since:Int64})
      AND c.ts <= fromUnixTimestamp64Milli({until:Int64}) ORDER BY c.ts, c.event_id LIMIT ${MAX_CALLS}`;
  const params = { id: event_id, since: ts - 1_000, until: ts + Math.max(duration_ms, DAY) };
  return (await select<Row>(reader, sql, params)).map(
    ({ time, result, given, ...rest }) =>
      ({ ts: Number(time), outcome: String(result), args: String(given), excerpt: '', ...rest }) as CallOfExchange,
  );
}
