-- What a finding tells besides its place: DlpMatchEvent in src/engine/event.ts. Nothing wrote to the table before.
ALTER TABLE {db}.dlp_match {on_cluster}
  MODIFY COLUMN confidence LowCardinality(String),
  ADD COLUMN IF NOT EXISTS user_groups Array(LowCardinality(String)) AFTER user_id,
  ADD COLUMN IF NOT EXISTS traffic LowCardinality(String) AFTER server_key,
  ADD COLUMN IF NOT EXISTS mcp_method LowCardinality(String) AFTER traffic,
  ADD COLUMN IF NOT EXISTS mcp_tool LowCardinality(String) AFTER mcp_method,
  ADD COLUMN IF NOT EXISTS decoded LowCardinality(String) AFTER length,
  ADD COLUMN IF NOT EXISTS disposition LowCardinality(String) AFTER action,
  ADD COLUMN IF NOT EXISTS evidence String CODEC(ZSTD(3)) AFTER policy_id,
  DROP COLUMN IF EXISTS context_masked
