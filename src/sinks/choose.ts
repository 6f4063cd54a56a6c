// Which events a sink sends: by kind, and by its filter.
//
// A filter speaks of exchanges. Calls and DLP findings are parts of one: they are judged by the fields that they have, and a field that
// they lack has no value. Findings about servers and the audit log are not traffic: no filter keeps them from a sink that asks for them.

import type { Event, HttpFlowEvent } from '../engine/event.ts';
import { compileFilter } from '../engine/filter/compile.ts';
import { parseFilter } from '../engine/filter/parse.ts';

/** @param filter in the query language @param now what its spans are counted from, epoch milliseconds @throws FilterProblem */
export function createChoice(filter: string, now: number): ((event: Event) => boolean) | undefined {
  if (filter.trim() === '') return undefined;
  const fits = compileFilter(parseFilter(filter, { now }));
  return (event) => {
    if (event.kind === 'http_flow') return fits(event);
    if (event.kind === 'audit_log' || event.kind === 'server_finding' || event.kind === 'tool_seen') return true;
    return fits(asExchange(event));
  };
}

/** Whether an event is among those that are given up last when there is no room. */
export function isPrecious(line: string): boolean {
  return /"kind":"(audit_log|server_finding)"/.test(line.slice(0, 200));
}

type Part = Exclude<Event, HttpFlowEvent | { kind: 'audit_log' | 'server_finding' | 'tool_seen' }>;

function asExchange(event: Part): HttpFlowEvent {
  const shared = { ...NOTHING, ts: event.ts, event_id: event.event_id, tenant: event.tenant, sensor: event.sensor };
  const { traffic, action, disposition, dst_host, user_id = '', user_groups = [] } = event;
  const known = { ...shared, traffic, action, disposition, dst_host, user_id, user_groups };
  switch (event.kind) {
    case 'dlp_match': {
      const { server_key, mcp_method, mcp_tool, policy_id } = event;
      return { ...known, server_key, mcp_method, mcp_tool, policy_id, dlp_count: 1 };
    }
    case 'mcp_call': {
      const { server_key, method, tool = '', resource = '', prompt = '', status, duration_ms, error = '', dlp_count = 0 } = event;
      const called = { mcp_method: method, mcp_tool: tool, mcp_resource: resource, mcp_prompt: prompt };
      return { ...known, ...called, server_key, status, duration_ms, error, dlp_count, mcp_client_name: event.client_name ?? '' };
    }
    case 'llm_call': {
      const { status, duration_ms, error = '', dlp_count = 0, mcp_servers = [] } = event;
      return { ...known, status, duration_ms, error, dlp_count, mcp_servers };
    }
  }
}

/** An exchange of which nothing is known; numbers that are not known fit no range. */
const NOTHING: HttpFlowEvent = {
  kind: 'http_flow',
  ts: 0,
  event_id: '',
  tenant: '',
  sensor: '',
  user_id: '',
  user_groups: [],
  user_source: '',
  device_id: '',
  src_ip: '',
  src_port: Number.NaN,
  dst_host: '',
  dst_ip: '',
  dst_port: Number.NaN,
  sni: '',
  alpn: '',
  tls_version: '',
  ja4: '',
  inspected: 'yes',
  http_method: '',
  http_version: '',
  url: '',
  path: '',
  status: Number.NaN,
  content_type: '',
  user_agent: '',
  req_bytes: Number.NaN,
  resp_bytes: Number.NaN,
  duration_ms: Number.NaN,
  ttfb_ms: Number.NaN,
  traffic: 'none',
  action: 'allow',
  disposition: 'allowed',
  confidence: Number.NaN,
  reason: '',
  rules: [],
  signals: [],
  policy_step: '',
  policy_id: '',
  policy_facts: '',
  error: '',
  server_key: '',
  mcp_generation: '',
  mcp_transport: '',
  mcp_method: '',
  mcp_tool: '',
  mcp_resource: '',
  mcp_prompt: '',
  mcp_session_id: '',
  mcp_client_name: '',
  mcp_client_version: '',
  mcp_server_name: '',
  mcp_server_version: '',
  mcp_servers: [],
  mcp_auth: '',
  dlp_count: Number.NaN,
  dlp_scan: '',
  excerpt: '',
  evasion: [],
};
