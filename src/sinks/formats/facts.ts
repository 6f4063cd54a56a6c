// What CEF and LEEF tell of an event, under names of our own: one flat list of what the kinds of events have in common.

import type { LlmCallEvent, McpCallEvent } from '../../engine/calls/call-events.ts';
import type { AuditEvent, DlpMatchEvent, Event, HttpFlowEvent, ServerFindingEvent, ToolSeenEvent } from '../../engine/event.ts';
import { type Level, levelOf } from './level.ts';
import { titleOf } from './title.ts';

export interface Facts {
  /** What happened, in fixed words; and a fixed id of it, `kind:word`. */
  title: string;
  id: string;
  level: Level;
  /** Epoch milliseconds. */
  time: number;
  end?: number | undefined;
  eventId: string;
  parentId?: string | undefined;
  sensor: string;
  tenant: string;
  /** Class of traffic, family of a detector, or type of an object. */
  category: string;
  /** What policy asked for, and what happened. */
  action?: string | undefined;
  disposition: string;
  success: boolean;
  user?: string | undefined;
  groups?: readonly string[] | undefined;
  device?: string | undefined;
  sourceIp?: string | undefined;
  sourcePort?: number | undefined;
  host?: string | undefined;
  hostIp?: string | undefined;
  hostPort?: number | undefined;
  url?: string | undefined;
  method?: string | undefined;
  userAgent?: string | undefined;
  status?: number | undefined;
  bytesOut?: number | undefined;
  bytesIn?: number | undefined;
  /** The rule or detector that says so; the first, if there are several. */
  rule?: string | undefined;
  policy?: string | undefined;
  server?: string | undefined;
  call?: string | undefined;
  /** Tool, resource, prompt or model. */
  target?: string | undefined;
  confidence?: number | undefined;
  findings?: number | undefined;
  message: string;
  /** Why it did not succeed. */
  error?: string | undefined;
  /** What shows it: signals, or the masked sample. */
  evidence?: string | undefined;
}

/** undefined for what is inventory, not an event to tell. */
export function factsOf(event: Event): Facts | undefined {
  if (event.kind === 'tool_seen') return undefined;
  return { ...commonFacts(event), ...ownFacts(event) };
}

type Told = Exclude<Event, ToolSeenEvent>;
type Common = 'title' | 'id' | 'level' | 'time' | 'eventId' | 'sensor' | 'tenant';

function commonFacts(event: Told): Pick<Facts, Common> {
  const { word, title } = titleOf(event);
  const { ts: time, event_id: eventId, sensor, tenant } = event;
  return { title, id: `${event.kind}:${word}`, level: levelOf(event), time, eventId, sensor, tenant };
}

function ownFacts(event: Told): Omit<Facts, Common> {
  switch (event.kind) {
    case 'http_flow':
      return flowFacts(event);
    case 'dlp_match':
      return matchFacts(event);
    case 'server_finding':
      return findingFacts(event);
    case 'audit_log':
      return auditFacts(event);
    case 'mcp_call':
      return {
        ...callFacts(event),
        success: event.outcome === 'ok',
        server: event.server_key,
        call: event.method,
        target: event.tool ?? event.resource ?? event.prompt,
        message: callMessage(event),
      };
    case 'llm_call':
      return {
        ...callFacts(event),
        success: event.error === undefined && isFine(event.status),
        bytesOut: event.req_bytes,
        bytesIn: event.resp_bytes,
        server: event.provider,
        call: event.api,
        target: event.model || event.model_requested,
        message: callMessage(event),
      };
  }
}

function flowFacts(event: HttpFlowEvent): Omit<Facts, Common> {
  return {
    end: event.ts + event.duration_ms,
    category: event.traffic,
    action: event.action,
    disposition: event.disposition,
    success: event.disposition !== 'blocked' && event.disposition !== 'failed' && isFine(event.status),
    user: event.user_id,
    groups: event.user_groups,
    device: event.device_id,
    sourceIp: event.src_ip,
    sourcePort: portOf(event.src_port),
    host: event.dst_host,
    hostIp: event.dst_ip,
    hostPort: portOf(event.dst_port),
    url: event.url,
    method: event.http_method,
    userAgent: event.user_agent,
    status: event.status,
    bytesOut: event.req_bytes,
    bytesIn: event.resp_bytes,
    rule: event.rules[0],
    policy: policyOf(event),
    server: event.server_key,
    call: event.mcp_method,
    target: event.mcp_tool || event.mcp_resource || event.mcp_prompt,
    confidence: event.confidence,
    findings: event.dlp_count,
    message: event.reason,
    error: event.error,
    evidence: event.signals.join(' '),
  };
}

function matchFacts(event: DlpMatchEvent): Omit<Facts, Common> {
  return {
    parentId: event.parent_id,
    category: event.category,
    action: event.action,
    disposition: event.disposition,
    success: event.disposition !== 'blocked' && event.disposition !== 'failed',
    user: event.user_id,
    groups: event.user_groups,
    host: event.dst_host,
    rule: event.detector,
    policy: event.policy_id,
    server: event.server_key,
    call: event.mcp_method,
    target: event.mcp_tool,
    message: matchMessage(event),
    evidence: event.masked,
  };
}

/** One sentence on a call; its own words are all that is known. */
export function callMessage(event: McpCallEvent | LlmCallEvent): string {
  if (event.kind === 'mcp_call') return `${event.method} to ${event.server_key || event.dst_host}: ${event.outcome}`;
  return `${event.api} to ${event.provider}, model ${event.model || event.model_requested}`;
}

export function matchMessage({ detector, direction, field, confidence }: DlpMatchEvent): string {
  return `${detector} in the ${direction} (${field}), confidence ${confidence}`;
}

function findingFacts(event: ServerFindingEvent): Omit<Facts, Common> {
  return {
    parentId: event.flow_id,
    category: event.finding,
    disposition: 'logged',
    success: true,
    url: event.server_key,
    rule: event.checks[0] ?? event.finding,
    server: event.server_key,
    target: event.tool,
    message: event.summary,
    evidence: event.evidence.join(' '),
  };
}

function auditFacts(event: AuditEvent): Omit<Facts, Common> {
  return {
    category: event.object_type,
    disposition: event.outcome,
    success: event.outcome === 'success',
    user: event.actor,
    call: event.action,
    target: event.object_id,
    message: `${event.action} ${event.object_id}`.trimEnd(),
    error: event.reason,
  };
}

function callFacts(event: McpCallEvent | LlmCallEvent) {
  return {
    end: event.ts + event.duration_ms,
    parentId: event.parent_id,
    category: event.traffic,
    action: event.action,
    disposition: event.disposition,
    user: event.user_id,
    groups: event.user_groups,
    host: event.dst_host,
    status: event.status,
    findings: event.dlp_count,
    error: event.error,
  };
}

/** The step of policy that decided, and what in it: `rule-mode mcp-jsonrpc`. */
function policyOf({ policy_step, policy_id }: HttpFlowEvent): string {
  return policy_step === 'none' ? '' : `${policy_step} ${policy_id}`.trimEnd();
}

function portOf(port: number): number | undefined {
  return port > 0 && port <= 65_535 ? port : undefined;
}

function isFine(status: number): boolean {
  return status < 400;
}
