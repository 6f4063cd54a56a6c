-- What of an exchange hints at ways around inspection: src/engine/coverage/evasion.ts.
ALTER TABLE {db}.http_flow {on_cluster} ADD COLUMN IF NOT EXISTS evasion Array(LowCardinality(String)) AFTER dlp_scan
