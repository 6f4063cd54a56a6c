-- backfill from dlp_match
CREATE MATERIALIZED VIEW IF NOT EXISTS {db}.dlp_hour_mv {on_cluster} TO {db}.dlp_hour AS
SELECT
  toDateTime(toStartOfHour(m.ts), 'UTC') AS t,
  m.tenant AS tenant,
  m.detector AS detector,
  m.category AS category,
  toString(m.severity) AS severity,
  toString(m.direction) AS direction,
  m.server_key AS server_key,
  m.user_id AS user,
  count() AS n,
  countIf(m.disposition = 'blocked') AS blocked,
  countIf(m.disposition = 'redacted') AS redacted,
  min(m.ts) AS first_seen,
  max(m.ts) AS last_seen
FROM {db}.dlp_match AS m
GROUP BY t, tenant, detector, category, severity, direction, server_key, user
