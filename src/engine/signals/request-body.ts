// What the body of a request says, as JSON-RPC: whether a message of it is MCP, and what it asks for.
//
// The same reading serves POST bodies and WebSocket messages. Order: cheap search for words without which there is nothing to find,
// outline, messages, then per message the look-alikes, the `_meta` members, the method and its parameters.
// A message in a body that is declared to be something else (a vendor's document type, newline-delimited JSON), sent with another
// method than POST, or followed by garbage counts as strong only, until the answer confirms it: it may be a document about MCP.

import type { Flow } from '../flow.ts';
import type { RpcRequest, Signal } from '../verdict.ts';
import { SIGNALS, type SignalId } from './catalogue.ts';
import { addSignal, type Draft, generationOf, requestHeader } from './draft.ts';
import { decodeHeaderValue, setSubject } from './headers.ts';
import { type RpcBody, type RpcMessage, requestsOf } from './json-rpc.ts';
import { fitMethod, isVersion, lookAlike, subjectOf } from './methods.ts';
import { isList, isObject, type JsonOutline, memberOf, type Outline, textOf } from './outline.ts';

/** The prefix of the `_meta` members that MCP reserves. */
export const RESERVED = 'io.modelcontextprotocol/';
const MAX_REQUESTS = 257;
/** Stands for what a server may read in another way (members named twice), what is beyond where a batch was read, or unreadable. */
export const UNCLEAR: RpcRequest = Object.freeze({ id: undefined, method: '' });

/** Whether a text can hold anything that this folder looks for. Escapes could hide it, so they count. */
export function mayMatter(text: string): boolean {
  return (
    /jsonrpc/i.test(text) ||
    text.includes('mcp') ||
    text.includes('\\u') ||
    text.includes('McpResource') ||
    text.includes('redirect_uris') ||
    text.includes('"connector')
  );
}

/** Reads the JSON-RPC messages of a request. */
export function readRequestMessages(body: RpcBody, outline: JsonOutline, where: string, doubt: boolean, draft: Draft): void {
  const { carry, mcp } = draft;
  carry.rpc = true;
  if (body.batch) mcp.batch = true;
  addRequests(requestsOf(body), draft);
  if (outline.duplicates.length > 0 || (body.batch && outline.truncated)) addRequests([UNCLEAR], draft);
  const found: Signal[] = [];
  for (const message of body.messages) readMessage(message, where, found, draft);
  for (const variant of body.variants) readMessage(variant, where, found, draft);
  if (found.length > 0) {
    if (body.variants.length > 0) addSignal(draft, 'mcp.evasion.duplicate-key', where, '');
    if (outline.escapedKeys) addSignal(draft, 'mcp.evasion.escaped', where, '');
  }
  for (const signal of found) {
    if (doubt && signal.weight === 'decisive') {
      carry.held = [...carry.held, signal];
      addSignal(draft, 'mcp.body.generic', signal.where, signal.value);
    } else addSignal(draft, signal.id as SignalId, signal.where, signal.value);
  }
}

/** Notes what is asked. What came last is what is judged now. */
export function addRequests(requests: readonly RpcRequest[], { mcp }: Draft): void {
  mcp.requests = [...mcp.requests, ...requests].slice(-MAX_REQUESTS);
}

