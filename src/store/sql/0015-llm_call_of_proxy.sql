-- What a call that passes the proxy tells besides: LlmCallEvent in src/engine/calls/call-events.ts. Nothing wrote to the table before.
ALTER TABLE {db}.llm_call {on_cluster}
  MODIFY COLUMN cost_usd Nullable(Decimal(18, 9)),
  ADD COLUMN IF NOT EXISTS parent_id UUID AFTER event_id,
  ADD COLUMN IF NOT EXISTS dst_host LowCardinality(String) AFTER key_id,
  ADD COLUMN IF NOT EXISTS traffic LowCardinality(String) AFTER dst_host,
  ADD COLUMN IF NOT EXISTS road LowCardinality(String) AFTER traffic,
  ADD COLUMN IF NOT EXISTS cache_write_tokens UInt32 CODEC(T64, ZSTD(1)) AFTER cached_tokens,
  ADD COLUMN IF NOT EXISTS tools Array(LowCardinality(String)) AFTER tools_offered,
  ADD INDEX IF NOT EXISTS ix_parent parent_id TYPE bloom_filter(0.001) GRANULARITY 1
