// Calls to MCP servers and to model APIs as API Activity (6003), profiles ai_operation and security_control.
//
// The class demands who called and from where. Calls are stored without the client's address, which is in their exchange
// (`metadata.correlation_uid`); the name of the client or `unknown` stands for it.

import type { LlmCallEvent, McpCallEvent } from '../../../engine/calls/call-events.ts';
import { columnsOf } from '../columns.ts';
import { callMessage } from '../facts.ts';
import { filled } from '../filled.ts';
import type { FormatOrigin } from '../origin.ts';
import {
  type Activity,
  actorOf,
  baseOf,
  CLASSES,
  controlOf,
  NOBODY,
  type OcsfEvent,
  observablesOf,
  SHOWN,
  statusOf,
} from './base.ts';
import { unmappedOf } from './unmapped.ts';

const PROFILES = ['ai_operation', 'security_control'];

const MAPPED_OF_BOTH = [
  ...SHOWN,
  ...(['parent_id', 'user_id', 'user_groups', 'dst_host', 'status', 'duration_ms', 'error'] as const),
] satisfies (keyof McpCallEvent & keyof LlmCallEvent)[];
const MAPPED_OF_MCP = columnsOf<McpCallEvent>(MAPPED_OF_BOTH, [
  ...(['session_id', 'client_name', 'method', 'tool', 'resource', 'prompt', 'error_code'] as const),
]);
const MAPPED_OF_MODEL = columnsOf<LlmCallEvent>(MAPPED_OF_BOTH, [
  ...(['provider', 'api', 'model', 'input_tokens', 'output_tokens', 'ttft_ms'] as const),
]);

type Role = readonly [id: number, name: string];

export function toMcpActivity(event: McpCallEvent, origin: FormatOrigin): OcsfEvent {
  const client = event.client_name ?? '';
  const server = event.server_key || event.dst_host || 'unknown';
  const code = event.error_code ?? event.status;
  const [roleId, role] = roleOf(event.method);
  return {
    ...callOf(event, mcpActivity(event.method), client, origin),
    ...statusOf(event.outcome === 'unknown' ? undefined : event.outcome === 'ok'),
    api: {
      operation: event.method || 'unknown',
      service: { name: server },
      request: { uid: event.event_id },
      response: { code, ...filled({ error: event.error, message: event.outcome }) },
    },
    http_request: {
      uid: event.parent_id,
      ...(event.server_key !== '' && { url: { url_string: event.server_key } }),
    },
    message_context: {
      ai_role_id: roleId,
      ai_role: role,
      service: { name: server },
      ...filled({ uid: event.session_id, application: client === '' ? undefined : { name: client } }),
    },
    ...filled({
      status_code: code === 0 ? '' : String(code),
      status_detail: event.error,
      http_response: event.status > 0 ? { code: event.status } : undefined,
      resources: resourcesOf(event),
      observables: observablesOf(
        ['user', 'actor.user.name', event.user_id ?? ''],
        ['host', 'dst_endpoint.hostname', event.dst_host],
        ['url', 'http_request.url.url_string', event.server_key],
      ),
      unmapped: unmappedOf(event, MAPPED_OF_MCP),
    }),
  };
}

export function toModelActivity(event: LlmCallEvent, origin: FormatOrigin): OcsfEvent {
  const provider = event.provider || event.dst_host || 'unknown';
  const { input_tokens: input, output_tokens: output } = event;
  const failed = event.error !== undefined || event.status >= 400;
  return {
    ...callOf(event, [99, 'Invoke model'], '', origin),
    ...statusOf(event.disposition !== 'blocked' && event.disposition !== 'failed' && !failed),
    api: {
      operation: event.api || 'unknown',
      service: { name: provider },
      request: { uid: event.event_id },
      response: { code: event.status, ...filled({ error: event.error }) },
    },
    http_request: { uid: event.parent_id },
    ai_model: { ai_provider: provider, name: event.model || event.model_requested || 'unknown' },
    message_context: {
      ai_role_id: 2,
      ai_role: 'Assistant',
      service: { name: provider },
      ...filled({ prompt_tokens: input, completion_tokens: output, total_tokens: sumOf(input, output) }),
    },
    ...filled({
      status_code: event.status > 0 ? String(event.status) : '',
      status_detail: event.error,
      http_response: event.status > 0 ? { code: event.status, latency: event.ttft_ms } : undefined,
      observables: observablesOf(
        ['user', 'actor.user.name', event.user_id ?? ''],
        ['host', 'dst_endpoint.hostname', event.dst_host],
      ),
      unmapped: unmappedOf(event, MAPPED_OF_MODEL),
    }),
  };
}

function callOf(event: McpCallEvent | LlmCallEvent, activity: Activity, client: string, origin: FormatOrigin): OcsfEvent {
  return {
    ...baseOf(event, CLASSES.apiActivity, activity, origin, PROFILES),
    ...controlOf(event),
    message: callMessage(event),
    start_time: event.ts,
    end_time: event.ts + event.duration_ms,
    duration: event.duration_ms,
    actor: actorOf(event.user_id ?? '', event.user_groups) ?? { user: NOBODY },
    src_endpoint: client === '' ? { name: 'unknown' } : { svc_name: client },
    ...(event.dst_host !== '' && { dst_endpoint: { hostname: event.dst_host } }),
  };
}

/** Lists and reads are reads. What a tool does nobody knows but the server. */
function mcpActivity(method: string): Activity {
  if (/\/(?:list|read|get)$/.test(method)) return [2, 'Read'];
  return [99, method || 'Other'];
}

function roleOf(method: string): Role {
  if (method === 'tools/call') return [3, 'Tool'];
  if (method === 'resources/read') return [6, 'Retriever'];
  return [0, 'Unknown'];
}

function resourcesOf({ tool = '', resource = '', prompt = '' }: McpCallEvent) {
  const target = { role_id: 1, role: 'Target' };
  return [
    ...(tool === '' ? [] : [{ name: tool, type: 'tool', ...target }]),
    ...(resource === '' ? [] : [{ uid: resource, type: 'resource', ...target }]),
    ...(prompt === '' ? [] : [{ name: prompt, type: 'prompt', ...target }]),
  ];
}

function sumOf(input: number | undefined, output: number | undefined): number | undefined {
  return input === undefined || output === undefined ? undefined : input + output;
}
