-- What free words of a filter are looked up in, as one text with one index: src/engine/filter/words.ts. Replaces an index for each column.
ALTER TABLE {db}.http_flow {on_cluster}
  ADD COLUMN IF NOT EXISTS words String ALIAS lower(concat(url, ' ', server_key, ' ', mcp_tool, ' ', user_agent, ' ', reason)),
  ADD INDEX IF NOT EXISTS ix_words words TYPE text(tokenizer = splitByNonAlpha),
  DROP INDEX IF EXISTS ix_url,
  DROP INDEX IF EXISTS ix_reason
