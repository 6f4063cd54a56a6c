// Which programs Daylight could look into, which it could not and why, and what went around it. From the counts by hour
// (client-counts.ts), whose rows name either a person or a host, and both only where inspection failed or was evaded.
//
// A program that refuses a certificate says no User-Agent, or only that of its CONNECT. Without one it goes by the TLS fingerprint (JA4):
// as the program that most requests with the same fingerprint named.

import type { ClickHouseClient } from '@clickhouse/client';
import { select } from '../queries.ts';
import type { Row } from '../rows.ts';
import type { ReportScope } from './period.ts';
import { SERVER_TRAFFIC } from './source.ts';

/** Exchanges by what could be seen of them. */
export interface CoverageFigures {
  covered: number;
  plain: number;
  refused: number;
  passthrough: number;
  opaque: number;
  /** Epoch milliseconds. */
  lastSeen: number;
}

export interface FailingPair {
  /** '' where nothing names it. */
  application: string;
  ja4: string;
  host: string;
  n: number;
  users: string[];
  lastSeen: number;
  /** The same program of the same people trusts the CA elsewhere: it pins this host, or keeps roots of its own for it. */
  trustsElsewhere: boolean;
  /** MCP was seen on this host. */
  mcp: boolean;
}

export interface CoverageReport {
  applications: (CoverageFigures & { application: string; ja4: string; users: number })[];
  people: (CoverageFigures & { who: string; applications: string[] })[];
  hosts: (CoverageFigures & { host: string; applications: string[] })[];
  failing: FailingPair[];
  evasion: { way: string; host: string; applications: string[]; users: string[]; n: number; lastSeen: number }[];
}

const STATES = ['covered', 'plain', 'refused', 'passthrough', 'opaque'] as const;
const STATE_LIST = STATES.map((state) => `'${state}'`).join(', ');
const MOST = 300;
const MOST_NAMES = 20;
const HOUR = 3_600_000;
/**
 * A client that gives up right after the handshake looks like one that refuses the certificate. Whose requests to the same host are so many
 * times as often looked into gets through.
 */
const GETS_THROUGH = 4;

/** Rows of the span, each with the program that it is about. */
const ROWS = `(SELECT c.state AS state, c.who AS who, c.ja4 AS ja4, c.dst_host AS host, c.n AS n, c.last_ts AS last_ts,
    if(c.application = '', l.name, toString(c.application)) AS app
  FROM client_count AS c LEFT JOIN (
    SELECT ja4, argMax(application, total) AS name FROM (
      SELECT ja4, toString(application) AS application, sum(n) AS total FROM client_count
      WHERE ja4 != '' AND application != '' AND ${inSpan('')} GROUP BY ja4, application) GROUP BY ja4
  ) AS l ON c.ja4 = l.ja4 AND c.ja4 != ''
  WHERE ${inSpan('c.')})`;

function inSpan(prefix: string): string {
  return `${prefix}ts >= fromUnixTimestamp64Milli({since:Int64}) AND ${prefix}ts < fromUnixTimestamp64Milli({until:Int64})`;
}

const FIGURES = `${STATES.map((state) => `sumIf(r.n, r.state = '${state}') AS n_${state}`).join(', ')},
  toUnixTimestamp64Milli(max(r.last_ts)) AS last_ms`;
const NAMES = `arrayFilter(name -> name != '', groupUniqArray(${MOST_NAMES})(r.app)) AS apps`;

