-- backfill from http_flow
CREATE MATERIALIZED VIEW IF NOT EXISTS {db}.tool_hour_mv {on_cluster} TO {db}.tool_hour AS
SELECT
  toDateTime(toStartOfHour(f.ts), 'UTC') AS t,
  f.tenant AS tenant,
  f.server_key AS server_key,
  f.mcp_tool AS tool,
  count() AS exchanges,
  countIf(f.disposition = 'blocked') AS blocked,
  uniqCombined64State(12)(if(f.user_id = '', f.src_ip, toString(f.user_id))) AS users,
  max(f.ts) AS last_seen
FROM {db}.http_flow AS f
WHERE f.mcp_method = 'tools/call' AND f.mcp_tool != ''
GROUP BY t, tenant, server_key, tool
