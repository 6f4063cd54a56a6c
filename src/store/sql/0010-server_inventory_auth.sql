-- Every kind of authentication that was seen at a server.
ALTER TABLE {db}.server_inventory {on_cluster}
  ADD COLUMN IF NOT EXISTS authentication SimpleAggregateFunction(groupUniqArrayArray, Array(String)) AFTER transports
