// What made a rule match an event that is stored: its lines are read again from the columns. What no column holds (most headers, the
// message of a stream, the phase) cannot be read, and is said to be so instead of being guessed.

import type { HttpFlowEvent } from '../event.ts';
import type { Flow } from '../flow.ts';
import { flowFromEvent } from '../policy/stored-flow.ts';
import { isSignalId, SIGNALS } from '../signals/catalogue.ts';
import { DECIDED, scoreSignals } from '../signals/score.ts';
import type { Match, Signal } from '../verdict.ts';
import { compileRule } from './compile.ts';
import type { RuleInput } from './field.ts';
import type { Rule } from './schema.ts';

/** Fields that events do not keep, or keep redacted. Headers are the rest of it. */
const NOT_KEPT = new Set([
  'flow.phase',
  'jsonrpc.batch',
  'mcp.endpoint',
  'message.direction',
  'message.event',
  'message.index',
  'message.via',
  'url.query',
]);
const KEPT_HEADERS = new Set(['http.request.header.user-agent', 'http.response.header.content-type']);

/** Nothing if the rule, as it is now, would not match what is stored. */
export function recordedEvidence(event: HttpFlowEvent, rule: Rule): Match['evidence'] {
  return compileRule(rule).evidence(inputOf(event), isKept);
}

function isKept(field: string): boolean {
  return field.includes('.header.') ? KEPT_HEADERS.has(field.toLowerCase()) : !NOT_KEPT.has(field);
}

function inputOf(event: HttpFlowEvent): RuleInput {
  const { flow, judgements } = flowFromEvent(event, new Map());
  const signals = event.signals
    .filter(isSignalId)
    .map((id): Signal => ({ id, weight: SIGNALS[id].weight, where: '', value: '' }));
  const { kind } = scoreSignals(signals);
  return {
    flow: withHeaders(flow, event),
    signals,
    mcp: judgements.at(-1)!.mcp,
    // Some signals weigh less than usual; the confidence is as it was.
    score: { kind, confidence: event.confidence, decided: event.confidence >= DECIDED },
  };
}

function withHeaders(flow: Flow, { user_agent, content_type }: HttpFlowEvent): Flow {
  const request = { ...flow.request, headers: user_agent === '' ? {} : { 'user-agent': user_agent } };
  const response = flow.response && { ...flow.response, headers: content_type === '' ? {} : { 'content-type': content_type } };
  return { ...flow, request, ...(response && { response }) };
}
