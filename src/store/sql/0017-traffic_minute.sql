-- Exchanges by class and action in each minute, kept up to date by views. Read with GROUP BY: rows of one minute are merged in
-- the background.
CREATE TABLE IF NOT EXISTS {db}.traffic_minute {on_cluster}
(
  t           DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  tenant      LowCardinality(String),
  traffic     LowCardinality(String),
  action      LowCardinality(String),
  n           SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  blocked     SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  failed      SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  req_bytes   SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  resp_bytes  SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  -- What DLP read to its end, what it read in part, and what was never decrypted.
  scanned     SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  scanned_cut SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  opaque      SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  users       AggregateFunction(uniqCombined64(12), String),
  servers     AggregateFunction(uniqCombined64(12), String),
  durations   AggregateFunction(quantilesTDigest(0.5, 0.95, 0.99), UInt32)
)
ENGINE = {engine}AggregatingMergeTree
PARTITION BY toYYYYMM(t)
ORDER BY (tenant, t, traffic, action)
TTL t + INTERVAL 400 DAY
SETTINGS ttl_only_drop_parts = 1{dedup}
