// What an answer says: JSON-RPC results, errors and server messages in the answer to a POST, in an event stream or in a WebSocket.
//
// Documents are never judged by their shape: only answers to a POST, events and messages are read here. A message that a client of
// MCP sends is no answer of a server: it proves less (a relay hands it on, or a log store gives it out), and nothing in the answer
// to a question that was no JSON-RPC itself.

import type { SignalId } from './catalogue.ts';
import { addSignal, type Draft, generationOf } from './draft.ts';
import type { RpcBody, RpcMessage } from './json-rpc.ts';
import { fitMethod, isFromServer, isVersion } from './methods.ts';
import { isList, isObject, memberOf, type Outline, textOf } from './outline.ts';
import { RESERVED } from './request-body.ts';

/** Where the body of an answer is that is neither a stream nor a WebSocket. */
export const DOCUMENT = 'response.body';

const CONTENT_TYPES = new Set(['text', 'image', 'audio', 'resource', 'resource_link']);

/** Reads the JSON-RPC messages of an answer. */
export function readAnswerMessages(body: RpcBody, where: string, draft: Draft): void {
  for (const message of body.messages) {
    if (message.method !== '') readServerMessage(message, where, draft);
    else {
      readResult(message.result, where, draft);
      readError(message.error, where, draft);
    }
  }
}

function readServerMessage({ method, params }: RpcMessage, where: string, draft: Draft): void {
  const own = isFromServer(method);
  if (!own && where === DOCUMENT && !draft.carry.rpc) return;
  if (own) readMeta(params, `${where}.params`, draft);
  const fit = fitMethod(method, params);
  if (fit === 'exact' && own) addSignal(draft, 'mcp.answer.request', `${where}.method`, method);
  else if (fit === 'exact' || fit === 'shared') addSignal(draft, 'mcp.answer.generic', `${where}.method`, method);
}

function readResult(result: Outline | undefined, where: string, draft: Draft): void {
  if (!isObject(result)) return;
  const at = `${where}.result`;
  const info = memberOf(result, 'serverInfo');
  const version = textOf(result, 'protocolVersion');
  if (isVersion(version) && isObject(memberOf(result, 'capabilities')) && isObject(info)) {
    addSignal(draft, 'mcp.answer.initialize', at, version);
    noteServer(info, draft);
    // The version that the server chose is the one that is spoken.
    draft.mcp.generation = generationOf(version);
  }
  const versions = memberOf(result, 'supportedVersions');
  if (isList(versions) && versions.length > 0 && versions.every(isVersion) && isObject(memberOf(result, 'capabilities'))) {
    addSignal(draft, 'mcp.answer.discover', at, versions.join(', '));
  }
  readMeta(result, at, draft);
  if (each(result, 'tools', (tool) => textOf(tool, 'name') !== '' && isObject(memberOf(tool, 'inputSchema'))))
    mark('mcp.answer.tools', 'tools');
  if (each(result, 'resources', (entry) => textOf(entry, 'uri') !== '' && textOf(entry, 'name') !== ''))
    mark('mcp.answer.list', 'resources');
  if (each(result, 'resourceTemplates', (entry) => textOf(entry, 'uriTemplate') !== ''))
    mark('mcp.answer.list', 'resourceTemplates');
  if (each(result, 'contents', (entry) => textOf(entry, 'uri') !== '')) mark('mcp.answer.list', 'contents');
  if (each(result, 'content', (entry) => CONTENT_TYPES.has(textOf(entry, 'type')))) mark('mcp.answer.content', 'content');
  if (textOf(result, 'resultType') === 'input_required' && memberOf(result, 'inputRequests') !== undefined) {
    mark('mcp.answer.input-required', 'resultType');
  }
  if (/^(task|message)$/.test(textOf(result, 'kind'))) addSignal(draft, 'not.a2a', `${at}.kind`, textOf(result, 'kind'));
  if (memberOf(result, 'agentCapabilities') !== undefined) addSignal(draft, 'not.acp', `${at}.agentCapabilities`, '');

  function mark(id: SignalId, member: string): void {
    addSignal(draft, id, `${at}.${member}`, '');
  }
}

function each(result: Outline, name: string, holds: (element: Outline) => boolean): boolean {
  const list = memberOf(result, name);
  return isList(list) && list.length > 0 && list.every(holds);
}

function readMeta(owner: Outline | undefined, where: string, draft: Draft): void {
  const meta = memberOf(owner, '_meta');
  if (!isObject(meta)) return;
  for (const key in meta) {
    if (!key.startsWith(RESERVED)) continue;
    addSignal(draft, 'mcp.answer.meta', `${where}._meta`, key);
    if (key === `${RESERVED}serverInfo`) noteServer(meta[key], draft);
  }
}

function readError(error: Outline | undefined, where: string, draft: Draft): void {
  const code = memberOf(error, 'code');
  if (code === -32020 || code === -32021 || code === -32022)
    addSignal(draft, 'mcp.answer.error', `${where}.error.code`, String(code));
}

function noteServer(info: Outline | undefined, draft: Draft): void {
  draft.mcp.serverName ||= textOf(info, 'name').slice(0, 128);
  draft.mcp.serverVersion ||= textOf(info, 'version').slice(0, 64);
}
