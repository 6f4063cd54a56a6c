-- Tools as servers list them: ToolSeenEvent in src/engine/event.ts. A definition that is still in use is written again once a day,
-- so the newest row of a tool tells when it was seen last.
CREATE TABLE IF NOT EXISTS {db}.tool_seen {on_cluster}
(
  ts            DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  event_id      UUID,
  ingest_ts     DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta(8), ZSTD(1)),
  tenant        LowCardinality(String),
  sensor        LowCardinality(String),
  server_key    String CODEC(ZSTD(1)),
  tool          String CODEC(ZSTD(1)),
  tool_hash     String CODEC(ZSTD(1)),
  title         String CODEC(ZSTD(3)),
  description   String CODEC(ZSTD(3)),
  input_schema  String CODEC(ZSTD(3)),
  output_schema String CODEC(ZSTD(3)),
  annotations   String CODEC(ZSTD(3)),
  checks        Array(LowCardinality(String)),
  evidence      Array(String) CODEC(ZSTD(3)),
  flow_id       UUID
)
ENGINE = {engine}MergeTree
PARTITION BY toYYYYMM(ts)
ORDER BY (tenant, server_key, tool, ts)
TTL toDateTime(ts) + INTERVAL 400 DAY
SETTINGS index_granularity = 1024, ttl_only_drop_parts = 1{dedup}
