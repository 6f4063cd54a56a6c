// The flow, the judgements and the facts of a stored event: what policy decides upon, out of the columns and of `policy_facts`
// (policy-facts.ts).

import type { HttpFlowEvent } from '../event.ts';
import type { Flow, LearnedServer } from '../flow.ts';
import { serverKeyOfUrl } from '../inventory/server-key.ts';
import { learnedKey } from '../learn.ts';
import { splitUrl } from '../url.ts';
import type { Judgement, Match, McpFacts, RpcRequest } from '../verdict.ts';
import { type PolicyFacts, proves, usualMethods } from './policy-facts.ts';

/** What a row says to policy. */
export interface StoredFlow {
  flow: Flow;
  /** Under which the server is remembered. */
  server: string;
  /** In order; the last is that of the row itself. Those with `asked` were made before any answer. */
  judgements: readonly Judgement[];
  /** The answer taught that the server speaks MCP. */
  proved: boolean;
  /** Rules that are no longer in the pack. */
  unknown: number;
  /** Not all judgements could be stored. */
  cut: boolean;
}

/** @param rules a match of each rule, by id. */
export function flowFromEvent(event: HttpFlowEvent, rules: ReadonlyMap<string, Match>): StoredFlow {
  const facts = readFacts(event.policy_facts);
  const flow = flowOf(event, facts);
  const mcp = factsOf(event, facts);
  let unknown = 0;
  const matchesOf = (ids: readonly string[]): Match[] =>
    ids.flatMap((id) => {
      const match = rules.get(id);
      if (match === undefined) unknown++;
      return match ?? [];
    });
  const last = matchesOf(event.rules);
  const earlier = (facts.earlier ?? []).map(({ asked, rules: told, requests: seen, ...rest }): Judgement => {
    const ids = told?.map((rule) => (typeof rule === 'number' ? (event.rules[rule] ?? '') : rule));
    const requests = mcp.requests.slice(0, seen);
    return {
      asked: asked === 1,
      matches: ids === undefined ? last : matchesOf(ids),
      mcp: { ...mcp, requests, ...rest },
    };
  });
  const asked = facts.asked === 1 || !earlier.some((each) => each.asked);
  const judgements = [...earlier, { asked, matches: last, mcp }];
  // An answer of our own to a request that was refused proves nothing.
  const answered = event.disposition !== 'blocked' || !asked;
  return {
    flow,
    server: learnedKey(event.url),
    judgements,
    proved: answered && (facts.proved === 1 || proves(flow, event)),
    unknown,
    cut: facts.cut === 1,
  };
}

function readFacts(text: string | undefined): PolicyFacts {
  if (!text) return {};
  try {
    return JSON.parse(text) as PolicyFacts;
  } catch {
    return { cut: 1 };
  }
}

function flowOf(event: HttpFlowEvent, facts: PolicyFacts): Flow {
  const url = facts.path === undefined ? event.url : withPath(event.url, facts.path);
  const learned = learnedOf(event, facts, url);
  return {
    id: event.event_id,
    time: event.ts,
    phase: 'message',
    client: { address: event.src_ip, port: event.src_port },
    principal: {
      user: event.user_id,
      groups: event.user_groups,
      device: event.device_id,
      source: event.user_source as Flow['principal']['source'],
    },
    server: { host: event.dst_host, port: event.dst_port, address: event.dst_ip },
    tls: { sni: event.sni, alpn: event.alpn, version: event.tls_version, ja4: event.ja4 },
    inspected: event.inspected,
    request: {
      method: event.http_method,
      url,
      httpVersion: event.http_version as Flow['request']['httpVersion'],
      headers: {},
    },
    ...(event.status > 0 && { response: { status: event.status, headers: {} } }),
    ...(learned && { learned }),
  };
}

/** A URL with the same origin whose path compares as `path`. */
function withPath(url: string, path: string | null): string {
  const { scheme, host, port } = splitUrl(url);
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}${path ?? '/%2f'}`;
}

function learnedOf(event: HttpFlowEvent, facts: PolicyFacts, url: string): LearnedServer | undefined {
  const named = event.traffic === 'discovery' || event.server_key === '' ? undefined : event.server_key;
  const stream = facts.stream ?? (named === undefined || named === serverKeyOfUrl(event.url) ? undefined : named);
  if (stream === undefined && facts.blocked !== 1 && !event.signals.includes('mcp.learned')) return undefined;
  return {
    url: learnedKey(url),
    ...(stream !== undefined && { stream }),
    transport: event.mcp_transport || 'unknown',
    generation: event.mcp_generation,
    serverName: event.mcp_server_name,
    serverVersion: event.mcp_server_version,
    lastSeen: event.ts,
    blocked: facts.blocked === 1,
  };
}

function factsOf(event: HttpFlowEvent, { methods }: PolicyFacts): McpFacts {
  const requests = (methods ?? usualMethods(event.mcp_method)).map((method): RpcRequest => ({ id: undefined, method }));
  return {
    transport: event.mcp_transport || 'unknown',
    generation: event.mcp_generation,
    method: event.mcp_method,
    requests,
    batch: requests.length > 1,
    tool: event.mcp_tool,
    resource: event.mcp_resource,
    prompt: event.mcp_prompt,
    sessionId: event.mcp_session_id,
    clientName: event.mcp_client_name,
    clientVersion: event.mcp_client_version,
    serverName: event.mcp_server_name,
    serverVersion: event.mcp_server_version,
    endpoint: '',
    servers: event.mcp_servers,
  };
}
