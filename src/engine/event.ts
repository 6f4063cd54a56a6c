// What leaves the box: one row of the event tables, made from a flow and its verdict.
//
// Field names are the column names of ClickHouse (src/store/sql). URLs are stored in redacted form only.

import type { LlmCallEvent, McpCallEvent } from './calls/call-events.ts';
import { evasionOf, type RelayOf } from './coverage/evasion.ts';
import { excerptOf, type Hidden } from './excerpt.ts';
import type { Flow, Generation, Transport } from './flow.ts';
import { type Authentication, authenticationOf } from './inventory/authentication.ts';
import { serverKeyOf } from './inventory/server-key.ts';
import type { ToolTexts } from './inventory/tool.ts';
import { policyFactsOf } from './policy/policy-facts.ts';
import { redactUrl } from './redact-url.ts';
import type { Action, Disposition, Finding, Traffic, Verdict } from './verdict.ts';

/** Sizes and timings that only the data path knows. */
export interface FlowOutcome {
  /** Epoch milliseconds when the exchange ended. */
  endTime: number;
  /** Bytes on the wire, content-coding included, headers excluded. */
  requestBytes: number;
  responseBytes: number;
  /** Milliseconds from the request to the first byte of the response; 0 if there was none. */
  ttfbMs: number;
  disposition: Disposition;
  /** Error code and message if the exchange failed, '' otherwise. */
  error: string;
}

export interface HttpFlowEvent {
  kind: 'http_flow';
  /** Epoch milliseconds. */
  ts: number;
  event_id: string;
  tenant: string;
  sensor: string;
  user_id: string;
  user_groups: readonly string[];
  user_source: string;
  device_id: string;
  src_ip: string;
  src_port: number;
  dst_host: string;
  dst_ip: string;
  dst_port: number;
  sni: string;
  alpn: string;
  tls_version: string;
  ja4: string;
  inspected: 'yes' | 'passthrough' | 'opaque';
  http_method: string;
  http_version: string;
  url: string;
  path: string;
  status: number;
  content_type: string;
  user_agent: string;
  req_bytes: number;
  resp_bytes: number;
  duration_ms: number;
  ttfb_ms: number;
  traffic: Traffic;
  action: Action;
  disposition: Disposition;
  confidence: number;
  reason: string;
  rules: readonly string[];
  signals: readonly string[];
  policy_step: string;
  policy_id: string;
  /** JSON of PolicyFacts (policy/policy-facts.ts): what policy went by beyond the other columns; '' for most flows. */
  policy_facts: string;
  error: string;
  server_key: string;
  mcp_generation: Generation | '';
  mcp_transport: Transport | '';
  mcp_method: string;
  mcp_tool: string;
  mcp_resource: string;
  mcp_prompt: string;
  mcp_session_id: string;
  mcp_client_name: string;
  mcp_client_version: string;
  mcp_server_name: string;
  mcp_server_version: string;
  mcp_servers: readonly string[];
  mcp_auth: Authentication | '';
  dlp_count: number;
  /** Whether DLP read the content, and all of it; '' where no profile covers the exchange. */
  dlp_scan: 'complete' | 'truncated' | '';
  /** Hints at ways around inspection (coverage/evasion.ts). */
  evasion: readonly string[];
  excerpt: string;
}

/** An administrative act: who changed what, from what, to what. */
export interface AuditEvent {
  kind: 'audit_log';
  ts: number;
  event_id: string;
  tenant: string;
  sensor: string;
  actor: string;
  action: string;
  object_type: string;
  object_id: string;
  outcome: 'success' | 'denied' | 'error';
  reason: string;
  before: string;
  after: string;
}

/** A tool that a server listed, when its definition is new to the process that saw it, and once a day after that. */
export interface ToolSeenEvent extends ToolTexts {
  kind: 'tool_seen';
  ts: number;
  event_id: string;
  tenant: string;
  sensor: string;
  server_key: string;
  /** SHA-256 of the whole definition in canonical form. */
  tool_hash: string;
  /** Checks that the definition failed (inventory/checks.ts), and what shows it: one text for each. */
  checks: readonly string[];
  evidence: readonly string[];
  /** Event id of the exchange in which it passed. */
  flow_id: string;
}

/** Something about a server that people should know. */
export interface ServerFindingEvent {
  kind: 'server_finding';
  ts: number;
  event_id: string;
  tenant: string;
  sensor: string;
  finding: 'tool-changed' | 'tool-suspicious';
  level: 'low' | 'medium' | 'high';
  server_key: string;
  tool: string;
  /** One sentence. */
  summary: string;
  checks: readonly string[];
  evidence: readonly string[];
  /** What changed: fields, and the text of each before and after. */
  fields: readonly string[];
  before: readonly string[];
  after: readonly string[];
  hash_before: string;
  hash_after: string;
  flow_id: string;
}

