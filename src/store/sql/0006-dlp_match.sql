-- One row per finding. The match itself is never stored: a keyed hash to find equal ones, and a masked sample.
CREATE TABLE IF NOT EXISTS {db}.dlp_match {on_cluster}
(
  ts             DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  event_id       UUID,
  ingest_ts      DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta(8), ZSTD(1)),
  parent_id      UUID,
  parent_kind    Enum8('http_flow' = 0, 'mcp_call' = 1, 'llm_call' = 2),
  tenant         LowCardinality(String),
  sensor         LowCardinality(String),
  user_id        LowCardinality(String),
  dst_host       LowCardinality(String),
  server_key     LowCardinality(String),
  direction      Enum8('request' = 0, 'response' = 1),
  detector       LowCardinality(String),
  category       LowCardinality(String),
  severity       Enum8('informational' = 0, 'low' = 1, 'medium' = 2, 'high' = 3, 'critical' = 4),
  confidence     UInt8,
  validated      UInt8,
  field          LowCardinality(String),
  offset         UInt32,
  length         UInt32,
  match_hash     String CODEC(ZSTD(1)),
  masked         String CODEC(ZSTD(1)),
  context_masked String CODEC(ZSTD(3)),
  action         Enum8('allow' = 0, 'log' = 1, 'redact' = 2, 'block' = 3),
  policy_id      LowCardinality(String),
  INDEX ix_user   user_id    TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX ix_parent parent_id  TYPE bloom_filter(0.001) GRANULARITY 1,
  INDEX ix_hash   match_hash TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = {engine}MergeTree
PARTITION BY toYYYYMM(ts)
ORDER BY (tenant, category, detector, ts)
TTL toDateTime(ts) + INTERVAL 365 DAY
SETTINGS ttl_only_drop_parts = 1{dedup}
