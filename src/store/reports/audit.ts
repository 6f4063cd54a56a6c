// Administrative acts, newest first.

import type { ClickHouseClient } from '@clickhouse/client';
import type { AuditEvent } from '../../engine/event.ts';
import { select } from '../queries.ts';
import type { Row } from '../rows.ts';
import type { ListPage, ReportScope } from './period.ts';

const TEXTS =
  'a.event_id, a.tenant, a.sensor, a.actor, a.action, a.object_type, a.object_id, a.outcome, a.reason, a.before, a.after';
const TIME = 'a.ts >= fromUnixTimestamp64Milli({since:Int64}) AND a.ts < fromUnixTimestamp64Milli({until:Int64})';

/** Which acts. All that is given must hold; texts are compared without regard to case. */
export interface AuditSearch {
  /** Who, as a whole. */
  actor?: string | undefined;
  /** The act, such as policy.approve; `policy.*` is all that begin so. */
  action?: string | undefined;
  /** Part of what it was done to, or its kind as a whole. */
  object?: string | undefined;
  outcome?: AuditEvent['outcome'] | undefined;
  /** Words that must all be in the entry. */
  words?: readonly string[] | undefined;
}

/** One page. */
export async function listAudit(
  reader: ClickHouseClient,
  { from, to }: Pick<ReportScope, 'from' | 'to'>,
  { limit, after }: ListPage,
  search: AuditSearch = {},
): Promise<AuditEvent[]> {
  const { where, params } = conditionsOf(search);
  const older = after === undefined ? '' : 'AND (a.ts, a.event_id) < (fromUnixTimestamp64Milli({afterTs:Int64}), {afterId:UUID})';
  const sql = `SELECT toUnixTimestamp64Milli(a.ts) AS time, ${TEXTS} FROM audit_log AS a WHERE ${TIME} ${older} ${where}
    ORDER BY a.ts DESC, a.event_id DESC LIMIT {limit:UInt32}`;
  const position = after === undefined ? {} : { afterTs: after.ts, afterId: after.id };
  const rows = await select<Row>(reader, sql, { since: Math.trunc(from), until: Math.trunc(to), ...position, ...params, limit });
  return rows.map(actOf);
}

/** One act, undefined if there is none with this id. */
export async function findAct(reader: ClickHouseClient, id: string): Promise<AuditEvent | undefined> {
  const sql = `SELECT toUnixTimestamp64Milli(a.ts) AS time, ${TEXTS} FROM audit_log AS a WHERE a.event_id = {id:UUID} LIMIT 1`;
  return (await select<Row>(reader, sql, { id })).map(actOf)[0];
}

function actOf({ time, ...rest }: Row): AuditEvent {
  return { kind: 'audit_log', ts: Number(time), ...rest } as AuditEvent;
}

function conditionsOf({ actor, action, object, outcome, words = [] }: AuditSearch) {
  const params: Record<string, string> = {};
  const conditions: string[] = [];
  const add = (condition: string, name: string, value: string | undefined): void => {
    if (value === undefined) return;
    conditions.push(`AND ${condition}`);
    params[name] = value;
  };
  add('lowerUTF8(a.actor) = lowerUTF8({actor:String})', 'actor', actor);
  if (action?.endsWith('*')) add('startsWith(lowerUTF8(a.action), lowerUTF8({action:String}))', 'action', action.slice(0, -1));
  else add('lowerUTF8(a.action) = lowerUTF8({action:String})', 'action', action);
  const isIt =
    'positionCaseInsensitiveUTF8(a.object_id, {object:String}) > 0 OR lowerUTF8(a.object_type) = lowerUTF8({object:String})';
  add(`(${isIt})`, 'object', object);
  add('a.outcome = {outcome:String}', 'outcome', outcome);
  const all = "concat(a.actor, ' ', a.action, ' ', a.object_type, ' ', a.object_id, ' ', a.reason, ' ', toString(a.outcome))";
  for (const [index, word] of words.entries())
    add(`positionCaseInsensitiveUTF8(${all}, {word${index}:String}) > 0`, `word${index}`, word);
  return { where: conditions.join(' '), params };
}

/** Acts of the period by kind, most frequent first. */
export async function countActs(
  reader: ClickHouseClient,
  { from, to }: Pick<ReportScope, 'from' | 'to'>,
): Promise<{ action: string; n: number }[]> {
  const sql = `SELECT a.action AS name, count() AS n FROM audit_log AS a WHERE ${TIME} GROUP BY name ORDER BY n DESC, name LIMIT 1000`;
  const rows = await select<Row>(reader, sql, { since: Math.trunc(from), until: Math.trunc(to) });
  return rows.map(({ name, n }) => ({ action: String(name), n: Number(n) }));
}
