// Fills a store with exchanges as a company of some thousand people makes them: few busy people and servers and many quiet ones, working
// hours and week-ends, everybody with some servers of their own, used in sessions. Made inside ClickHouse, day by day, the same for every run.

import type { ClickHouseClient } from '@clickhouse/client';

export interface Volume {
  /** Exchanges in all. */
  flows: number;
  days: number;
  /** End of the last day, epoch milliseconds; a whole day. */
  until: number;
}

export const PEOPLE = 2_000;
export const SERVERS = 400;
/** Exchanges of one person with one server within twenty minutes. */
const SESSION = 16;
const DAY = 86_400_000;
/** Exchanges by day of the week, Sunday first. */
const WEEK = [0.15, 1, 1.1, 1.1, 1.05, 0.9, 0.2];
/** Exchanges by hour of the day, UTC. */
const HOURS = [1, 1, 1, 1, 1, 2, 5, 12, 24, 30, 30, 26, 20, 26, 30, 28, 22, 14, 8, 5, 4, 3, 2, 1];

/** Days from the first on, with how many exchanges each gets. */
export function daysOf({ flows, days, until }: Volume): { start: number; flows: number }[] {
  const starts = Array.from({ length: days }, (_, index) => until - (days - index) * DAY);
  const weights = starts.map((start) => WEEK[new Date(start).getUTCDay()]!);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return starts.map((start, index) => ({ start, flows: Math.round((flows * weights[index]!) / sum) }));
}

/** Inserts everything that `volume` asks for: exchanges, findings of about one in a hundred, and the calls to models among them. */
export async function fillStore(writer: ClickHouseClient, database: string, volume: Volume): Promise<void> {
  for (const { start, flows } of daysOf(volume)) {
    const params = { start, flows, hours: HOURS.flatMap((times, hour) => Array.from({ length: times }, () => hour)) };
    for (const statement of [FLOWS, MATCHES, LLM_CALLS]) {
      await writer.command({
        query: statement.replaceAll('{db}', database),
        query_params: params,
        clickhouse_settings: { wait_end_of_query: 1, max_insert_threads: '1' },
      });
    }
  }
}

/** A number from 0 to 1 that depends on everything named. */
const chance = (...of: string[]) => `cityHash64(${of.join(', ')}) / 18446744073709551616`;

