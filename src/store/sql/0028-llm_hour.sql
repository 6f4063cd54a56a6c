-- Calls to model providers in each hour, kept up to date by a view. Read with GROUP BY.
CREATE TABLE IF NOT EXISTS {db}.llm_hour {on_cluster}
(
  t             DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  tenant        LowCardinality(String),
  provider      LowCardinality(String),
  model         LowCardinality(String),
  user          LowCardinality(String),
  n             SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  errors        SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  input_tokens  SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  output_tokens SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  cost_usd      SimpleAggregateFunction(sum, Decimal(38, 9))
)
ENGINE = {engine}AggregatingMergeTree
PARTITION BY toYYYYMM(t)
ORDER BY (tenant, t, provider, model, user)
TTL t + INTERVAL 400 DAY
SETTINGS ttl_only_drop_parts = 1{dedup}
