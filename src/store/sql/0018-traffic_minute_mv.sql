-- Servers that an exchange only names are told apart in use_hour; here it counts for the one that it went to.
-- backfill from http_flow
CREATE MATERIALIZED VIEW IF NOT EXISTS {db}.traffic_minute_mv {on_cluster} TO {db}.traffic_minute AS
SELECT
  toDateTime(toStartOfMinute(f.ts), 'UTC') AS t,
  f.tenant AS tenant,
  toString(f.traffic) AS traffic,
  toString(f.action) AS action,
  count() AS n,
  countIf(f.disposition = 'blocked') AS blocked,
  countIf(f.disposition = 'failed') AS failed,
  sum(f.req_bytes) AS req_bytes,
  sum(f.resp_bytes) AS resp_bytes,
  countIf(f.dlp_scan = 'complete') AS scanned,
  countIf(f.dlp_scan = 'truncated') AS scanned_cut,
  countIf(f.inspected != 'yes') AS opaque,
  uniqCombined64State(12)(if(f.user_id = '', f.src_ip, toString(f.user_id))) AS users,
  uniqCombined64StateIf(12)(toString(f.server_key), f.server_key != '') AS servers,
  quantilesTDigestState(0.5, 0.95, 0.99)(f.duration_ms) AS durations
FROM {db}.http_flow AS f
GROUP BY t, tenant, traffic, action