const FLOWS = `INSERT INTO {db}.http_flow (ts, event_id, ingest_ts, tenant, sensor, user_id, user_groups, user_source, src_ip, src_port, dst_host,
  dst_ip, dst_port, sni, alpn, tls_version, ja4, inspected, http_method, http_version, url, path, status, content_type, user_agent, req_bytes,
  resp_bytes, duration_ms, ttfb_ms, traffic, action, disposition, confidence, reason, rules, signals, policy_step, policy_id, server_key,
  mcp_generation, mcp_transport, mcp_method, mcp_tool, mcp_session_id, mcp_client_name, mcp_client_version, mcp_server_name, mcp_server_version,
  mcp_servers, mcp_auth, dlp_count, dlp_scan)
WITH
  intDiv(number, ${SESSION}) AS session,
  {start:Int64} + ({hours:Array(UInt8)}[1 + cityHash64(session, {start:Int64}, 'hour') % length({hours:Array(UInt8)})]) * 3600000
    + cityHash64(session, {start:Int64}, 'begin') % 2400000 + cityHash64(number, {start:Int64}, 'ms') % 1200000 AS ms,
  toUInt32(${PEOPLE} * pow(${chance('session', '{start:Int64}', "'who'")}, 2)) AS person,
  toUInt32(6 * pow(${chance('session', '{start:Int64}', "'slot'")}, 2)) AS slot,
  toUInt32(${SERVERS} * pow(${chance('person', 'slot', "'server'")}, 3)) AS server,
  cityHash64(server, 'class') % 100 AS kind,
  cityHash64(number, {start:Int64}, 'step') % 100 AS step,
  multiIf(step < 5, 'discovery', step < 6, 'install', step < 8, 'suspect', kind < 30, 'approved', kind < 50, 'portal', kind < 55, 'bypass',
    kind < 62, 'hosted', kind < 72, 'attached', 'shadow') AS class,
  cityHash64(number, {start:Int64}, 'stop') % 100 AS stop,
  class IN ('shadow', 'bypass', 'hosted') AND stop < 12 AS stopped,
  cityHash64(number, {start:Int64}, 'call') % 100 AS call,
  multiIf(call < 60, 'tools/call', call < 75, 'tools/list', call < 85, 'initialize', call < 92, 'notifications/initialized', 'resources/read') AS method,
  toUInt32((3 + cityHash64(server) % 18) * pow(${chance('number', '{start:Int64}', "'tool'")}, 2)) AS toolNumber,
  ['search', 'create_issue', 'list_files', 'read_file', 'query', 'send_message', 'get_page', 'update_record', 'fetch', 'run_report'] AS verbs,
  concat(if(kind < 50, 'mcp', concat('s', toString(server))), '-', toString(server), '.', ['example.com', 'example.net', 'example.org', 'corp.example'][1 + server % 4]) AS host,
  concat('https://', host, '/mcp') AS key,
  ['alpha', 'budget', 'customer', 'delivery', 'engine', 'forecast', 'garden', 'harbour', 'invoice', 'journal'] AS nouns
SELECT
  fromUnixTimestamp64Milli(toInt64(ms), 'UTC'), dateTimeToUUIDv7(toDateTime(intDiv(ms, 1000))), fromUnixTimestamp64Milli(toInt64(ms + 1200), 'UTC'),
  'default', 'bench',
  if(person % 20 = 19, '', concat('user', leftPad(toString(person), 4, '0'), '@example.com')),
  [['engineering', 'finance', 'sales', 'support', 'legal'][1 + person % 5], 'all'], if(person % 20 = 19, 'none', 'proxy-auth'),
  concat('10.', toString(person % 7), '.', toString(intDiv(person, 250)), '.', toString(person % 250)), 40000 + number % 20000, host,
  concat('203.0.113.', toString(server % 250)), 443, host, 'h2', 'TLSv1.3', concat('t13d1516h2_', hex(person % 40)),
  if(step = 99, 'passthrough', 'yes'), 'POST', '2',
  concat(key, '/', nouns[1 + toUInt32(10 * pow(${chance('number', "'n1'")}, 2))], '/', nouns[1 + number % 10], '-', toString(cityHash64(number, {start:Int64}, 'id') % 500000)),
  '/mcp', if(stopped, 403, if(stop = 99, 502, 200)), 'application/json', ['node', 'python-httpx/0.28', 'claude-code/2.3', 'cursor/1.9'][1 + person % 4],
  300 + cityHash64(number, 'q') % 2000, toUInt64(500 + 40000 * pow(${chance('number', "'a'")}, 6)),
  toUInt32(20 + 3000 * pow(${chance('number', "'d'")}, 8)), toUInt32(15 + 1000 * pow(${chance('number', "'d'")}, 8)),
  class, multiIf(stopped, 'block', class IN ('approved', 'portal'), 'allow', 'log'),
  multiIf(stopped, 'blocked', stop = 99, 'failed', class IN ('approved', 'portal'), 'allowed', 'logged'), if(class = 'suspect', 40, 95),
  concat('A ', method, ' in JSON-RPC 2.0: ', multiIf(class = 'approved', 'approved by security', class = 'shadow', 'nobody approved this server', class), '.'),
  arrayMap(n -> concat('rule-', toString(n)), arrayDistinct([server % 3, 3 + kind % 20])), ['mcp.body.method', 'mcp.header.protocol-version'],
  if(class IN ('approved', 'portal'), 'approval', 'default-mode'), '', if(class = 'discovery' AND step = 0, '', key),
  ['2025-06-18', '2025-11-25', '2024-11-05'][1 + server % 3], ['streamable-http', 'http+sse'][1 + (server % 5 = 0)], method,
  if(method = 'tools/call', concat(verbs[1 + toolNumber % 10], if(toolNumber < 10, '', toString(toolNumber))), ''), hex(cityHash64(person, server, {start:Int64})),
  ['claude-code', 'cursor', 'inspector', 'vscode'][1 + person % 4], '1.2.3', concat('server', toString(server)), '4.5.6',
  multiIf(class = 'hosted', [key], class = 'attached', [concat('local', toString(server % 30))], []), ['oauth', 'bearer', 'none', 'key-header'][1 + server % 4],
  if(class IN ('approved', 'portal', 'shadow') AND cityHash64(number, {start:Int64}, 'dlp') % 100 = 0, 1 + number % 3, 0),
  if(class IN ('approved', 'portal', 'shadow'), if(number % 200 = 0, 'truncated', 'complete'), '')
FROM numbers({flows:UInt64})`;

