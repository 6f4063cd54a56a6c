// Where the rows of a report come from: a rollup, or the events themselves in the same columns where there is a filter or a short period.
//
// Each function gives a subquery. Its times are the parameters `since` and `until`, epoch milliseconds.

import { conditionsOf } from '../queries.ts';
import type { Period } from './period.ts';

/** Classes of traffic to MCP servers; the others are steps before, guesses, or none. */
export const SERVER_TRAFFIC = "('attached', 'hosted', 'shadow', 'bypass', 'approved', 'portal')";
/** Those of them that nobody approved as they are used. */
export const UNAPPROVED_TRAFFIC = "('attached', 'hosted', 'shadow', 'bypass')";
/** Those that a default of block stops. */
export const STOPPABLE_TRAFFIC = "('install', 'discovery', 'attached', 'hosted', 'shadow', 'bypass')";

const ROLLUP_TIME = "t >= toDateTime(intDiv({since:Int64}, 1000), 'UTC') AND t < toDateTime(intDiv({until:Int64}, 1000), 'UTC')";
const WHO = "if(f.user_id = '', f.src_ip, toString(f.user_id))";

/** Parameters of a query about the period, or with the one before it. */
export function paramsOf(period: Period, before = false): Record<string, unknown> {
  return {
    ...period.filter?.params,
    since: before ? period.previous : period.from,
    from: period.from,
    until: period.to,
    step: period.step,
  };
}

/** Start of the point that a row belongs to, epoch milliseconds. */
export const POINT = 'intDiv(toInt64(toUnixTimestamp(t)) * 1000, {step:Int64}) * {step:Int64}';
/** Whether a row belongs to the period itself, and not to the one before. */
export const CURRENT = "t >= toDateTime(intDiv({from:Int64}, 1000), 'UTC')";

/** Distinct texts: hashing first makes it twice as fast. */
export const distinct = (column: string, condition?: string): string =>
  condition === undefined ? `uniqExact(cityHash64(${column}))` : `uniqExactIf(cityHash64(${column}), ${condition})`;

/** A number that stands for two texts together: grouping by it is faster than by the texts. */
export const pairOf = (one: string, other: string): string => `cityHash64(${one}) * 31 + cityHash64(${other})`;

/** Condition on `http_flow AS f`: time and filter. */
export function flowConditions({ filter }: Period): string {
  const { where } = conditionsOf({ since: 0, until: 0 });
  return [...where.slice(1), ...(filter === undefined ? [] : [`(${filter.where})`])].join(' AND ');
}

/** t, traffic, action, n, blocked, failed, scanned, scanned_cut, opaque: one row a minute at least. */
export function trafficRows(period: Period): string {
  if (period.filter === undefined) return `(SELECT * FROM traffic_minute WHERE ${ROLLUP_TIME})`;
  return `(SELECT toDateTime(toStartOfMinute(f.ts), 'UTC') AS t, toString(f.traffic) AS traffic, toString(f.action) AS action, 1 AS n,
      f.disposition = 'blocked' AS blocked, f.disposition = 'failed' AS failed, f.dlp_scan = 'complete' AS scanned,
      f.dlp_scan = 'truncated' AS scanned_cut, f.inspected != 'yes' AS opaque
    FROM http_flow AS f WHERE ${flowConditions(period)})`;
}

/** t, server_key, user, traffic, user_groups, n, requests, requests_blocked, blocked, would_block, first_seen, last_seen. */
export function usageRows(period: Period): string {
  if (period.hourly) return `(SELECT * FROM use_hour WHERE ${ROLLUP_TIME})`;
  return `(SELECT toDateTime(toStartOfMinute(f.ts), 'UTC') AS t, keys[place] AS server_key, ${WHO} AS user, toString(f.traffic) AS traffic,
      f.user_groups AS user_groups, 1 AS n, place = 1 AS requests, f.disposition = 'blocked' AS blocked,
      blocked AND requests AS requests_blocked,
      f.action = 'log' AND f.traffic IN ${STOPPABLE_TRAFFIC} AS would_block,
      f.ts AS first_seen, f.ts AS last_seen,
      multiIf(
        f.traffic = 'hosted' AND notEmpty(f.mcp_servers), f.mcp_servers,
        f.traffic = 'attached' AND notEmpty(f.mcp_servers), arrayMap(server -> concat('attached:', server), f.mcp_servers),
        [toString(f.server_key)]) AS keys,
      arrayJoin(arrayEnumerate(keys)) AS place
    FROM http_flow AS f WHERE ${flowConditions(period)})`;
}

