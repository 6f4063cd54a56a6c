// The analyst's queue: one finding for each kind, server and user, not one for each request.
//
// Three sources: use of servers that nobody approved, DLP findings, and what was found about a server's tools. Newest first.

import { createHash } from 'node:crypto';
import type { ClickHouseClient } from '@clickhouse/client';
import type { ServerFindingEvent } from '../../engine/event.ts';
import { select } from '../queries.ts';
import type { Row } from '../rows.ts';
import { listFindings } from '../tool-queries.ts';
import { type Period, periodOf, type ReportScope } from './period.ts';
import { dlpRows, paramsOf, UNAPPROVED_TRAFFIC, usageRows } from './source.ts';

export interface FindingRow {
  /** The same for the same kind, server, user and tool, whatever the period. */
  id: string;
  kind: 'shadow' | 'bypass' | 'hosted' | 'attached' | 'dlp' | ServerFindingEvent['finding'];
  level: 'low' | 'medium' | 'high';
  serverKey: string;
  /** '' for what is about the server as such. */
  user: string;
  summary: string;
  count: number;
  /** In the period, epoch milliseconds. */
  firstSeen: number;
  lastSeen: number;
}

const MOST = 2_000;
const TIMES = 'toUnixTimestamp64Milli(min(r.first_seen)) AS seen_first, toUnixTimestamp64Milli(max(r.last_seen)) AS seen_last';
const WORDS = {
  shadow: 'used a server that nobody approved',
  bypass: 'reached an approved server beside the portal',
  hosted: 'let a model provider call a server',
  attached: 'has a local server attached to a client',
} as const;

export async function findingQueue(reader: ClickHouseClient, scope: ReportScope): Promise<FindingRow[]> {
  const period = periodOf(scope);
  const found = await Promise.all([usageFindings(reader, period), dlpFindings(reader, period), toolFindings(reader, period)]);
  return found.flat().sort((a, b) => b.lastSeen - a.lastSeen || (a.id < b.id ? -1 : 1));
}

/** The ids that findings about a person have or had; servers are remembered longer than what people did there. */
export async function findingIdsOf(reader: ClickHouseClient, names: readonly string[]): Promise<Set<string>> {
  const of = 'WHERE user IN {names:Array(String)}';
  const sql = `SELECT DISTINCT key FROM (SELECT server_key AS key FROM server_inventory UNION ALL
    SELECT toString(server_key) FROM use_hour ${of} UNION ALL SELECT toString(server_key) FROM dlp_hour ${of} UNION ALL SELECT '')`;
  const keys = await select<{ key: string }>(reader, sql, { names });
  const kinds = [...Object.keys(WORDS), 'dlp'];
  return new Set(keys.flatMap(({ key }) => kinds.flatMap((kind) => names.map((name) => idOf(kind, key, name)))));
}

async function usageFindings(reader: ClickHouseClient, period: Period): Promise<FindingRow[]> {
  const sql = `SELECT server_key AS key, user AS who, traffic AS class, sum(r.n) AS total, sum(r.blocked) AS stopped, ${TIMES}
    FROM ${usageRows(period)} AS r WHERE traffic IN ${UNAPPROVED_TRAFFIC} AND server_key != ''
    GROUP BY key, who, class ORDER BY seen_last DESC LIMIT ${MOST}`;
  const rows = await select<Row>(reader, sql, paramsOf(period));
  return rows.map((row) => {
    const kind = String(row.class) as keyof typeof WORDS;
    const [n, stopped] = [Number(row.total), Number(row.stopped)];
    const outcome = stopped === 0 ? '' : stopped === n ? ', and was blocked' : `, and was blocked ${stopped} of ${n} times`;
    return findingOf(row, kind, kind === 'attached' || stopped === n ? 'low' : 'medium', `${row.who} ${WORDS[kind]}${outcome}`);
  });
}

async function dlpFindings(reader: ClickHouseClient, period: Period): Promise<FindingRow[]> {
  const rank = "indexOf(['informational', 'low', 'medium', 'high', 'critical'], severity)";
  const sql = `SELECT server_key AS key, user AS who, sum(r.n) AS total, max(${rank}) AS worst, ${TIMES},
      arraySort(groupUniqArray(10)(toString(detector))) AS detectors
    FROM ${dlpRows(period)} AS r GROUP BY key, who ORDER BY seen_last DESC LIMIT ${MOST}`;
  const rows = await select<Row>(reader, sql, paramsOf(period));
  return rows.map((row) => {
    const worst = Number(row.worst);
    const level = worst >= 4 ? 'high' : worst === 3 ? 'medium' : 'low';
    const detectors = (row.detectors as string[]).join(', ');
    return findingOf(row, 'dlp', level, `${detectors} in traffic of ${String(row.who) || 'somebody'}`);
  });
}

async function toolFindings(reader: ClickHouseClient, { from, to, filter }: Period): Promise<FindingRow[]> {
  // A filter is about exchanges, and a changed tool about none of them.
  if (filter !== undefined) return [];
  const found = await listFindings(reader, { since: from, until: to, limit: MOST });
  const groups = Map.groupBy(found, ({ finding, server_key, tool }) => idOf(finding, server_key, '', tool));
  return [...groups].map(([id, [newest, ...older]]) => ({
    id,
    kind: newest!.finding,
    level: newest!.level,
    serverKey: newest!.server_key,
    user: '',
    summary: newest!.summary,
    count: 1 + older.length,
    firstSeen: (older.at(-1) ?? newest!).ts,
    lastSeen: newest!.ts,
  }));
}

function findingOf(row: Row, kind: FindingRow['kind'], level: FindingRow['level'], summary: string): FindingRow {
  const [serverKey, user] = [String(row.key), String(row.who)];
  return {
    ...{ id: idOf(kind, serverKey, user), kind, level, serverKey, user, summary, count: Number(row.total) },
    ...{ firstSeen: Number(row.seen_first), lastSeen: Number(row.seen_last) },
  };
}

function idOf(...parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
