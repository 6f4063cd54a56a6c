// Reads a flow into signals and facts. Pure, and called once per phase.
//
// Order: request headers and address, request body, response headers, response body; in phase `message` only the message at hand.
// With the extraction of the phase before, only what is new is read, so a body is parsed once. What the request alone says is kept
// apart (`request`): it decides what may leave, while the answer can still add to the evidence or take it back.

import type { Flow, Phase } from '../flow.ts';
import type { McpFacts, Signal } from '../verdict.ts';
import { readAnswerMessages } from './answer.ts';
import { readContext, readRpcContext } from './context.ts';
import { readDiscoveryAddress, readGrant, readRegistration } from './discovery.ts';
import { addSignal, type Carry, type Draft, NO_MCP, requestHeader } from './draft.ts';
import { readEnvelope } from './envelope.ts';
import { readAgent, readRequestHeaders, readResponseHeaders, trustHeaders } from './headers.ts';
import { readInstall } from './install.ts';
import { rpcBody } from './json-rpc.ts';
import { outlineOf } from './json-scanner.ts';
import { readModelAnswer, readModelRequest, readToolList } from './llm.ts';
import { mayOpenJson } from './may-open-json.ts';
import type { JsonOutline } from './outline.ts';
import { type Place, placeOf } from './place.ts';
import { addRequests, compareHeaders, mayMatter, readRequestMessages, UNCLEAR } from './request-body.ts';
import { readResponseBody, settle } from './response-body.ts';
import { NO_SCORE, type Score, scoreSignals } from './score.ts';
import { readStreamEvent } from './stream-event.ts';

/** What was read from a flow up to a phase. Plain JSON; the next phase takes it as `previous`. */
export interface Extraction {
  signals: readonly Signal[];
  mcp: McpFacts;
  /** What all signals say together. */
  score: Score;
  /** What the request alone says, before any answer. */
  request: Score;
  carry: Carry;
}

const ORDER: Readonly<Record<Phase, number>> = {
  connect: 0,
  'request-headers': 1,
  'request-body': 2,
  'response-headers': 3,
  'response-body': 4,
  message: 3,
};
const REQUEST_BODY = ORDER['request-body'];
/** What UTF-16 or UTF-32 looks like that was decoded as UTF-8. */
const WIDE = /^(?:\ufffd\ufffd|[^\0]{0,3}\0)/;

const START: Carry = Object.freeze({
  through: 0,
  rpc: false,
  asks: false,
  held: Object.freeze([]),
  confirmed: false,
  namedEvent: false,
  messages: 0,
});

/**
 * Signals and facts of a flow at its present phase.
 *
 * @param previous what this function returned for an earlier phase of the same flow.
 */
export function extractSignals(flow: Flow, previous?: Extraction): Extraction {
  const target = ORDER[flow.phase];
  const from = previous === undefined ? 1 : previous.carry.through + 1;
  if (previous !== undefined && from > target && !bringsNews(flow, previous)) return previous;
  const draft: Draft = {
    signals: previous === undefined ? [] : [...previous.signals],
    mcp: { ...(previous?.mcp ?? NO_MCP) },
    carry: { ...(previous?.carry ?? START) },
  };
  let request = previous?.request ?? NO_SCORE;
  const place = placeOf(flow.request.url);
  for (let step = from; step <= target; step++) {
    readStep(step, flow, place, draft);
    draft.carry.through = step;
    if (step <= REQUEST_BODY) request = scoreSignals(draft.signals);
  }
  if (flow.phase === 'message' && flow.message !== undefined) readMessage(flow, place, draft);
  const score = target <= REQUEST_BODY ? request : scoreSignals(draft.signals);
  setTransport(flow, score, draft);
  return { signals: draft.signals, mcp: draft.mcp, score, request, carry: draft.carry };
}

/** Whether a phase that has been read before has something to read: only a message can, and most messages of a stream do not. */
function bringsNews({ phase, message }: Flow, { carry }: Extraction): boolean {
  if (phase !== 'message' || message === undefined) return false;
  return carry.messages === 0 || message.event !== 'message' || mayMatter(message.text);
}

function readStep(step: number, flow: Flow, place: Place, draft: Draft): void {
  if (step === 1) readHead(flow, place, draft);
  else if (step === 2) readRequestBody(flow, place, draft);
  else if (step === 3) readResponseHead(flow, draft);
  else if (step === 4) readResponseBody(flow, place, draft);
}

function readHead(flow: Flow, place: Place, draft: Draft): void {
  readRequestHeaders(flow, place, draft);
  readDiscoveryAddress(flow, place, draft);
  readInstall(flow, place, draft);
  readContext(flow, place, draft);
  if (draft.signals.length > 0) trustHeaders(flow, draft);
}

