// Events as the API shows them. Field names are those of src/engine/event.ts; the compiler holds the shapes to them.

import { z } from 'zod';
import type { AuditEvent, DlpMatchEvent, HttpFlowEvent, ServerFindingEvent } from '../../../engine/event.ts';
import { ACTIONS, DISPOSITIONS } from '../../../engine/verdict.ts';
import { count, time, trafficShape } from './paging.ts';

const text = z.string();
const texts = z.array(z.string()).readonly();
const id = z.uuid();
const origin = { ts: time, event_id: id, tenant: text, sensor: text };

/** One exchange. Lists and the live feed leave `excerpt` empty. */
export const flowEvent: z.ZodType<HttpFlowEvent> = z.object({
  kind: z.literal('http_flow'),
  ...origin,
  user_id: text,
  user_groups: texts,
  user_source: text,
  device_id: text,
  src_ip: text,
  src_port: count,
  dst_host: text,
  dst_ip: text,
  dst_port: count,
  sni: text,
  alpn: text,
  tls_version: text,
  ja4: text,
  inspected: z.enum(['yes', 'passthrough', 'opaque']),
  http_method: text,
  http_version: text,
  url: text,
  path: text,
  status: count,
  content_type: text,
  user_agent: text,
  req_bytes: count,
  resp_bytes: count,
  duration_ms: count,
  ttfb_ms: count,
  traffic: trafficShape,
  action: z.enum(ACTIONS),
  disposition: z.enum(DISPOSITIONS),
  confidence: count,
  reason: text,
  rules: texts,
  signals: texts,
  policy_step: text,
  policy_id: text,
  policy_facts: text,
  error: text,
  server_key: text,
  mcp_generation: z.enum(['', '2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28']),
  mcp_transport: z.enum(['', 'http+sse', 'streamable-http', 'websocket', 'unknown']),
  mcp_method: text,
  mcp_tool: text,
  mcp_resource: text,
  mcp_prompt: text,
  mcp_session_id: text,
  mcp_client_name: text,
  mcp_client_version: text,
  mcp_server_name: text,
  mcp_server_version: text,
  mcp_servers: texts,
  mcp_auth: z.string() as unknown as z.ZodType<HttpFlowEvent['mcp_auth']>,
  dlp_count: count,
  dlp_scan: z.enum(['complete', 'truncated', '']),
  evasion: texts,
  excerpt: text,
});

/** One DLP finding; `evidence` is empty but in the details of an event, for those who may read stored content. */
export const dlpMatch: z.ZodType<DlpMatchEvent> = z.object({
  kind: z.literal('dlp_match'),
  ...origin,
  parent_id: id,
  parent_kind: z.literal('http_flow'),
  user_id: text,
  user_groups: texts,
  dst_host: text,
  server_key: text,
  traffic: trafficShape,
  mcp_method: text,
  mcp_tool: text,
  direction: z.enum(['request', 'response']),
  detector: text,
  category: text,
  severity: z.enum(['low', 'medium', 'high', 'critical']),
  confidence: z.enum(['low', 'medium', 'high']),
  validated: z.union([z.literal(0), z.literal(1)]),
  field: text,
  offset: count,
  length: count,
  decoded: z.enum(['', 'percent', 'base64']),
  match_hash: text,
  masked: text,
  action: z.enum(ACTIONS),
  disposition: z.enum(DISPOSITIONS),
  policy_id: text,
  evidence: text,
});

/** Something about a server that people should know. */
export const serverFinding: z.ZodType<ServerFindingEvent> = z.object({
  kind: z.literal('server_finding'),
  ...origin,
  finding: z.enum(['tool-changed', 'tool-suspicious']),
  level: z.enum(['low', 'medium', 'high']),
  server_key: text,
  tool: text,
  summary: text,
  checks: texts,
  evidence: texts,
  fields: texts,
  before: texts,
  after: texts,
  hash_before: text,
  hash_after: text,
  flow_id: id,
});

/** Who changed or read what. */
export const auditEvent: z.ZodType<AuditEvent> = z.object({
  kind: z.literal('audit_log'),
  ...origin,
  actor: text,
  action: text,
  object_type: text,
  object_id: text,
  outcome: z.enum(['success', 'denied', 'error']),
  reason: text,
  before: text,
  after: text,
});

/** One MCP message of an exchange: what was called, and what came of it. `args` and `excerpt` as for `excerpt` of events. */
export const mcpCall = z.object({
  ts: time,
  event_id: text,
  method: text,
  tool: text,
  resource: text,
  prompt: text,
  outcome: text,
  error: text,
  duration_ms: count,
  args_bytes: count,
  result_bytes: count,
  args: text,
  excerpt: text,
});

/** Why an event was judged as it was, and what would change that. */
export const explanation = z.object({
  signals: z.array(z.object({ id: text, weight: text, meaning: text })),
  rules: z.array(
    z.object({
      ...{ id: text, title: text, level: text, traffic: text, description: text },
      /** The lines that matched, read again from what is stored; empty if the rule is another by now. */
      evidence: z.array(z.object({ selection: text, field: text, value: text })).readonly(),
    }),
  ),
  policy: z.object({ step: text, id: text, text }),
  /** What the evidence hangs on. */
  evidence: z.array(text),
  /** Commands that would lead to another verdict. */
  change: z.array(text),
});

export const eventDetails = z.object({
  event: flowEvent,
  explanation,
  findings: z.array(dlpMatch),
  calls: z.array(mcpCall),
  /** A command that repeats the request, as far as it is stored. */
  curl: text,
  /** The server in the inventory; null if it has no entry. */
  server: z
    .object({
      serverKey: text,
      name: text,
      state: z.enum(['new', 'in-review', 'approved', 'blocked']),
      users: count,
      n: count,
      firstSeen: time,
      lastSeen: time,
    })
    .nullable(),
  /** Whether stored content was left out because of the reader's role. */
  withheld: z.boolean(),
});

export type FlowEvent = HttpFlowEvent;
export type DlpMatch = DlpMatchEvent;
export type ServerFinding = ServerFindingEvent;
export type AuditEntry = AuditEvent;
export type McpCall = z.infer<typeof mcpCall>;
export type Explanation = z.infer<typeof explanation>;
export type EventDetails = z.infer<typeof eventDetails>;

/** What the live feed sends, and what it is told. */
export type LiveMessage =
  | { type: 'events'; items: FlowEvent[]; dropped: number }
  | { type: 'error'; error: { code: string; message: string; position?: number } };
export type LiveCommand = { type: 'pause' } | { type: 'resume' } | { type: 'filter'; filter: string };