function readMessage(message: RpcMessage, where: string, found: Signal[], draft: Draft): void {
  const { method, params } = message;
  if (message.id !== undefined && method !== '') draft.carry.asks = true;
  if (method === '') {
    readClientResult(message.result, where, found);
    return;
  }
  const meta = metaKey(params);
  const fit = fitMethod(method, params);
  const twin = meta === '' && fit !== 'exact' && fit !== 'initialize' ? lookAlike(method, params) : undefined;
  if (/^mcp\/(?:connect|message|disconnect)$/.test(method)) addSignal(draft, 'llm.attached.session', `${where}.method`, method);
  if (twin !== undefined) {
    addSignal(draft, twin, `${where}.method`, method);
    const handed = memberOf(params, 'mcpServers');
    if (method.startsWith('session/') && isList(handed) && handed.length > 0) {
      addSignal(
        draft,
        'llm.attached.session',
        `${where}.params.mcpServers`,
        handed.map((server) => textOf(server, 'name')).join(', '),
      );
    }
    return;
  }
  if (meta !== '') push(found, 'mcp.body.meta', `${where}.params._meta`, meta);
  if (fit === 'initialize') {
    push(found, 'mcp.body.initialize', `${where}.params`, textOf(params, 'protocolVersion'));
  } else if (fit === 'exact') push(found, 'mcp.body.method', `${where}.method`, method);
  else if (fit === 'shared') push(found, 'mcp.body.generic', `${where}.method`, method);
  else if (fit === 'ping' && draft.signals.length > 0) push(found, 'mcp.body.ping', `${where}.method`, method);
  if (found.length > 0 || draft.signals.length > 0) noteFacts(message, draft);
}

function push(found: Signal[], id: SignalId, where: string, value: string): void {
  found.push({ id, where, value, weight: SIGNALS[id].weight });
}

function metaKey(params: Outline | undefined): string {
  const meta = memberOf(params, '_meta');
  if (!isObject(meta)) return '';
  for (const key in meta) if (key.startsWith(RESERVED)) return key;
  return '';
}

function noteFacts({ method, params }: RpcMessage, draft: Draft): void {
  const { mcp } = draft;
  const first = mcp.requests[0]?.method === method;
  if (first || mcp.method === '') mcp.method = method.slice(0, 128);
  const subject = subjectOf(method, params);
  if (subject !== '') setSubject(draft, method, subject);
  const meta = memberOf(params, '_meta');
  const info = memberOf(params, 'clientInfo') ?? memberOf(meta, `${RESERVED}clientInfo`);
  mcp.clientName ||= textOf(info, 'name').slice(0, 128);
  mcp.clientVersion ||= textOf(info, 'version').slice(0, 64);
  const version =
    textOf(meta, `${RESERVED}protocolVersion`) || (method === 'initialize' ? textOf(params, 'protocolVersion') : '');
  if (isVersion(version) && mcp.generation === '') mcp.generation = generationOf(version);
}

/** Answers that a client gives to the three questions an MCP server may ask. */
function readClientResult(result: Outline | undefined, where: string, found: Signal[]): void {
  const roots = memberOf(result, 'roots');
  if (isList(roots) && roots.every((root) => textOf(root, 'uri').startsWith('file:')))
    push(found, 'mcp.body.result', `${where}.result.roots`, '');
  else if (textOf(result, 'role') !== '' && textOf(result, 'model') !== '' && memberOf(result, 'content') !== undefined) {
    push(found, 'mcp.body.result', `${where}.result.role`, '');
  } else if (/^(accept|decline|cancel)$/.test(textOf(result, 'action')))
    push(found, 'mcp.body.result', `${where}.result.action`, '');
}

/** Compares the headers with the body. A mismatch is a finding of its own: somebody wants an inspector to read something else. */
export function compareHeaders(flow: Flow, body: RpcBody, draft: Draft): void {
  const message = body.messages[0];
  if (message === undefined || message.method === '' || body.batch) return;
  const method = requestHeader(flow, 'mcp-method');
  if (method !== '' && method !== message.method) {
    addSignal(draft, 'mcp.mismatch.method', 'request.headers.mcp-method', `${method} / ${message.method}`);
  }
  const name = decodeHeaderValue(requestHeader(flow, 'mcp-name'));
  const subject = subjectOf(message.method, message.params);
  if (name !== '' && subject !== '' && name !== subject) {
    addSignal(draft, 'mcp.mismatch.name', 'request.headers.mcp-name', `${name} / ${subject}`);
  }
  const version = requestHeader(flow, 'mcp-protocol-version');
  const inner = textOf(memberOf(message.params, '_meta'), `${RESERVED}protocolVersion`);
  if (version !== '' && inner !== '' && version !== inner) {
    addSignal(draft, 'mcp.mismatch.version', 'request.headers.mcp-protocol-version', `${version} / ${inner}`);
  }
}
