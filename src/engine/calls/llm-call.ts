// The row of one call to a model API.

import type { EventOrigin, FlowOutcome } from '../event.ts';
import type { Flow } from '../flow.ts';
import type { Verdict } from '../verdict.ts';
import type { LlmCallEvent } from './call-events.ts';
import type { ModelAnswer } from './model-answer.ts';
import type { ModelApi } from './model-api.ts';
import type { ModelRequest } from './model-request.ts';
import { costOf, type PriceOf } from './prices.ts';

export interface ModelCall {
  api: ModelApi;
  request: ModelRequest;
  answer: ModelAnswer;
  /** The gateway in policy that it went through. */
  gateway: { name: string; provider: string } | undefined;
}

/** @param eventId a UUIDv7 for the time of the flow */
export function toLlmCallEvent(
  flow: Flow,
  verdict: Verdict,
  { api, request, answer, gateway }: ModelCall,
  outcome: FlowOutcome,
  prices: PriceOf,
  origin: EventOrigin,
  eventId: string,
): LlmCallEvent {
  const { user, groups } = flow.principal;
  const provider = gateway?.provider || api.provider;
  const model = answer.model || request.model;
  const usage = answer.usage ?? countedByBedrock(flow);
  const price = usage && (prices(provider, model) ?? prices(provider, request.model));
  const event: LlmCallEvent = {
    kind: 'llm_call',
    ts: flow.time,
    event_id: eventId,
    tenant: origin.tenant,
    sensor: origin.sensor,
    parent_id: flow.id,
    dst_host: flow.server.host,
    traffic: verdict.traffic,
    road: gateway ? 'gateway' : 'direct',
    action: verdict.action,
    disposition: outcome.disposition,
    provider,
    api: api.form,
    model_requested: request.model,
    model,
    stream: request.stream ? 1 : 0,
    status: flow.response?.status ?? 0,
    cost_usd: usage && price ? costOf(usage, price) : null,
    ttft_ms: Math.round(outcome.ttfbMs),
    duration_ms: Math.max(0, Math.round(outcome.endTime - flow.time)),
    req_bytes: outcome.requestBytes,
    resp_bytes: outcome.responseBytes,
  };
  if (user !== '') event.user_id = user;
  if (groups.length > 0) event.user_groups = groups;
  if (gateway) event.gateway = gateway.name;
  const error = errorOf(event, outcome);
  if (error !== '') event.error = error;
  if (answer.finishReason !== '') event.finish_reason = answer.finishReason;
  if (usage) {
    event.input_tokens = usage.input;
    event.output_tokens = usage.output;
    if (usage.cached > 0) event.cached_tokens = usage.cached;
    if (usage.cacheWrite > 0) event.cache_write_tokens = usage.cacheWrite;
    if (usage.reasoning > 0) event.reasoning_tokens = usage.reasoning;
  }
  if (request.toolCount > 0) {
    event.tools_offered = request.toolCount;
    event.tools = request.tools;
  }
  if (verdict.mcp.servers.length > 0 && verdict.signals.some(({ id }) => id.startsWith('llm.hosted.')))
    event.mcp_servers = verdict.mcp.servers;
  if (verdict.findings.length > 0) event.dlp_count = verdict.findings.length;
  return event;
}

/** The class of what went wrong, never what the provider wrote. */
function errorOf({ status, disposition }: LlmCallEvent, { error }: FlowOutcome): string {
  if (disposition === 'blocked') return 'blocked';
  if (disposition === 'failed') return /^ERR_[A-Z_]+/.exec(error)?.[0] ?? 'unanswered';
  return status >= 400 ? `http-${status}` : '';
}

/** Bedrock counts in header fields as well, whatever the model's own answer looks like. */
function countedByBedrock({ response }: Flow): ModelAnswer['usage'] {
  const count = (name: string): number => Number(response?.headers[`x-amzn-bedrock-${name}-token-count`] ?? Number.NaN);
  const [input, output] = [count('input'), count('output')];
  if (!Number.isSafeInteger(input) || !Number.isSafeInteger(output) || input < 0 || output < 0) return undefined;
  return { input, output, cached: 0, cacheWrite: 0, reasoning: 0 };
}
