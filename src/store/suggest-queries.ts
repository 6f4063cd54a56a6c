// How servers that nobody approved are used: what proposals for approvals are made of.
//
// Counted are the exchanges that policy had no approval for (`shadow`, `hosted`, `attached`), for the server they went to or for
// those that they name. Most use first: users times the days on which each of them came, so that one busy day of one program does
// not look like a tool that people work with.

import type { ClickHouseClient } from '@clickhouse/client';
import type { Traffic } from '../engine/verdict.ts';
import { select } from './queries.ts';
import type { Row } from './rows.ts';

export interface ServerUse {
  /** As in the inventory. */
  server_key: string;
  traffic: Traffic[];
  requests: number;
  blocked: number;
  /** Distinct users, days, and pairs of both. By address where nobody was identified. */
  users: number;
  days: number;
  user_days: number;
  /** Epoch milliseconds. */
  first_seen: number;
  last_seen: number;
  /** At most PEOPLE of the users, with their groups; `known` is false for an address. */
  people: { name: string; known: boolean; groups: string[] }[];
  /** Tools by calls, most called first, at most TOOLS. */
  tools: { name: string; calls: number }[];
  /** Different tools in all. */
  tool_count: number;
  /** Calls of tools came several in one message or through a WebSocket: a list of allowed tools cannot hold them apart. */
  several_calls: boolean;
  authentication: string[];
  clients: string[];
  names: string[];
}

export interface UseQuery {
  /** Epoch milliseconds. */
  since: number;
  /** Used by at least so many users. */
  minUsers?: number | undefined;
  /** Default 100, at most 1,000. */
  limit?: number | undefined;
}

const PEOPLE = 200;
const TOOLS = 100;
const MAX_ROWS = 1_000;

export async function listUnapprovedUse(
  reader: ClickHouseClient,
  { since, minUsers = 1, limit = 100 }: UseQuery,
): Promise<ServerUse[]> {
  const sql = `SELECT key, arraySort(groupUniqArray(class)) AS classes, count() AS requests, countIf(outcome = 'blocked') AS stopped,
      uniqExact(who) AS user_count, uniqExact(day) AS day_count, uniqExact(who, day) AS user_days,
      toUnixTimestamp64Milli(min(seen)) AS seen_first, toUnixTimestamp64Milli(max(seen)) AS seen_last,
      groupUniqArray(${PEOPLE})(tuple(who, known, groups)) AS people,
      sumMap(if(tool = '', emptyArrayString(), [tool]), if(tool = '', emptyArrayUInt64(), [toUInt64(1)])) AS calls,
      max(several) AS several_calls,
      arraySort(groupUniqArrayIf(20)(auth, auth != '')) AS proofs,
      arraySort(groupUniqArrayIf(20)(client, client != '')) AS programs,
      arraySort(groupUniqArrayIf(20)(name, name != '')) AS titles
    FROM (
      SELECT
        arrayJoin(multiIf(
          f.traffic = 'hosted' AND notEmpty(f.mcp_servers), f.mcp_servers,
          f.traffic = 'attached' AND notEmpty(f.mcp_servers), arrayMap(server -> concat('attached:', server), f.mcp_servers),
          [toString(f.server_key)])) AS key,
        f.ts AS seen, toDate(f.ts) AS day, toString(f.traffic) AS class, toString(f.disposition) AS outcome,
        if(f.user_id = '', f.src_ip, toString(f.user_id)) AS who, f.user_id != '' AS known,
        arrayMap(name -> toString(name), f.user_groups) AS groups,
        if(f.traffic = 'shadow', toString(f.mcp_tool), '') AS tool,
        f.mcp_transport = 'websocket' OR arrayCount(m -> m = 'tools/call', JSONExtract(f.policy_facts, 'methods', 'Array(String)')) > 1 AS several,
        toString(f.mcp_auth) AS auth,
        trimRight(concat(f.mcp_client_name, ' ', f.mcp_client_version)) AS client,
        trimRight(concat(f.mcp_server_name, ' ', f.mcp_server_version)) AS name
      FROM http_flow AS f
      WHERE f.ts >= fromUnixTimestamp64Milli({since:Int64}) AND f.traffic IN ('shadow', 'hosted', 'attached')
    )
    WHERE key != '' GROUP BY key HAVING user_count >= {minUsers:UInt32}
    ORDER BY user_days DESC, user_count DESC, requests DESC, key LIMIT {limit:UInt32}`;
  const params = { since: Math.trunc(since), minUsers, limit: Math.min(MAX_ROWS, limit) };
  return (await select<Row>(reader, sql, params)).map(useOf);
}

/** Distinct users of each group in all traffic since then: how narrow a group is. */
export async function countGroups(reader: ClickHouseClient, since: number): Promise<Map<string, number>> {
  const sql = `SELECT arrayJoin(f.user_groups) AS name, uniqExact(f.user_id) AS n FROM http_flow AS f
    WHERE f.ts >= fromUnixTimestamp64Milli({since:Int64}) AND f.user_id != '' GROUP BY name LIMIT 10000`;
  const rows = await select<Row>(reader, sql, { since: Math.trunc(since) });
  return new Map(rows.map(({ name, n }) => [String(name), Number(n)]));
}

function useOf(row: Row): ServerUse {
  // Unnamed tuples come as arrays.
  const [names, counts] = row.calls as [string[], (string | number)[]];
  const tools = names.map((name, at) => ({ name, calls: Number(counts[at]) })).sort((a, b) => b.calls - a.calls);
  return {
    server_key: String(row.key),
    traffic: row.classes as Traffic[],
    requests: Number(row.requests),
    blocked: Number(row.stopped),
    users: Number(row.user_count),
    days: Number(row.day_count),
    user_days: Number(row.user_days),
    first_seen: Number(row.seen_first),
    last_seen: Number(row.seen_last),
    people: peopleOf(row.people as [string, boolean | number, string[]][]),
    tools: tools.slice(0, TOOLS),
    tool_count: tools.length,
    several_calls: Boolean(row.several_calls),
    authentication: row.proofs as string[],
    clients: row.programs as string[],
    names: row.titles as string[],
  };
}

/** Somebody whose groups changed meanwhile is one person with the groups of all times. */
function peopleOf(rows: readonly [string, boolean | number, string[]][]): ServerUse['people'] {
  const people = new Map<string, ServerUse['people'][number]>();
  for (const [name, known, groups] of rows) {
    const person = people.get(name) ?? { name, known: Boolean(known), groups: [] };
    people.set(name, { ...person, groups: [...new Set([...person.groups, ...groups])].sort() });
  }
  return [...people.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