/** One DLP finding in a flow. The value itself is never in it, unless `evidence` holds it encrypted for the operator. */
export interface DlpMatchEvent {
  kind: 'dlp_match';
  ts: number;
  event_id: string;
  tenant: string;
  sensor: string;
  /** The exchange in which it passed. */
  parent_id: string;
  parent_kind: 'http_flow';
  user_id: string;
  user_groups: readonly string[];
  dst_host: string;
  server_key: string;
  traffic: Traffic;
  mcp_method: string;
  mcp_tool: string;
  direction: 'request' | 'response';
  detector: string;
  /** Family of the detector. */
  category: string;
  severity: Finding['severity'];
  confidence: Finding['confidence'];
  validated: 0 | 1;
  /** JSON path or header name. */
  field: string;
  offset: number;
  length: number;
  decoded: Finding['decoded'];
  match_hash: string;
  masked: string;
  /** What the profile asked for, and what happened to the exchange. */
  action: Action;
  disposition: Disposition;
  policy_id: string;
  /** JWE in compact form for the holder of the operator's key (RFC 7516); '' unless configured. */
  evidence: string;
}

/** What can be spooled; `kind` names the table. */
export type Event = HttpFlowEvent | AuditEvent | ToolSeenEvent | ServerFindingEvent | DlpMatchEvent | McpCallEvent | LlmCallEvent;

/** Where an event comes from. */
export interface EventOrigin {
  tenant: string;
  /** Name of this appliance. */
  sensor: string;
  /** Whether events carry an excerpt of what was asked. */
  excerpts?: boolean;
  /** Name of the tunnel service that a host belongs to. */
  relayOf?: RelayOf;
}

/** The row for one flow. `hidden`: what its excerpt must not show. */
export function toEvent(flow: Flow, verdict: Verdict, outcome: FlowOutcome, origin: EventOrigin, hidden?: Hidden): HttpFlowEvent {
  const url = redactUrl(flow.request.url);
  const { mcp } = verdict;
  const isMcp = verdict.traffic !== 'none';
  const serverKey = serverKeyOf(flow, verdict);
  return {
    kind: 'http_flow',
    ts: flow.time,
    event_id: flow.id,
    tenant: origin.tenant,
    sensor: origin.sensor,
    user_id: flow.principal.user,
    user_groups: flow.principal.groups,
    user_source: flow.principal.source,
    device_id: flow.principal.device,
    src_ip: flow.client.address,
    src_port: flow.client.port,
    dst_host: flow.server.host,
    dst_ip: flow.server.address,
    dst_port: flow.server.port,
    sni: flow.tls.sni,
    alpn: flow.tls.alpn,
    tls_version: flow.tls.version,
    ja4: flow.tls.ja4,
    inspected: flow.inspected,
    http_method: flow.request.method,
    http_version: flow.request.httpVersion,
    url,
    path: pathOf(url),
    status: flow.response?.status ?? 0,
    content_type: flow.response?.headers['content-type'] ?? '',
    user_agent: flow.request.headers['user-agent'] ?? '',
    req_bytes: outcome.requestBytes,
    resp_bytes: outcome.responseBytes,
    duration_ms: Math.max(0, Math.round(outcome.endTime - flow.time)),
    ttfb_ms: Math.round(outcome.ttfbMs),
    traffic: verdict.traffic,
    action: verdict.action,
    disposition: outcome.disposition,
    confidence: verdict.confidence,
    reason: verdict.reason,
    rules: verdict.matches.map((match) => match.ruleId),
    signals: verdict.signals.map((signal) => signal.id),
    policy_step: verdict.policy.step,
    policy_id: verdict.policy.id,
    policy_facts: policyFactsOf(flow, verdict, serverKey),
    error: outcome.error,
    server_key: serverKey,
    mcp_generation: mcp.generation,
    mcp_transport: isMcp ? mcp.transport : '',
    mcp_method: mcp.method,
    mcp_tool: mcp.tool,
    mcp_resource: mcp.resource,
    mcp_prompt: mcp.prompt,
    mcp_session_id: mcp.sessionId,
    mcp_client_name: mcp.clientName,
    mcp_client_version: mcp.clientVersion,
    mcp_server_name: mcp.serverName,
    mcp_server_version: mcp.serverVersion,
    mcp_servers: mcp.servers,
    mcp_auth: authenticationOf(flow, verdict.traffic),
    dlp_count: verdict.findings.length,
    dlp_scan: verdict.scan ?? '',
    evasion: evasionOf(flow, outcome.error !== '', origin.relayOf),
    excerpt: origin.excerpts && isMcp ? excerptOf(flow.request.body?.text ?? '', hidden) : '',
  };
}

function withoutQuery(url: string): string {
  const at = url.indexOf('?');
  return at < 0 ? url : url.slice(0, at);
}

function pathOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('://') + 3);
  return start < 0 ? '/' : withoutQuery(url.slice(start));
}
