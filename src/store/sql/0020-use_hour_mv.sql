-- Flows that name other servers count for those, as in server_inventory.
-- backfill from http_flow
CREATE MATERIALIZED VIEW IF NOT EXISTS {db}.use_hour_mv {on_cluster} TO {db}.use_hour AS
SELECT
  hour AS t,
  tenant,
  keys[place] AS server_key,
  who AS user,
  class AS traffic,
  anyLast(names) AS user_groups,
  count() AS n,
  countIf(place = 1) AS requests,
  countIf(stopped AND place = 1) AS requests_blocked,
  countIf(stopped) AS blocked,
  countIf(stoppable) AS would_block,
  min(seen) AS first_seen,
  max(seen) AS last_seen
FROM
(
  SELECT
    toDateTime(toStartOfHour(f.ts), 'UTC') AS hour,
    f.tenant AS tenant,
    multiIf(
      f.traffic = 'hosted' AND notEmpty(f.mcp_servers), f.mcp_servers,
      f.traffic = 'attached' AND notEmpty(f.mcp_servers), arrayMap(server -> concat('attached:', server), f.mcp_servers),
      [toString(f.server_key)]) AS keys,
    arrayJoin(arrayEnumerate(keys)) AS place,
    if(f.user_id = '', f.src_ip, toString(f.user_id)) AS who,
    toString(f.traffic) AS class,
    f.user_groups AS names,
    f.disposition = 'blocked' AS stopped,
    f.action = 'log' AND f.traffic IN ('install', 'discovery', 'attached', 'hosted', 'shadow', 'bypass') AS stoppable,
    f.ts AS seen
  FROM {db}.http_flow AS f
)
GROUP BY t, tenant, server_key, user, traffic