const OF_DAY = 'f.ts >= fromUnixTimestamp64Milli({start:Int64}) AND f.ts < fromUnixTimestamp64Milli({start:Int64} + 86400000)';

const MATCHES = `INSERT INTO {db}.dlp_match (ts, event_id, parent_id, parent_kind, tenant, sensor, user_id, user_groups, dst_host, server_key, traffic,
  mcp_method, mcp_tool, direction, detector, category, severity, confidence, validated, field, offset, length, match_hash, masked, action, disposition, policy_id)
WITH
  cityHash64(f.event_id, place) % 12 AS kind,
  ['payment-card', 'iban', 'us-ssn', 'email-bulk', 'phone-bulk', 'aws-access-key', 'github-token', 'jwt', 'private-key', 'password-assignment', 'source-code-marker', 'internal-classification'] AS detectors,
  ['financial', 'financial', 'identity', 'contact', 'contact', 'credential', 'credential', 'credential', 'credential', 'credential', 'source-code', 'classification'] AS families
SELECT f.ts, dateTimeToUUIDv7(toDateTime(f.ts)), f.event_id, 'http_flow', f.tenant, f.sensor, f.user_id, f.user_groups, f.dst_host, f.server_key, toString(f.traffic),
  f.mcp_method, f.mcp_tool, if(kind % 3 = 0, 'response', 'request'), detectors[1 + kind], families[1 + kind], ['low', 'medium', 'high', 'critical'][1 + kind % 4], 'high',
  kind % 2, 'request.body.params.arguments.note', 12, 16, hex(cityHash64(kind, f.user_id, f.src_port % 50)), '************1111',
  if(f.traffic = 'shadow', 'log', 'redact'), multiIf(f.disposition = 'blocked', 'blocked', f.traffic = 'shadow', 'logged', 'redacted'), 'sensitive-data'
FROM {db}.http_flow AS f ARRAY JOIN range(f.dlp_count) AS place WHERE ${OF_DAY} AND f.dlp_count > 0`;

const LLM_CALLS = `INSERT INTO {db}.llm_call (ts, event_id, parent_id, tenant, sensor, user_id, user_groups, provider, api, model_requested, model, stream, status,
  input_tokens, output_tokens, cost_usd, duration_ms, req_bytes, resp_bytes, tools_offered, mcp_servers, action, disposition)
SELECT f.ts, dateTimeToUUIDv7(toDateTime(f.ts)), f.event_id, f.tenant, f.sensor, f.user_id, f.user_groups, ['anthropic', 'openai'][1 + f.src_port % 2], 'messages', 'model',
  ['large', 'small', 'medium'][1 + f.src_port % 3], 1, f.status, f.req_bytes, f.resp_bytes % 4000, toDecimal64(f.req_bytes * 0.000003, 9), f.duration_ms, f.req_bytes, f.resp_bytes,
  length(f.mcp_servers), f.mcp_servers, f.action, f.disposition
FROM {db}.http_flow AS f WHERE ${OF_DAY} AND f.traffic IN ('hosted', 'attached')`;
