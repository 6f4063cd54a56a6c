-- Which programs could be inspected, by hour: src/store/client-counts.ts. Several workers write parts of the same hour: always read with
-- sum() and max().
CREATE TABLE IF NOT EXISTS {db}.client_count {on_cluster}
(
  ts          DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  tenant      LowCardinality(String),
  sensor      LowCardinality(String),
  -- covered, plain, refused, passthrough, opaque; or a way around inspection: http3, ech, relay:NAME, not-http.
  state       LowCardinality(String),
  -- The user, or the address of one who is not known; empty in counts by host.
  who         LowCardinality(String),
  application LowCardinality(String),
  ja4         LowCardinality(String),
  -- Empty in counts by person.
  dst_host    LowCardinality(String),
  n           SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  last_ts     SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(ZSTD(1))
)
ENGINE = {engine}AggregatingMergeTree
PARTITION BY toYYYYMM(ts)
ORDER BY (tenant, ts, state, who, application, ja4, dst_host, sensor)
TTL toDateTime(ts) + INTERVAL 90 DAY
SETTINGS ttl_only_drop_parts = 1{dedup}
