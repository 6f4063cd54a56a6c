-- DLP findings in each hour, kept up to date by a view. Read with GROUP BY.
CREATE TABLE IF NOT EXISTS {db}.dlp_hour {on_cluster}
(
  t          DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  tenant     LowCardinality(String),
  detector   LowCardinality(String),
  category   LowCardinality(String),
  severity   LowCardinality(String),
  direction  LowCardinality(String),
  server_key LowCardinality(String),
  user       LowCardinality(String),
  n          SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  blocked    SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  redacted   SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  first_seen SimpleAggregateFunction(min, DateTime64(3, 'UTC')) CODEC(Delta(8), ZSTD(1)),
  last_seen  SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(Delta(8), ZSTD(1))
)
ENGINE = {engine}AggregatingMergeTree
PARTITION BY toYYYYMM(t)
ORDER BY (tenant, t, category, detector, severity, direction, server_key, user)
TTL t + INTERVAL 400 DAY
SETTINGS ttl_only_drop_parts = 1{dedup}
