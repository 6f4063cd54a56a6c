-- Whether DLP read the content: HttpFlowEvent in src/engine/event.ts. Rows of before have none.
ALTER TABLE {db}.http_flow {on_cluster}
  ADD COLUMN IF NOT EXISTS dlp_scan LowCardinality(String) AFTER dlp_count
