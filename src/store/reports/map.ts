// Who uses which servers, and which of their tools: the busiest links of the period as a graph.

import type { ClickHouseClient } from '@clickhouse/client';
import { select } from '../queries.ts';
import type { Row } from '../rows.ts';
import { namesOf } from './names.ts';
import { periodOf, type ReportScope } from './period.ts';
import { pairOf, paramsOf, SERVER_TRAFFIC, usageRows } from './source.ts';
import { busiestTools } from './tools.ts';

export interface MapNode {
  /** `user:NAME`, `server:KEY` or `tool:KEY NAME`. */
  id: string;
  kind: 'user' | 'server' | 'tool';
  label: string;
  /** Of a server: class of its busiest link; '' for the others. */
  traffic: string;
}

export interface MapLink {
  source: string;
  target: string;
  n: number;
  /** The class of its busiest hour. */
  traffic: string;
}

export interface ServerMap {
  nodes: MapNode[];
  links: MapLink[];
}

const MOST_LINKS = 150;

export async function serverMap(reader: ClickHouseClient, scope: ReportScope): Promise<ServerMap> {
  const period = periodOf(scope);
  const sql = `SELECT any(r.user) AS who, any(r.server_key) AS key, argMax(r.traffic, r.n) AS most, sum(r.n) AS total
    FROM ${usageRows(period)} AS r WHERE r.traffic IN ${SERVER_TRAFFIC} AND r.server_key != ''
    GROUP BY ${pairOf('r.user', 'r.server_key')} ORDER BY total DESC, who, key LIMIT ${MOST_LINKS}`;
  const [pairs, tools] = await Promise.all([
    select<Row>(reader, sql, paramsOf(period)),
    busiestTools(reader, period, MOST_LINKS),
  ]);
  const nodes = new Map<string, MapNode>();
  const links: MapLink[] = [];
  const names = await namesOf(reader, [...new Set(pairs.map(({ key }) => String(key)))]);
  for (const row of pairs) {
    const [user, key, traffic] = [String(row.who), String(row.key), String(row.most)];
    const [source, target] = [`user:${user}`, `server:${key}`];
    if (!nodes.has(source)) nodes.set(source, { id: source, kind: 'user', label: user, traffic: '' });
    if (!nodes.has(target)) nodes.set(target, { id: target, kind: 'server', label: names.get(key) ?? key, traffic });
    links.push({ source, target, n: Number(row.total), traffic });
  }
  for (const { tool, serverKey, n } of tools) {
    const server = nodes.get(`server:${serverKey}`);
    if (server === undefined) continue;
    const id = `tool:${serverKey} ${tool}`;
    nodes.set(id, { id, kind: 'tool', label: tool, traffic: '' });
    links.push({ source: server.id, target: id, n, traffic: server.traffic });
  }
  return { nodes: [...nodes.values()], links };
}
