// The summary for those who answer for the rules: what was seen, what was stopped, what leaked, and what was changed.

import type { ClickHouseClient } from '@clickhouse/client';
import { select } from '../queries.ts';
import type { Row } from '../rows.ts';
import { countActs } from './audit.ts';
import { type DlpSummary, dlpSummary } from './dlp.ts';
import { overviewReport } from './overview.ts';
import { periodOf, type ReportScope } from './period.ts';
import { distinct, dlpRows, paramsOf, SERVER_TRAFFIC, usageRows } from './source.ts';

export interface ComplianceReport {
  from: number;
  to: number;
  /** One line each, for print. */
  figures: { id: string; title: string; value: number }[];
  /** Most used first. */
  servers: { serverKey: string; users: number; n: number; blocked: number; dlp: number }[];
  detectors: Pick<DlpSummary['byDetector'][number], 'detector' | 'family' | 'n' | 'blocked' | 'redacted'>[];
  changes: { action: string; n: number }[];
}

const MOST_SERVERS = 1_000;

export async function complianceReport(reader: ClickHouseClient, scope: ReportScope): Promise<ComplianceReport> {
  const period = periodOf(scope);
  const params = paramsOf(period);
  const [{ headline, wouldBlock }, { byDetector, coverage }, servers, leaks, changes] = await Promise.all([
    overviewReport(reader, scope),
    dlpSummary(reader, scope),
    select<Row>(
      reader,
      `SELECT server_key AS key, ${distinct('user')} AS users, sum(r.n) AS total, sum(r.blocked) AS stopped FROM ${usageRows(period)} AS r
        WHERE traffic IN ${SERVER_TRAFFIC} AND server_key != '' GROUP BY key ORDER BY total DESC, key LIMIT ${MOST_SERVERS}`,
      params,
    ),
    select<Row>(reader, `SELECT server_key AS key, sum(r.n) AS total FROM ${dlpRows(period)} AS r GROUP BY key`, params),
    countActs(reader, period),
  ]);
  const leaked = new Map(leaks.map(({ key, total }) => [String(key), Number(total)]));
  const figures: [string, string, number][] = [
    ['requests', 'Requests to MCP servers, and steps before', headline.requests.value],
    ['users', 'People who made them', headline.users.value],
    ['mcpServers', 'MCP servers in use', headline.mcpServers.value],
    ['shadowServers', 'of them servers that nobody approved', headline.shadowServers.value],
    ['blocked', 'Requests blocked', headline.blocked.value],
    ['wouldBlock', 'Requests to what is not approved that passed, because modes say log', wouldBlock.requests],
    ['hosted', 'Calls that let a model provider call a server', headline.hosted.value],
    ['dlpFindings', 'Sensitive data found', headline.dlpFindings.value],
    ['dlpCovered', 'Requests whose content DLP read', coverage.covered],
    ['dlpPartly', 'Requests whose content DLP read in part', coverage.partly],
    ['dlpNot', 'Requests whose content DLP did not read', coverage.not],
  ];
  return {
    from: period.from,
    to: period.to,
    figures: figures.map(([id, title, value]) => ({ id, title, value })),
    servers: servers.map((row) => ({
      serverKey: String(row.key),
      users: Number(row.users),
      n: Number(row.total),
      blocked: Number(row.stopped),
      dlp: leaked.get(String(row.key)) ?? 0,
    })),
    detectors: byDetector.map(({ detector, family, n, blocked, redacted }) => ({ detector, family, n, blocked, redacted })),
    changes,
  };
}
