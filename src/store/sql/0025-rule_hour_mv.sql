-- backfill from http_flow
CREATE MATERIALIZED VIEW IF NOT EXISTS {db}.rule_hour_mv {on_cluster} TO {db}.rule_hour AS
SELECT
  hour AS t,
  tenant,
  rule,
  count() AS n,
  countIf(stopped) AS blocked,
  uniqCombined64State(12)(who) AS users,
  max(seen) AS last_seen
FROM
(
  SELECT
    toDateTime(toStartOfHour(f.ts), 'UTC') AS hour,
    f.tenant AS tenant,
    arrayJoin(f.rules) AS rule,
    f.disposition = 'blocked' AS stopped,
    if(f.user_id = '', f.src_ip, toString(f.user_id)) AS who,
    f.ts AS seen
  FROM {db}.http_flow AS f
)
GROUP BY t, tenant, rule
