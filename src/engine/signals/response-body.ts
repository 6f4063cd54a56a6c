// What the answer to a request says, and whether it confirms what the request looked like.
//
// A request that is MCP by its body alone may be a document about MCP that somebody stores (mcp.body.unconfirmed). The answer tells:
// JSON-RPC, an event stream, an empty acceptance or a refusal fit MCP; a success with any other content does not. Header evidence,
// memory and evidence in the answer itself are never withdrawn.

import type { Flow } from '../flow.ts';
import { DOCUMENT, readAnswerMessages } from './answer.ts';
import { isMetadata } from './answer-matters.ts';
import type { SignalId } from './catalogue.ts';
import { readDiscoveryAnswer } from './discovery.ts';
import { addSignal, type Draft, hasSignal } from './draft.ts';
import { rpcBody } from './json-rpc.ts';
import { outlineOf } from './json-scanner.ts';
import { readModelAnswer } from './llm.ts';
import { mayOpenJson } from './may-open-json.ts';
import type { JsonOutline } from './outline.ts';
import type { Place } from './place.ts';
import { mayMatter } from './request-body.ts';
import { createSseParser } from './sse.ts';
import { readStreamEvent } from './stream-event.ts';

const MAX_EVENTS = 512;

/** Reads the body of the response. */
export function readResponseBody(flow: Flow, place: Place, draft: Draft): void {
  const { response } = flow;
  if (response === undefined) return;
  const text = response.body?.text ?? '';
  if ((response.headers['content-type'] ?? '').startsWith('text/event-stream')) readEvents(flow, text, draft);
  else if (mayOpenJson(text)) readDocument(flow, place, text, response.body?.outline, draft);
  settle(flow, text, draft);
}

function readEvents(flow: Flow, text: string, draft: Draft): void {
  if (draft.carry.messages > 0) return;
  for (const { event, data } of createSseParser().push(text).slice(0, MAX_EVENTS)) readStreamEvent(flow, event, data, draft);
}

function readDocument(flow: Flow, place: Place, text: string, kept: JsonOutline | undefined, draft: Draft): void {
  const metadata = isMetadata(place.path, draft.signals);
  if (flow.request.method !== 'POST' && !metadata) return;
  if (kept === undefined && !metadata && !draft.carry.rpc && !mayMatter(text)) return;
  const outline = kept ?? outlineOf(text);
  if (metadata) {
    readDiscoveryAnswer(outline.root, draft);
    return;
  }
  const body = rpcBody(outline, true);
  if (body.messages.length > 0) {
    draft.carry.confirmed = true;
    readAnswerMessages(body, DOCUMENT, draft);
  } else readModelAnswer(outline.root, DOCUMENT, draft);
}

/** Counts in full what the answer confirms, withdraws what it refutes. */
export function settle(flow: Flow, text: string, draft: Draft): void {
  const { carry } = draft;
  if (carry.confirmed) {
    for (const signal of carry.held) addSignal(draft, signal.id as SignalId, signal.where, signal.value);
    carry.held = [];
    return;
  }
  const status = flow.response?.status ?? 0;
  if (!carry.rpc || status < 200 || status > 299) return;
  if (isAcceptance(text)) {
    if (status === 202 && carry.asks && hasSignal(draft, 'mcp.body.generic'))
      addSignal(draft, 'mcp.answer.accepted', 'response.status', '202');
    return;
  }
  if (!draft.signals.some((signal) => signal.id.startsWith('mcp.body.'))) return;
  if (draft.signals.some((signal) => signal.weight !== 'weak' && isIndependent(signal.id))) return;
  const first = draft.signals.find((signal) => signal.id.startsWith('mcp.body.'));
  draft.signals = draft.signals.filter((signal) => !signal.id.startsWith('mcp.'));
  addSignal(draft, 'mcp.body.unconfirmed', first?.where ?? 'request.body', first?.value ?? '');
  addSignal(draft, 'not.answer', 'response.body', text.slice(0, 40));
  draft.mcp.transport = 'unknown';
  carry.held = [];
}

/** What servers write under a message that they only take: nothing, or a word. */
function isAcceptance(text: string): boolean {
  return text.length < 32 && /^\s*(?:|null|""|"?(?:accepted|ok)"?)\s*$/i.test(text);
}

/** Evidence of MCP that does not come from the request body. */
function isIndependent(id: string): boolean {
  return (
    id.startsWith('mcp.') && !id.startsWith('mcp.body.') && !id.startsWith('mcp.mismatch.') && id !== 'mcp.client.user-agent'
  );
}
