// What the header fields of a request say: the MCP headers of all generations, CORS preflights, tunnels, WebSocket subprotocols.
//
// Names decide, values are checked only where the specification fixes them. A version header on OAuth metadata or token requests
// speaks for `discovery`, not for a session. Mcp-Method and Mcp-Name are taken as facts only with a version that requires them;
// servers of older versions ignore them, so anybody may write anything there. The body, when it comes, wins.

import type { Flow } from '../flow.ts';
import { addSignal, type Draft, generationOf, requestHeader } from './draft.ts';
import { isVersion } from './methods.ts';
import type { Place } from './place.ts';

const MCP_HEADER = /(?:^|[\s,])mcp-(?:protocol-version|session-id|method|name|param-[\w-]+)(?=$|[\s,])/i;
/** From this revision on the headers mirror the body. */
const MIRRORED_SINCE = '2026-07-28';

/** Reads the request headers. */
export function readRequestHeaders(flow: Flow, place: Place, draft: Draft): void {
  const { headers } = flow.request;
  const oauth = isOauthRequest(flow, place);
  for (const name in headers) {
    switch (name.charCodeAt(0)) {
      case 109: // m
        if (name.startsWith('mcp-')) readMcpHeader(name, headers[name] as string, oauth, draft);
        break;
      case 97: // a
        if (name === 'access-control-request-headers') readPreflight(flow, headers[name] as string, oauth, draft);
        else if (name === 'anthropic-beta') readBeta(headers[name] as string, draft);
        else if (name.startsWith('acp-') && /^acp-(connection|session)-id$/.test(name))
          addSignal(draft, 'not.acp', `request.headers.${name}`, '');
        else if (name === 'a2a-version' || name === 'a2a-extensions') addSignal(draft, 'not.a2a', `request.headers.${name}`, '');
        break;
      case 115: // s
        if (name === 'sec-websocket-protocol') readSubprotocol(headers[name] as string, 'request', draft);
        break;
      case 117: // u
        if (name === 'user-agent') readUserAgent(headers[name] as string, draft);
        break;
      case 120: // x
        if (name === 'x-tunnel-mcp-server-info')
          addSignal(draft, 'mcp.tunnel.vendor', `request.headers.${name}`, headers[name] as string);
        break;
    }
  }
}

function readMcpHeader(name: string, value: string, oauth: boolean, draft: Draft): void {
  const where = `request.headers.${name}`;
  if (name === 'mcp-protocol-version') {
    if (oauth) {
      addSignal(draft, 'discovery.version-header', where, value);
      return;
    }
    addSignal(draft, isVersion(value) ? 'mcp.header.protocol-version' : 'mcp.header.malformed', where, value);
    draft.mcp.generation = generationOf(value);
  } else if (name === 'mcp-session-id') {
    addSignal(draft, 'mcp.header.session-id', where, '');
    draft.mcp.sessionId = value.slice(0, 256);
  } else if (name === 'mcp-method') {
    addSignal(draft, 'mcp.header.method', where, value);
  } else if (name === 'mcp-name') {
    addSignal(draft, 'mcp.header.name', where, decodeHeaderValue(value));
  } else if (name.startsWith('mcp-param-')) {
    addSignal(draft, 'mcp.header.param', where, '');
  }
}

/** Takes method, tool, prompt or resource from the headers, where the version makes them trustworthy. */
export function trustHeaders(flow: Flow, draft: Draft): void {
  if (requestHeader(flow, 'mcp-protocol-version') < MIRRORED_SINCE) return;
  const method = requestHeader(flow, 'mcp-method');
  if (method === '') return;
  draft.mcp.method = method.slice(0, 128);
  setSubject(draft, method, decodeHeaderValue(requestHeader(flow, 'mcp-name')));
}

/** Files what a request is about under tool, prompt or resource. */
export function setSubject(draft: Draft, method: string, subject: string): void {
  const short = subject.slice(0, 512);
  if (method === 'tools/call') draft.mcp.tool = short;
  else if (method === 'prompts/get') draft.mcp.prompt = short;
  else if (method.startsWith('resources/')) draft.mcp.resource = short;
}

