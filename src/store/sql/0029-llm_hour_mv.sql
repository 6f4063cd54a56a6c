CREATE MATERIALIZED VIEW IF NOT EXISTS {db}.llm_hour_mv {on_cluster} TO {db}.llm_hour AS
SELECT
  toDateTime(toStartOfHour(c.ts), 'UTC') AS t,
  c.tenant AS tenant,
  c.provider AS provider,
  c.model AS model,
  c.user_id AS user,
  count() AS n,
  countIf(c.status >= 400 OR c.error != '') AS errors,
  sum(c.input_tokens) AS input_tokens,
  sum(c.output_tokens) AS output_tokens,
  sum(ifNull(c.cost_usd, toDecimal64(0, 9))) AS cost_usd
FROM {db}.llm_call AS c
GROUP BY t, tenant, provider, model, user
