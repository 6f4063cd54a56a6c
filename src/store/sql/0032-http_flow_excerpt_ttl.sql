-- Excerpts go before their rows. Background merges clear single columns only where parts are not always dropped whole.
ALTER TABLE {db}.http_flow {on_cluster}
  MODIFY COLUMN excerpt String CODEC(ZSTD(3)) TTL toDateTime(ts) + INTERVAL 30 DAY,
  MODIFY SETTING ttl_only_drop_parts = 0