function readPreflight(flow: Flow, asked: string, oauth: boolean, draft: Draft): void {
  if (flow.request.method !== 'OPTIONS') return;
  const found = MCP_HEADER.exec(asked)?.[0];
  if (found === undefined) return;
  addSignal(draft, oauth ? 'discovery.preflight' : 'mcp.preflight', 'request.headers.access-control-request-headers', found);
}

function readBeta(value: string, draft: Draft): void {
  const found = /\bmcp-(client|tunnels)-\d{4}-\d\d-\d\d/.exec(value);
  if (found === null) return;
  const id = found[1] === 'tunnels' ? 'mcp.tunnel.vendor' : 'llm.hosted.beta';
  addSignal(draft, id, 'request.headers.anthropic-beta', found[0]);
}

function readSubprotocol(value: string, side: 'request' | 'response', draft: Draft): void {
  if (!/(?:^|[\s,])mcp(?=$|[\s,])/i.test(value)) return;
  addSignal(draft, 'mcp.websocket.subprotocol', `${side}.headers.sec-websocket-protocol`, value);
  draft.mcp.transport = 'websocket';
}

function readUserAgent(value: string, draft: Draft): void {
  // Self-declared: strong, never decisive. Only programs that do nothing but MCP; others are named in readAgent.
  const found = /^(?:codex-mcp-client|openai-mcp|slack-mcp-client|amp-mcp-client|mcp-remote|mcporter|mcp-inspector)\//i.exec(
    value,
  );
  if (found !== null) addSignal(draft, 'mcp.client.user-agent', 'request.headers.user-agent', value);
}

/** Names the application of a JSON-RPC POST, if it is one that is known to contain an MCP client. */
export function readAgent(flow: Flow, draft: Draft): void {
  const value = requestHeader(flow, 'user-agent');
  if (/^(?:claude-code|claude-user|opencode|cursor|ai-sdk|microsoftcopilotstudio|grok-connectors-manager)\b/i.test(value)) {
    addSignal(draft, 'mcp.client.agent', 'request.headers.user-agent', value);
  }
  const accept = requestHeader(flow, 'accept');
  if (accept.includes('application/json') && accept.includes('text/event-stream')) {
    addSignal(draft, 'mcp.accept', 'request.headers.accept', accept);
  }
}

/** Reads the response headers. */
export function readResponseHeaders(flow: Flow, draft: Draft): void {
  const headers = flow.response?.headers;
  if (headers === undefined) return;
  const session = headers['mcp-session-id'];
  if (session !== undefined) {
    addSignal(draft, 'mcp.response-header.session-id', 'response.headers.mcp-session-id', '');
    draft.mcp.sessionId ||= session.slice(0, 256);
  }
  const cors = `${headers['access-control-expose-headers'] ?? ''},${headers['access-control-allow-headers'] ?? ''}`;
  if (cors.length > 1) {
    const found = MCP_HEADER.exec(cors)?.[0];
    if (found !== undefined)
      addSignal(draft, 'mcp.response-header.cors', 'response.headers.access-control', found.replace(/^[\s,]+/, ''));
  }
  const protocol = headers['sec-websocket-protocol'];
  if (protocol !== undefined) readSubprotocol(protocol, 'response', draft);
}

/** OAuth metadata and token requests: the version header on them belongs to the steps before a session. */
function isOauthRequest(flow: Flow, place: Place): boolean {
  if (place.path.includes('/.well-known/')) return true;
  if (flow.request.method !== 'POST') return false;
  return requestHeader(flow, 'content-type').startsWith('application/x-www-form-urlencoded') || place.path.endsWith('/register');
}

/** Decodes `=?base64?...?=`, the form of header values that hold more than printable ASCII; other values are returned as they are. */
export function decodeHeaderValue(value: string): string {
  const found = /^=\?base64\?([A-Za-z0-9+/]*={0,2})\?=$/.exec(value);
  if (found === null) return value;
  try {
    const bytes = Uint8Array.from(atob(found[1] as string), (char) => char.charCodeAt(0));
    return new TextDecoder().decode(bytes);
  } catch {
    return value;
  }
}
