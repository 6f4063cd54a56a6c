// A stored event as a sample for a rule. Events keep no headers and no bodies: what the columns tell of them is written as a client
// would have sent it, nothing else.

import type { HttpFlowEvent } from '../event.ts';
import type { SampleFlow } from './schema.ts';

const NAMED: Readonly<Record<string, 'name' | 'uri'>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
};

export function sampleFromEvent(event: HttpFlowEvent): SampleFlow {
  const { http_method: method, url, status, content_type } = event;
  const body = method === 'POST' && event.mcp_method !== '' ? bodyOf(event) : undefined;
  const headers: Record<string, string> = {};
  if (event.user_agent !== '') headers['user-agent'] = event.user_agent;
  if (body !== undefined) {
    headers['content-type'] = 'application/json';
    if (event.mcp_transport === 'streamable-http') headers.accept = 'application/json, text/event-stream';
  }
  if (event.signals.includes('mcp.header.protocol-version')) headers['mcp-protocol-version'] = event.mcp_generation;
  if (event.signals.includes('mcp.header.session-id')) headers['mcp-session-id'] = 'session';
  if (event.signals.includes('mcp.header.method')) headers['mcp-method'] = event.mcp_method;
  const answer = content_type === '' ? {} : { 'content-type': content_type };
  return {
    name: `event ${event.event_id}`,
    request: { method, url, headers, ...(body === undefined ? {} : { body }) },
    ...(status > 0 ? { response: { status, headers: answer } } : {}),
    messages: [],
  };
}

function bodyOf({ mcp_method: method, ...event }: HttpFlowEvent): string {
  const key = NAMED[method];
  const value = event.mcp_tool || event.mcp_prompt || event.mcp_resource;
  const params =
    method === 'initialize'
      ? {
          protocolVersion: event.mcp_generation || '2025-11-25',
          capabilities: {},
          clientInfo: { name: event.mcp_client_name || 'client', version: event.mcp_client_version || '1' },
        }
      : key !== undefined && value !== ''
        ? { [key]: value, ...(method === 'resources/read' ? {} : { arguments: {} }) }
        : {};
  const id = method.startsWith('notifications/') ? {} : { id: 1 };
  return JSON.stringify({ jsonrpc: '2.0', ...id, method, params });
}
