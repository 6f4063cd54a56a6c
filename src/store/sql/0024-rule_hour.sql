-- Hits of rules in each hour, kept up to date by a view. Read with GROUP BY.
CREATE TABLE IF NOT EXISTS {db}.rule_hour {on_cluster}
(
  t         DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  tenant    LowCardinality(String),
  rule      LowCardinality(String),
  n         SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  blocked   SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  users     AggregateFunction(uniqCombined64(12), String),
  last_seen SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(Delta(8), ZSTD(1))
)
ENGINE = {engine}AggregatingMergeTree
PARTITION BY toYYYYMM(t)
ORDER BY (tenant, t, rule)
TTL t + INTERVAL 400 DAY
SETTINGS ttl_only_drop_parts = 1{dedup}
