// Calls to MCP servers and to model APIs as ECS documents.

import type { LlmCallEvent, McpCallEvent } from '../../../engine/calls/call-events.ts';
import { columnsOf } from '../columns.ts';
import { callMessage } from '../facts.ts';
import { filled } from '../filled.ts';
import type { FormatOrigin } from '../origin.ts';
import { documentOf, type EcsDocument, SHOWN, sideOf, texts, userOf } from './base.ts';

const OF_BOTH = [
  ...SHOWN,
  ...(['user_id', 'user_groups', 'dst_host', 'duration_ms', 'status', 'error'] as const),
] satisfies (keyof McpCallEvent & keyof LlmCallEvent)[];
const OF_MCP = columnsOf<McpCallEvent>(OF_BOTH, ['error_code', 'tool']);
const OF_MODEL = columnsOf<LlmCallEvent>(OF_BOTH, [
  ...(['provider', 'api', 'model', 'model_requested', 'input_tokens', 'output_tokens'] as const),
]);

export function callDocument(event: McpCallEvent | LlmCallEvent, origin: FormatOrigin): EcsDocument {
  const isMcp = event.kind === 'mcp_call';
  const success = isMcp ? callSucceeded(event.outcome) : event.error === undefined && event.status < 400;
  const told = {
    action: isMcp ? event.method : 'invoke-model',
    category: ['api'],
    type: ['access', event.disposition === 'blocked' ? 'denied' : 'allowed'],
    success,
    reason: event.error,
    durationMs: event.duration_ms,
  };
  return {
    ...documentOf(event, told, origin, isMcp ? OF_MCP : OF_MODEL),
    ...userOf(event.user_id ?? '', event.user_groups),
    ...filled({
      message: callMessage(event),
      gen_ai: isMcp ? toolOf(event) : modelOf(event),
      destination: filled(sideOf(event.dst_host, '', 0)),
      http: event.status > 0 ? { response: { status_code: event.status } } : undefined,
      error: isMcp
        ? filled({ type: event.error, code: event.error_code === undefined ? '' : String(event.error_code) })
        : filled({ type: event.error }),
      related: filled({ hosts: texts(event.dst_host), user: texts(event.user_id ?? '') }),
    }),
  };
}

function callSucceeded(outcome: McpCallEvent['outcome']): boolean | undefined {
  return outcome === 'unknown' ? undefined : outcome === 'ok';
}

function toolOf({ method, tool }: McpCallEvent) {
  return filled({
    operation: filled({ name: method === 'tools/call' ? 'execute_tool' : method }),
    tool: filled({ name: tool }),
  });
}

function modelOf({ provider, api, model, model_requested, input_tokens, output_tokens }: LlmCallEvent) {
  return filled({
    operation: filled({ name: api }),
    system: provider,
    request: filled({ model: model_requested }),
    response: filled({ model }),
    usage: filled({ input_tokens, output_tokens }),
  });
}
