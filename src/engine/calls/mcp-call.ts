// The row of one call to an MCP server.

import type { EventOrigin } from '../event.ts';
import { callExcerpt, type Hidden } from '../excerpt.ts';
import type { Flow } from '../flow.ts';
import { serverKeyOf } from '../inventory/server-key.ts';
import type { Disposition, Traffic, Verdict } from '../verdict.ts';
import type { McpCallEvent } from './call-events.ts';
import type { CallResult } from './outcome.ts';
import type { Call } from './read-calls.ts';

/** A call as it passed. */
export interface SeenCall extends Call {
  /** Epoch milliseconds. */
  time: number;
  /** Bytes of its message; undefined if it shares them with others. */
  bytes: number | undefined;
  /** What it was given, redacted; '' if excerpts are not stored. */
  excerpt: string;
  /** How often DLP found something in it, or in the exchange if that is about nothing else. */
  findings: number;
}

export interface CallEnd extends CallResult {
  /** Epoch milliseconds. */
  time: number;
  bytes: number | undefined;
  disposition: Disposition;
}

/** Whether the calls of a class of traffic are recorded: those that go to MCP servers. */
export function hasCalls(traffic: Traffic): boolean {
  return traffic === 'shadow' || traffic === 'approved' || traffic === 'portal' || traffic === 'bypass';
}

/** @param eventId a UUIDv7 for the time of the call */
export function toMcpCallEvent(
  flow: Flow,
  verdict: Verdict,
  call: SeenCall,
  end: CallEnd,
  origin: EventOrigin,
  eventId: string,
): McpCallEvent {
  const { mcp, traffic } = verdict;
  const { user, groups } = flow.principal;
  const event: McpCallEvent = {
    kind: 'mcp_call',
    ts: call.time,
    event_id: eventId,
    tenant: origin.tenant,
    sensor: origin.sensor,
    parent_id: flow.id,
    dst_host: flow.server.host,
    server_key: serverKeyOf(flow, verdict),
    traffic,
    road: traffic === 'portal' ? 'portal' : 'direct',
    action: end.outcome === 'blocked' ? 'block' : verdict.action,
    disposition: end.disposition,
    transport: mcp.transport,
    method: call.method,
    outcome: end.outcome,
    outcome_source: end.source,
    status: flow.response?.status ?? 0,
    duration_ms: Math.max(0, Math.round(end.time - call.time)),
  };
  if (user !== '') event.user_id = user;
  if (groups.length > 0) event.user_groups = groups;
  if (mcp.generation !== '') event.generation = mcp.generation;
  if (mcp.sessionId !== '') event.session_id = mcp.sessionId;
  if (mcp.clientName !== '') event.client_name = mcp.clientName;
  if (call.tool !== '') event.tool = call.tool;
  if (call.resource !== '') event.resource = call.resource;
  if (call.prompt !== '') event.prompt = call.prompt;
  if (end.code !== 0) event.error_code = end.code;
  if (end.error !== '') event.error = end.error;
  if (call.bytes !== undefined) event.args_bytes = call.bytes;
  if (end.bytes !== undefined) event.result_bytes = end.bytes;
  if (call.findings > 0) event.dlp_count = call.findings;
  if (call.excerpt !== '') event.excerpt = call.excerpt;
  return event;
}

/** A call as it was seen in a message. @param alone the message holds nothing else, and `findings` are about it */
export function seenCall(
  call: Call,
  message: { text: string; where: string; bytes: number; time: number },
  { findings }: Pick<Verdict, 'findings'>,
  origin: EventOrigin,
  hidden: Hidden | undefined,
): SeenCall {
  const { text, where, bytes, time } = message;
  const alone = call.at === undefined;
  const place = alone ? where : `${where}.${call.at}`;
  const inside =
    alone && where === 'request.body' ? findings : findings.filter((finding) => finding.where.startsWith(`${place}.`));
  return {
    ...call,
    time,
    bytes: alone ? bytes : undefined,
    findings: inside.length,
    excerpt: origin.excerpts ? callExcerpt(text, place, call.at, hidden) : '',
  };
}
