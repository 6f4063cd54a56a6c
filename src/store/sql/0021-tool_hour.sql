-- Calls of tools in each hour, kept up to date by views. `exchanges` come from http_flow, which knows the first call of an
-- exchange; `calls` from mcp_call, which knows all of them, and how they ended. Read with GROUP BY.
CREATE TABLE IF NOT EXISTS {db}.tool_hour {on_cluster}
(
  t          DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  tenant     LowCardinality(String),
  server_key LowCardinality(String),
  tool       LowCardinality(String),
  exchanges  SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  calls      SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  errors     SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  blocked    SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  users      AggregateFunction(uniqCombined64(12), String),
  last_seen  SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(Delta(8), ZSTD(1))
)
ENGINE = {engine}AggregatingMergeTree
PARTITION BY toYYYYMM(t)
ORDER BY (tenant, server_key, tool, t)
TTL t + INTERVAL 400 DAY
SETTINGS ttl_only_drop_parts = 1{dedup}
