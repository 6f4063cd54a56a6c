-- Who changed what, from what, to what: AuditEvent in src/engine/event.ts.
CREATE TABLE IF NOT EXISTS {db}.audit_log {on_cluster}
(
  ts          DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  event_id    UUID,
  ingest_ts   DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta(8), ZSTD(1)),
  tenant      LowCardinality(String),
  sensor      LowCardinality(String),
  actor       LowCardinality(String),
  action      LowCardinality(String),
  object_type LowCardinality(String),
  object_id   String CODEC(ZSTD(1)),
  outcome     Enum8('success' = 0, 'denied' = 1, 'error' = 2),
  reason      String CODEC(ZSTD(3)),
  before      String CODEC(ZSTD(3)),
  after       String CODEC(ZSTD(3))
)
ENGINE = {engine}MergeTree
PARTITION BY toYYYYMM(ts)
ORDER BY (tenant, ts)
TTL toDateTime(ts) + INTERVAL 730 DAY
SETTINGS ttl_only_drop_parts = 1{dedup}
