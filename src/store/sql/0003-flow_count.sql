-- Benign requests per host and minute. Several workers write parts of the same minute: always read with sum().
CREATE TABLE IF NOT EXISTS {db}.flow_count {on_cluster}
(
  ts         DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  tenant     LowCardinality(String),
  sensor     LowCardinality(String),
  dst_host   LowCardinality(String),
  n          UInt64 CODEC(T64, ZSTD(1)),
  req_bytes  UInt64 CODEC(T64, ZSTD(1)),
  resp_bytes UInt64 CODEC(T64, ZSTD(1))
)
ENGINE = {engine}SummingMergeTree((n, req_bytes, resp_bytes))
PARTITION BY toYYYYMM(ts)
ORDER BY (tenant, ts, dst_host, sensor)
TTL toDateTime(ts) + INTERVAL 400 DAY
SETTINGS ttl_only_drop_parts = 1{dedup}