export async function coverageReport(reader: ClickHouseClient, { from, to }: ReportScope): Promise<CoverageReport> {
  const params = { since: Math.floor(from / HOUR) * HOUR, until: to };
  const rows = (sql: string) => select<Row>(reader, sql, params);
  const [applications, people, hosts, failing, evasion] = await Promise.all([
    rows(`SELECT r.app AS app, argMax(toString(r.ja4), r.n) AS ja4, uniqExact(r.who) AS users, ${FIGURES} FROM ${ROWS} AS r
      WHERE r.who != '' AND r.state IN (${STATE_LIST}) GROUP BY app ORDER BY users DESC, app LIMIT ${MOST}`),
    rows(`SELECT toString(r.who) AS who, ${NAMES}, ${FIGURES} FROM ${ROWS} AS r
      WHERE r.who != '' AND r.state IN (${STATE_LIST}) GROUP BY who ORDER BY n_refused DESC, last_ms DESC, who LIMIT ${MOST}`),
    rows(`SELECT toString(r.host) AS name, ${NAMES}, ${FIGURES} FROM ${ROWS} AS r
      WHERE r.host != '' AND r.state IN (${STATE_LIST}) GROUP BY name ORDER BY n_refused DESC, n_opaque DESC, n_covered DESC, name LIMIT ${MOST}`),
    rows(`SELECT r.app AS app, toString(r.ja4) AS ja4, toString(r.host) AS name, sum(r.n) AS total,
        arraySort(groupUniqArray(${MOST_NAMES})(toString(r.who))) AS users, toUnixTimestamp64Milli(max(r.last_ts)) AS last_ms,
        max((r.who, r.app) IN (SELECT t.who, t.app FROM ${ROWS} AS t WHERE t.state = 'covered' AND t.who != '')) AS elsewhere,
        name IN (SELECT toString(f.dst_host) FROM http_flow AS f WHERE f.traffic IN ${SERVER_TRAFFIC} AND ${inSpan('f.')}) AS has_mcp
      FROM ${ROWS} AS r LEFT JOIN (
        SELECT t.app AS app, t.host AS host, sum(t.n) AS n FROM ${ROWS} AS t WHERE t.state = 'covered' AND t.host != '' GROUP BY app, host
      ) AS g ON r.app = g.app AND r.host = g.host
      WHERE r.state = 'refused' GROUP BY app, ja4, name HAVING app = '' OR max(g.n) < ${GETS_THROUGH} * total
      ORDER BY total DESC, name, app LIMIT ${MOST}`),
    rows(`SELECT toString(r.state) AS way, toString(r.host) AS name, ${NAMES}, sum(r.n) AS total,
        arrayFilter(each -> each != '', arraySort(groupUniqArray(${MOST_NAMES})(toString(r.who)))) AS users,
        toUnixTimestamp64Milli(max(r.last_ts)) AS last_ms
      FROM ${ROWS} AS r WHERE r.host != '' AND r.state NOT IN (${STATE_LIST}) GROUP BY way, name ORDER BY total DESC, way, name LIMIT ${MOST}`),
  ]);
  return {
    applications: applications.map((row) => ({
      ...{ application: String(row.app), ja4: String(row.ja4), users: Number(row.users) },
      ...figuresOf(row),
    })),
    people: people.map((row) => ({ who: String(row.who), applications: namesIn(row.apps), ...figuresOf(row) })),
    hosts: hosts.map((row) => ({ host: String(row.name), applications: namesIn(row.apps), ...figuresOf(row) })),
    failing: failing.map((row) => ({
      ...{ application: String(row.app), ja4: String(row.ja4), host: String(row.name), n: Number(row.total) },
      ...{ users: namesIn(row.users), lastSeen: Number(row.last_ms) },
      ...{ trustsElsewhere: Number(row.elsewhere) > 0, mcp: Number(row.has_mcp) > 0 },
    })),
    evasion: evasion.map((row) => ({
      ...{ way: String(row.way), host: String(row.name), applications: namesIn(row.apps), users: namesIn(row.users) },
      ...{ n: Number(row.total), lastSeen: Number(row.last_ms) },
    })),
  };
}

function figuresOf(row: Row): CoverageFigures {
  const [covered = 0, plain = 0, refused = 0, passthrough = 0, opaque = 0] = STATES.map((state) => Number(row[`n_${state}`]));
  return { covered, plain, refused, passthrough, opaque, lastSeen: Number(row.last_ms) };
}

function namesIn(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String).sort() : [];
}
