-- What a call that passes the proxy tells besides: McpCallEvent in src/engine/calls/call-events.ts. Nothing wrote to the table before.
ALTER TABLE {db}.mcp_call {on_cluster}
  MODIFY COLUMN outcome LowCardinality(String),
  ADD COLUMN IF NOT EXISTS outcome_source LowCardinality(String) AFTER outcome,
  ADD COLUMN IF NOT EXISTS parent_id UUID AFTER event_id,
  ADD COLUMN IF NOT EXISTS dst_host LowCardinality(String) AFTER auth_method,
  ADD COLUMN IF NOT EXISTS traffic LowCardinality(String) AFTER dst_host,
  ADD COLUMN IF NOT EXISTS road LowCardinality(String) AFTER traffic,
  ADD INDEX IF NOT EXISTS ix_parent parent_id TYPE bloom_filter(0.001) GRANULARITY 1
