-- The last class and outcome are those of the last flow that was no step before a session, if there is one.
-- Flows that name other servers (a model provider told to call one, a client with servers attached) count for those.
CREATE MATERIALIZED VIEW IF NOT EXISTS {db}.server_inventory_mv {on_cluster} TO {db}.server_inventory AS
SELECT
  tenant,
  key AS server_key,
  min(seen) AS first_seen,
  max(seen) AS last_seen,
  count() AS n,
  countIf(outcome = 'blocked') AS blocked,
  max(certainty) AS confidence,
  uniqCombined64State(12)(who) AS user_count,
  groupUniqArrayState(100)(who) AS users,
  groupUniqArrayIfState(100)(client, client != '') AS clients,
  groupUniqArrayIfState(20)(name, name != '') AS names,
  groupUniqArrayIf(generation, generation != '') AS generations,
  groupUniqArrayIf(transport, transport NOT IN ('', 'unknown')) AS transports,
  groupUniqArrayIf(auth, auth != '') AS authentication,
  groupUniqArray(class) AS traffic,
  argMaxState(tuple(class, outcome), if(class = 'discovery', toDateTime64(0, 3, 'UTC'), seen)) AS last
FROM
(
  SELECT
    tenant,
    arrayJoin(multiIf(
      f.traffic = 'hosted' AND notEmpty(f.mcp_servers), f.mcp_servers,
      f.traffic = 'attached' AND notEmpty(f.mcp_servers), arrayMap(server -> concat('attached:', server), f.mcp_servers),
      [toString(f.server_key)])) AS key,
    f.ts AS seen,
    toString(f.traffic) AS class,
    toString(f.disposition) AS outcome,
    f.confidence AS certainty,
    if(f.user_id = '', f.src_ip, toString(f.user_id)) AS who,
    trimRight(concat(f.mcp_client_name, ' ', f.mcp_client_version)) AS client,
    trimRight(concat(f.mcp_server_name, ' ', f.mcp_server_version)) AS name,
    toString(f.mcp_generation) AS generation,
    toString(f.mcp_transport) AS transport,
    toString(f.mcp_auth) AS auth
  FROM {db}.http_flow AS f
  WHERE f.traffic != 'none' AND f.server_key != ''
)
GROUP BY tenant, server_key
