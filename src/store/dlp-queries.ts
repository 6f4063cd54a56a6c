// What the store knows about DLP findings.

import type { ClickHouseClient } from '@clickhouse/client';
import type { DlpMatchEvent } from '../engine/event.ts';
import { select } from './queries.ts';
import type { Row } from './rows.ts';

export interface DlpQuery {
  /** Epoch milliseconds, inclusive. */
  since?: number | undefined;
  /** Epoch milliseconds, exclusive. */
  until?: number | undefined;
  tenant?: string | undefined;
  serverKey?: string | undefined;
  /** Detector or family. */
  detector?: string | undefined;
  user?: string | undefined;
  /** Keyed hash of the value: every place where the same one passed. */
  hash?: string | undefined;
  /** The exchange. */
  parent?: string | undefined;
  eventId?: string | undefined;
  /** Default 100, at most 10,000. */
  limit?: number | undefined;
}

const MAX_ROWS = 10_000;
/** SELECT list over `dlp_match AS m`, for `matchOf`. */
export const MATCH_COLUMNS =
  'toUnixTimestamp64Milli(m.ts) AS time, m.offset AS place, m.length AS size, event_id, tenant, sensor, parent_id, parent_kind, user_id, user_groups, dst_host, server_key, traffic, mcp_method, mcp_tool, direction, detector, category, severity, confidence, validated, field, decoded, match_hash, masked, action, disposition, policy_id, evidence';

/** Findings, newest first. */
export async function listMatches(reader: ClickHouseClient, query: DlpQuery = {}): Promise<DlpMatchEvent[]> {
  const where = ['1'];
  const params: Record<string, unknown> = { limit: Math.min(MAX_ROWS, Math.max(1, query.limit ?? 100)) };
  const add = (condition: string, name: string, value: unknown): void => {
    if (value === undefined) return;
    where.push(condition);
    params[name] = value;
  };
  const whole = (time: number | undefined) => (time === undefined ? undefined : Math.trunc(time));
  add('m.ts >= fromUnixTimestamp64Milli({since:Int64})', 'since', whole(query.since));
  add('m.ts < fromUnixTimestamp64Milli({until:Int64})', 'until', whole(query.until));
  add('m.tenant = {tenant:String}', 'tenant', query.tenant);
  add('m.server_key = {serverKey:String}', 'serverKey', query.serverKey);
  add('(m.detector = {detector:String} OR m.category = {detector:String})', 'detector', query.detector);
  add('m.user_id = {user:String}', 'user', query.user);
  add('m.match_hash = {hash:String}', 'hash', query.hash);
  add('m.parent_id = {parent:UUID}', 'parent', query.parent);
  add('m.event_id = {eventId:UUID}', 'eventId', query.eventId);
  const sql = `SELECT ${MATCH_COLUMNS} FROM dlp_match AS m
    WHERE ${where.join(' AND ')} ORDER BY m.ts DESC, m.event_id DESC LIMIT {limit:UInt32}`;
  return (await select<Row>(reader, sql, params)).map(matchOf);
}

/** The finding of a row that was selected with MATCH_COLUMNS. */
export function matchOf({ time, place, size, ...rest }: Row): DlpMatchEvent {
  return { kind: 'dlp_match', ts: Number(time), offset: Number(place), length: Number(size), ...rest } as DlpMatchEvent;
}
