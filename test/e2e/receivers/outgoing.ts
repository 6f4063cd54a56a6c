// Events as sinks get them.

import type { AuditEvent, HttpFlowEvent } from '../../../src/engine/event.ts';
import { createFormat, type FormatName } from '../../../src/sinks/formats/format.ts';
import type { Outgoing } from '../../../src/sinks/sink.ts';

const ORIGIN = { sensor: 'proxy-1', version: '0.1.0', tenant: 'acme' };
const FIRST = Date.UTC(2026, 2, 4, 5, 59, 58, 123);

export function flowEvent(index: number, over: Partial<HttpFlowEvent> = {}): HttpFlowEvent {
  return {
    kind: 'http_flow',
    ts: FIRST + index * 1000,
    event_id: `019b0000-0000-7000-8000-${String(index).padStart(12, '0')}`,
    tenant: 'acme',
    sensor: 'proxy-1',
    user_id: `user-${index % 3}@acme.example`,
    user_groups: ['engineering'],
    user_source: 'token',
    device_id: '',
    src_ip: '10.1.2.3',
    src_port: 50_000,
    dst_host: 'mcp.example.com',
    dst_ip: '203.0.113.9',
    dst_port: 443,
    sni: 'mcp.example.com',
    alpn: 'http/1.1',
    tls_version: 'TLSv1.3',
    ja4: '',
    inspected: 'yes',
    http_method: 'POST',
    http_version: '1.1',
    url: 'https://mcp.example.com/mcp',
    path: '/mcp',
    status: 200,
    content_type: 'application/json',
    user_agent: 'client/1.0',
    req_bytes: 120,
    resp_bytes: 340,
    duration_ms: 12,
    ttfb_ms: 8,
    traffic: 'shadow',
    action: 'block',
    disposition: 'blocked',
    confidence: 98,
    reason: 'an MCP server that nobody approved',
    rules: ['mcp-initialize'],
    signals: ['mcp.header.protocol-version'],
    policy_step: 'mode',
    policy_id: '',
    policy_facts: '',
    error: '',
    server_key: 'mcp.example.com/mcp',
    mcp_generation: '2025-06-18',
    mcp_transport: 'streamable-http',
    mcp_method: 'tools/call',
    mcp_tool: 'search',
    mcp_resource: '',
    mcp_prompt: '',
    mcp_session_id: '',
    mcp_client_name: '',
    mcp_client_version: '',
    mcp_server_name: '',
    mcp_server_version: '',
    mcp_servers: [],
    mcp_auth: '',
    dlp_count: 0,
    dlp_scan: '',
    evasion: [],
    excerpt: '',
    ...over,
  };
}

export function auditEvent(index: number, over: Partial<AuditEvent> = {}): AuditEvent {
  return {
    kind: 'audit_log',
    ts: FIRST + index * 1000,
    event_id: `019b0000-0000-7000-9000-${String(index).padStart(12, '0')}`,
    tenant: 'acme',
    sensor: 'proxy-1',
    actor: 'alice',
    action: 'servers.approve',
    object_type: 'server',
    object_id: 'https://mcp.example.com/',
    outcome: 'success',
    reason: '',
    before: '',
    after: '',
    ...over,
  };
}

/** Events of exchanges in a format; `over` may change each. */
export function flows(
  count: number,
  format: FormatName = 'native',
  over: (index: number) => Partial<HttpFlowEvent> = () => ({}),
): Outgoing[] {
  const toText = createFormat(format, ORIGIN);
  return Array.from({ length: count }, (_, index) => {
    const event = flowEvent(index, over(index));
    return { event, text: toText(event) ?? '' };
  });
}

export const idsOf = (batch: readonly Outgoing[]): string[] => batch.map(({ event }) => event.event_id);