function readRequestBody(flow: Flow, place: Place, draft: Draft): void {
  const { body } = flow.request;
  if (body === undefined) return;
  if (body.problem !== undefined) noteOpaque(flow, body.problem, draft);
  else if (WIDE.test(body.text)) noteOpaque(flow, 'unsupported-encoding', draft);
  const type = requestHeader(flow, 'content-type');
  if (type.startsWith('application/x-www-form-urlencoded')) readGrant(body.text, 'request.body', draft);
  // A prefix of nothing but white space says nothing; the outline has seen what follows.
  if (flow.request.method === 'GET' || !(mayOpenJson(body.text) ?? body.outline !== undefined)) return;
  readEnvelope(body.text, 'request.body', draft);
  const connectors = place.path.includes('/v1/connectors');
  if (body.outline === undefined && !connectors && !mayMatter(body.text)) {
    dropIdleBeta(draft);
    return;
  }
  const outline = body.outline ?? outlineOf(body.text);
  const messages = rpcBody(outline);
  if (messages.messages.length + messages.variants.length === 0) {
    if (flow.request.method !== 'POST') return;
    readModelRequest(outline.root, place, 'request.body', draft);
    readToolList(body.text, outline.root, 'request.body', draft);
    readRegistration(outline.root, 'request.body', draft);
    dropIdleBeta(draft);
    return;
  }
  readRequestMessages(messages, outline, 'request.body', isDoubtful(flow, type, outline, draft), draft);
  if (draft.signals.some((signal) => signal.id.startsWith('mcp.body.'))) {
    readAgent(flow, draft);
    readRpcContext(place, draft);
    if (type !== '' && !type.includes('json')) addSignal(draft, 'mcp.evasion.content-type', 'request.headers.content-type', type);
  }
  compareHeaders(flow, messages, draft);
}

/** Whether a message in this body may be a document rather than a message to the server. */
function isDoubtful(flow: Flow, type: string, outline: JsonOutline, draft: Draft): boolean {
  const foreign = /^application\/(?:vnd\.|x-ndjson|ndjson|[\w.-]+\+x-ndjson)/i.test(type);
  if (!foreign && !outline.invalid && flow.request.method === 'POST') return false;
  if (draft.signals.some((signal) => signal.id.startsWith('mcp.header.') || signal.id.startsWith('mcp.learned'))) return false;
  if (foreign) addSignal(draft, 'not.content-type', 'request.headers.content-type', type);
  return true;
}

function noteOpaque(flow: Flow, problem: string, draft: Draft): void {
  const accept = requestHeader(flow, 'accept');
  const suspicious = accept.includes('application/json') && accept.includes('text/event-stream');
  if (!suspicious && !draft.signals.some((signal) => signal.id.startsWith('mcp.'))) return;
  addSignal(draft, 'mcp.opaque', 'request.body', problem);
  addRequests([UNCLEAR], draft);
}

/** Clients switch the beta on and use it rarely: without a server in the body it says nothing. */
function dropIdleBeta(draft: Draft): void {
  const hosted = draft.signals.filter((signal) => signal.id.startsWith('llm.hosted.'));
  if (hosted.length === 1) draft.signals = draft.signals.filter((signal) => signal.id !== 'llm.hosted.beta');
}

function readResponseHead(flow: Flow, draft: Draft): void {
  const { response } = flow;
  if (response === undefined) return;
  readResponseHeaders(flow, draft);
  if (!draft.carry.rpc) return;
  const challenge = response.headers['www-authenticate'] ?? '';
  if (response.status === 401 && challenge.includes('resource_metadata=')) {
    addSignal(draft, 'mcp.response-header.challenge', 'response.headers.www-authenticate', '');
  }
  const type = response.headers['content-type'] ?? '';
  if (response.status < 300 && type.startsWith('text/event-stream')) {
    draft.carry.confirmed = true;
    settle(flow, '', draft);
  }
}

function readMessage(flow: Flow, place: Place, draft: Draft): void {
  const message = flow.message;
  if (message === undefined) return;
  draft.carry.messages++;
  if (message.via === 'sse') {
    readStreamEvent(flow, message.event, message.text, draft);
    return;
  }
  if (!mayOpenJson(message.text) || !mayMatter(message.text)) return;
  const outline = outlineOf(message.text);
  const body = rpcBody(outline);
  const where = `websocket.${message.direction}`;
  if (body.messages.length === 0) {
    if (message.direction === 'request') readModelRequest(outline.root, place, where, draft);
    else readModelAnswer(outline.root, where, draft);
  } else if (message.direction === 'request') readRequestMessages(body, outline, where, outline.invalid, draft);
  else readAnswerMessages(body, where, draft);
  if (draft.signals.some((signal) => signal.id.startsWith('mcp.'))) draft.mcp.transport = 'websocket';
}

function setTransport(flow: Flow, score: Score, draft: Draft): void {
  const { mcp, carry } = draft;
  if (mcp.transport === 'websocket' || mcp.transport === 'http+sse') return;
  if (score.kind !== 'mcp' || !score.decided) {
    // What looked like it at an earlier phase is not any more.
    mcp.transport = 'unknown';
    return;
  }
  // Only the old transport accepts a question and answers it elsewhere.
  const elsewhere = carry.asks && flow.response?.status === 202 && flow.learned === undefined;
  if (elsewhere) mcp.transport = 'http+sse';
  else if (mcp.transport === 'unknown') mcp.transport = 'streamable-http';
}
