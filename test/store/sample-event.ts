// Events for tests: whole, plausible, and different from one another.

import type { LlmCallEvent, McpCallEvent } from '../../src/engine/calls/call-events.ts';
import type { AuditEvent, HttpFlowEvent } from '../../src/engine/event.ts';

let counter = 0;

/** A UUIDv7 for `time` that no other call returns (in this process, `salt` tells processes apart). */
export function uuid7(time: number = Date.now(), salt: number = process.pid): string {
  counter++;
  const head = time.toString(16).padStart(12, '0');
  const tail = counter.toString(16).padStart(12, '0');
  const middle = (salt & 0xfff).toString(16).padStart(3, '0');
  const variant = (0x8000 | ((salt >> 12) & 0x3fff)).toString(16);
  return `${head.slice(0, 8)}-${head.slice(8)}-7${middle}-${variant}-${tail}`;
}

/** A tools/call to an unapproved server, changed by `fields`. */
export function flowEvent(fields: Partial<HttpFlowEvent> = {}): HttpFlowEvent {
  const ts = fields.ts ?? Date.now();
  return {
    kind: 'http_flow',
    ts,
    event_id: uuid7(ts),
    tenant: 'default',
    sensor: 'test',
    user_id: 'alice@example.com',
    user_groups: ['engineering', 'all'],
    user_source: 'proxy-auth',
    device_id: 'alice-laptop',
    src_ip: '10.1.2.3',
    src_port: 54_321,
    dst_host: 'mcp.example.com',
    dst_ip: '93.184.216.34',
    dst_port: 443,
    sni: 'mcp.example.com',
    alpn: 'h2',
    tls_version: 'TLSv1.3',
    ja4: 't13d1516h2_8daaf6152771_e5627efa2ab1',
    inspected: 'yes',
    http_method: 'POST',
    http_version: '2',
    url: 'https://mcp.example.com/mcp?session=1',
    path: '/mcp',
    status: 200,
    content_type: 'application/json',
    user_agent: 'node',
    req_bytes: 500,
    resp_bytes: 1024,
    duration_ms: 12,
    ttfb_ms: 11,
    traffic: 'shadow',
    action: 'log',
    disposition: 'logged',
    confidence: 95,
    reason: 'A tools/call in JSON-RPC 2.0 to a server that nobody approved.',
    rules: ['mcp-jsonrpc'],
    signals: ['mcp.header.protocol-version', 'mcp.body.method'],
    policy_step: 'default-mode',
    policy_id: '',
    policy_facts: '',
    error: '',
    server_key: 'https://mcp.example.com/mcp',
    mcp_generation: '2025-06-18',
    mcp_transport: 'streamable-http',
    mcp_method: 'tools/call',
    mcp_tool: 'echo',
    mcp_resource: '',
    mcp_prompt: '',
    mcp_session_id: 's-1',
    mcp_client_name: 'inspector',
    mcp_client_version: '1.2.3',
    mcp_server_name: 'everything',
    mcp_server_version: '4.5.6',
    mcp_servers: [],
    mcp_auth: 'bearer',
    dlp_count: 0,
    dlp_scan: '',
    evasion: [],
    excerpt: '',
    ...fields,
  };
}

/** A request that is no MCP. */
export function benignEvent(fields: Partial<HttpFlowEvent> = {}): HttpFlowEvent {
  return flowEvent({
    traffic: 'none',
    action: 'allow',
    disposition: 'allowed',
    rules: [],
    server_key: '',
    mcp_transport: '',
    ...fields,
  });
}

/** An administrative act. */
export function auditEvent(fields: Partial<AuditEvent> = {}): AuditEvent {
  return {
    kind: 'audit_log',
    ts: Date.now(),
    event_id: uuid7(),
    tenant: 'default',
    sensor: 'test',
    actor: 'root',
    action: 'servers.approve',
    object_type: 'server',
    object_id: 'https://mcp.example.com/mcp',
    outcome: 'success',
    reason: '',
    before: '',
    after: '{}',
    ...fields,
  };
}

/** A tool call that went well, without what is left out of most rows. */
export function mcpCallEvent(fields: Partial<McpCallEvent> = {}): McpCallEvent {
  const ts = fields.ts ?? Date.now();
  return {
    ...{ kind: 'mcp_call', ts, event_id: uuid7(ts), parent_id: uuid7(ts), tenant: 'default', sensor: 'test' },
    ...{ dst_host: 'mcp.example.com', server_key: 'https://mcp.example.com/mcp', traffic: 'shadow', road: 'direct' },
    ...{ action: 'log', disposition: 'logged', transport: 'streamable-http', method: 'tools/call', tool: 'echo' },
    ...{ outcome: 'ok', outcome_source: 'answer', status: 200, duration_ms: 12 },
    ...fields,
  };
}

/** A call to a model API, without counts. */
export function llmCallEvent(fields: Partial<LlmCallEvent> = {}): LlmCallEvent {
  const ts = fields.ts ?? Date.now();
  return {
    ...{ kind: 'llm_call', ts, event_id: uuid7(ts), parent_id: uuid7(ts), tenant: 'default', sensor: 'test' },
    ...{ dst_host: 'api.openai.com', traffic: 'none', road: 'direct', action: 'allow', disposition: 'allowed' },
    ...{ provider: 'openai', api: 'chat-completions', model_requested: 'gpt-5.5', model: 'gpt-5.5', stream: 0, status: 200 },
    ...{ cost_usd: null, ttft_ms: 300, duration_ms: 900, req_bytes: 500, resp_bytes: 1500 },
    ...fields,
  };
}
