// What one event of an event stream says: the endpoint of the old transport, a JSON-RPC message, or progress of a model API.

import type { Flow } from '../flow.ts';
import { redactUrl } from '../redact-url.ts';
import { readAnswerMessages } from './answer.ts';
import { addSignal, type Draft } from './draft.ts';
import { rpcBody } from './json-rpc.ts';
import { outlineOf } from './json-scanner.ts';
import { readModelAnswer } from './llm.ts';
import { mayOpenJson } from './may-open-json.ts';
import { mayMatter } from './request-body.ts';

/** Reads one event of the response. */
export function readStreamEvent(flow: Flow, event: string, data: string, draft: Draft): void {
  if (event === 'endpoint' && flow.request.method === 'GET') readEndpoint(flow, data, draft);
  if (event !== 'message') draft.carry.namedEvent = true;
  if (!mayOpenJson(data) || !mayMatter(data)) return;
  const outline = outlineOf(data);
  const body = rpcBody(outline);
  if (body.messages.length > 0) {
    draft.carry.confirmed = true;
    readAnswerMessages(body, 'response.sse.data', draft);
  } else readModelAnswer(outline.root, 'response.sse.data', draft);
}

/** MCP 2024-11-05: the first named event tells where to POST, as a bare URL. */
function readEndpoint(flow: Flow, data: string, draft: Draft): void {
  if (draft.carry.namedEvent) return;
  const target = data.trim();
  if (target.length > 2048 || !/^(?:https?:\/\/[^\s"{}<>]+|[/?][^\s"{}<>]*|[\w.~%-]+[/?][^\s"{}<>]*)$/i.test(target)) return;
  let url: string;
  try {
    url = new URL(target, flow.request.url).href;
  } catch {
    return;
  }
  addSignal(draft, 'mcp.sse.endpoint', 'response.sse.endpoint', redactUrl(url));
  draft.mcp.endpoint = url;
  draft.mcp.transport = 'http+sse';
  draft.mcp.generation ||= '2024-11-05';
}
