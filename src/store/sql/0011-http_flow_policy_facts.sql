-- What policy went by beyond the other columns: PolicyFacts in src/engine/policy/policy-facts.ts. Rows of before have none.
ALTER TABLE {db}.http_flow {on_cluster}
  ADD COLUMN IF NOT EXISTS policy_facts String CODEC(ZSTD(3)) AFTER policy_id
