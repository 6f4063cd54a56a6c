CREATE MATERIALIZED VIEW IF NOT EXISTS {db}.tool_hour_calls_mv {on_cluster} TO {db}.tool_hour AS
SELECT
  toDateTime(toStartOfHour(c.ts), 'UTC') AS t,
  c.tenant AS tenant,
  c.server_key AS server_key,
  c.tool AS tool,
  count() AS calls,
  countIf(c.outcome IN ('tool-error', 'error', 'failed', 'unanswered')) AS errors,
  -- A call that an exchange brought is counted there.
  countIf(c.disposition = 'blocked' AND empty(c.parent_id)) AS blocked,
  uniqCombined64StateIf(12)(toString(c.user_id), c.user_id != '') AS users,
  max(c.ts) AS last_seen
FROM {db}.mcp_call AS c
WHERE c.method = 'tools/call' AND c.tool != '' AND c.kind_of_message = 'request'
GROUP BY t, tenant, server_key, tool
