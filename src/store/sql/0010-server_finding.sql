-- What people should know about a server: ServerFindingEvent in src/engine/event.ts. A finding may be written twice when the
-- appliance is killed while it raises one; event_id makes both the same row. Read with FINAL.
CREATE TABLE IF NOT EXISTS {db}.server_finding {on_cluster}
(
  ts          DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  event_id    UUID,
  ingest_ts   DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta(8), ZSTD(1)),
  tenant      LowCardinality(String),
  sensor      LowCardinality(String),
  finding     LowCardinality(String),
  level       Enum8('low' = 0, 'medium' = 1, 'high' = 2),
  server_key  String CODEC(ZSTD(1)),
  tool        String CODEC(ZSTD(1)),
  summary     String CODEC(ZSTD(3)),
  checks      Array(LowCardinality(String)),
  evidence    Array(String) CODEC(ZSTD(3)),
  fields      Array(String) CODEC(ZSTD(3)),
  before      Array(String) CODEC(ZSTD(3)),
  after       Array(String) CODEC(ZSTD(3)),
  hash_before String CODEC(ZSTD(1)),
  hash_after  String CODEC(ZSTD(1)),
  flow_id     UUID
)
ENGINE = {engine}ReplacingMergeTree
PARTITION BY toYYYYMM(ts)
ORDER BY (tenant, server_key, tool, ts, event_id)
TTL toDateTime(ts) + INTERVAL 730 DAY
SETTINGS index_granularity = 1024, ttl_only_drop_parts = 1{dedup}
