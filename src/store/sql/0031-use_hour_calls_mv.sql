-- Messages that no exchange through the proxy brought: a portal of ours took them itself.
CREATE MATERIALIZED VIEW IF NOT EXISTS {db}.use_hour_calls_mv {on_cluster} TO {db}.use_hour AS
SELECT
  toDateTime(toStartOfHour(c.ts), 'UTC') AS t,
  c.tenant AS tenant,
  c.server_key AS server_key,
  c.user_id AS user,
  if(c.traffic = '', 'portal', toString(c.traffic)) AS traffic,
  anyLast(c.user_groups) AS user_groups,
  count() AS n,
  count() AS requests,
  countIf(c.disposition = 'blocked') AS requests_blocked,
  countIf(c.disposition = 'blocked') AS blocked,
  min(c.ts) AS first_seen,
  max(c.ts) AS last_seen
FROM {db}.mcp_call AS c
WHERE empty(c.parent_id) AND c.kind_of_message = 'request'
GROUP BY t, tenant, server_key, user, traffic
