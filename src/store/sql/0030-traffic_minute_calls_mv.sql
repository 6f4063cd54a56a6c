-- Messages that no exchange through the proxy brought: a portal of ours took them itself.
CREATE MATERIALIZED VIEW IF NOT EXISTS {db}.traffic_minute_calls_mv {on_cluster} TO {db}.traffic_minute AS
SELECT
  toDateTime(toStartOfMinute(c.ts), 'UTC') AS t,
  c.tenant AS tenant,
  if(c.traffic = '', 'portal', toString(c.traffic)) AS traffic,
  toString(c.action) AS action,
  count() AS n,
  countIf(c.disposition = 'blocked') AS blocked,
  countIf(c.disposition = 'failed') AS failed,
  sum(c.args_bytes) AS req_bytes,
  sum(c.result_bytes) AS resp_bytes,
  uniqCombined64State(12)(toString(c.user_id)) AS users,
  uniqCombined64StateIf(12)(toString(c.server_key), c.server_key != '') AS servers,
  quantilesTDigestState(0.5, 0.95, 0.99)(c.duration_ms) AS durations
FROM {db}.mcp_call AS c
WHERE empty(c.parent_id) AND c.kind_of_message = 'request'
GROUP BY t, tenant, traffic, action
