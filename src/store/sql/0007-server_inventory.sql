-- What is known of each server, kept up to date by server_inventory_mv. Not subject to the TTL of http_flow. Read with
-- GROUP BY tenant, server_key: rows of one server are merged in the background.
CREATE TABLE IF NOT EXISTS {db}.server_inventory {on_cluster}
(
  tenant      LowCardinality(String),
  server_key  String,
  first_seen  SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
  last_seen   SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
  n           SimpleAggregateFunction(sum, UInt64),
  blocked     SimpleAggregateFunction(sum, UInt64),
  confidence  SimpleAggregateFunction(max, UInt8),
  user_count  AggregateFunction(uniqCombined64(12), String),
  users       AggregateFunction(groupUniqArray(100), String),
  clients     AggregateFunction(groupUniqArray(100), String),
  names       AggregateFunction(groupUniqArray(20), String),
  generations SimpleAggregateFunction(groupUniqArrayArray, Array(String)),
  transports  SimpleAggregateFunction(groupUniqArrayArray, Array(String)),
  authentication SimpleAggregateFunction(groupUniqArrayArray, Array(String)),
  traffic     SimpleAggregateFunction(groupUniqArrayArray, Array(String)),
  last        AggregateFunction(argMax, Tuple(traffic String, disposition String), DateTime64(3, 'UTC'))
)
ENGINE = {engine}AggregatingMergeTree
ORDER BY (tenant, server_key)
SETTINGS index_granularity = 1024{dedup}