/** server_key, tool, exchanges, calls, users (a state), last_seen. */
export function toolRows(period: Period): string {
  if (period.hourly) return `(SELECT * FROM tool_hour WHERE ${ROLLUP_TIME})`;
  return `(SELECT toString(f.server_key) AS server_key, toString(f.mcp_tool) AS tool, count() AS exchanges, 0 AS calls, 0 AS errors,
      uniqCombined64State(12)(${WHO}) AS users, max(f.ts) AS last_seen
    FROM http_flow AS f WHERE ${flowConditions(period)} AND f.mcp_method = 'tools/call' AND f.mcp_tool != '' GROUP BY server_key, tool)`;
}

/** t, rule, n, blocked, users (a state), last_seen. */
export function ruleRows(period: Period): string {
  if (period.hourly) return `(SELECT * FROM rule_hour WHERE ${ROLLUP_TIME})`;
  return `(SELECT toDateTime(toStartOfMinute(seen), 'UTC') AS t, rule, count() AS n, countIf(stopped) AS blocked,
      uniqCombined64State(12)(who) AS users, max(seen) AS last_seen
    FROM (SELECT f.ts AS seen, arrayJoin(f.rules) AS rule, f.disposition = 'blocked' AS stopped, ${WHO} AS who
      FROM http_flow AS f WHERE ${flowConditions(period)}) GROUP BY t, rule)`;
}

/** t, detector, category, severity, direction, server_key, user, n, blocked, redacted, first_seen, last_seen. */
export function dlpRows(period: Period): string {
  if (period.hourly) return `(SELECT * FROM dlp_hour WHERE ${ROLLUP_TIME})`;
  return `(SELECT toDateTime(toStartOfMinute(m.ts), 'UTC') AS t, m.detector AS detector, m.category AS category,
      toString(m.severity) AS severity, toString(m.direction) AS direction, m.server_key AS server_key, m.user_id AS user, 1 AS n,
      m.disposition = 'blocked' AS blocked, m.disposition = 'redacted' AS redacted, m.ts AS first_seen, m.ts AS last_seen
    FROM dlp_match AS m WHERE ${matchConditions(period)})`;
}

/** Condition on `dlp_match AS m`: time, and a filter on the exchange that it was found in. */
export function matchConditions(period: Period): string {
  const time = `m.ts >= fromUnixTimestamp64Milli({since:Int64}) AND m.ts < fromUnixTimestamp64Milli({until:Int64})`;
  if (period.filter === undefined) return time;
  return `${time} AND m.parent_id IN (SELECT f.event_id FROM http_flow AS f WHERE ${flowConditions(period)} AND f.dlp_count > 0)`;
}

/** t, input_tokens, output_tokens, cost_usd. Under a filter calls count whose exchange is stored and fits. */
export function llmRows(period: Period): string {
  if (period.hourly) return `(SELECT * FROM llm_hour WHERE ${ROLLUP_TIME})`;
  const time = `c.ts >= fromUnixTimestamp64Milli({since:Int64}) AND c.ts < fromUnixTimestamp64Milli({until:Int64})`;
  const filtered =
    period.filter === undefined
      ? ''
      : `AND c.parent_id IN (SELECT f.event_id FROM http_flow AS f
          WHERE ${flowConditions(period)} AND f.traffic IN ('none', 'suspect', 'hosted', 'attached'))`;
  return `(SELECT toDateTime(toStartOfMinute(c.ts), 'UTC') AS t, c.input_tokens AS input_tokens, c.output_tokens AS output_tokens,
      ifNull(c.cost_usd, toDecimal64(0, 9)) AS cost_usd FROM llm_call AS c WHERE ${time} ${filtered})`;
}
