-- Who used which server in each hour, kept up to date by views: what is known of servers, people and adoption over time.
-- Read with GROUP BY: rows of one hour are merged in the background.
CREATE TABLE IF NOT EXISTS {db}.use_hour {on_cluster}
(
  t           DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  tenant      LowCardinality(String),
  server_key  LowCardinality(String),
  -- The address where nobody was identified.
  user        LowCardinality(String),
  traffic     LowCardinality(String),
  user_groups SimpleAggregateFunction(anyLast, Array(String)) CODEC(ZSTD(1)),
  -- Exchanges that concern the server; what begins with `requests` counts one that concerns several servers once.
  n           SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  requests    SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  requests_blocked SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  blocked     SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  -- Policy said to log: what a default of block would have stopped.
  would_block SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  first_seen  SimpleAggregateFunction(min, DateTime64(3, 'UTC')) CODEC(Delta(8), ZSTD(1)),
  last_seen   SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(Delta(8), ZSTD(1))
)
ENGINE = {engine}AggregatingMergeTree
PARTITION BY toYYYYMM(t)
ORDER BY (tenant, t, server_key, user, traffic)
TTL t + INTERVAL 400 DAY
SETTINGS ttl_only_drop_parts = 1{dedup}
