// What calls to model APIs say about MCP. Told apart by structure only, never by text in a prompt, and by no host name.
//
// `hosted`: the vendor's cloud is to call an MCP server: tools of type mcp, lists of servers, approvals, calls in the history, calls
// in the answer. `attached`: the names of the tools that the client offers show the MCP servers behind it, which is the only trace
// that local servers leave on the network.

import { redactUrl } from '../redact-url.ts';
import { addServer, addSignal, type Draft } from './draft.ts';
import { isList, isObject, memberOf, type Outline, textOf } from './outline.ts';
import type { Place } from './place.ts';

const HOSTED_ITEMS = new Set([
  'mcp_list_tools',
  'mcp_call',
  'mcp_approval_request',
  'mcp_tool_use',
  'mcp_tool_result',
  'mcp_tool_listing',
  'mcp_server_tool_call',
  'mcp_server_tool_result',
]);

const NO_ITEMS: readonly Outline[] = [];

/** Reads the body of a request to a model API, or a message to a realtime API. */
export function readModelRequest(root: Outline | undefined, place: Place, where: string, draft: Draft): void {
  if (!isObject(root)) return;
  for (const owner of [
    root,
    memberOf(root, 'session'),
    memberOf(root, 'response'),
    memberOf(root, 'agent'),
    memberOf(root, 'request'),
    memberOf(root, 'config'),
  ]) {
    if (owner === undefined) continue;
    for (const tool of items(owner, 'tools')) readTool(tool, `${where}.tools`, draft);
    readServers(memberOf(owner, 'mcp_servers'), `${where}.mcp_servers`, draft);
  }
  for (const name of ['input', 'messages']) {
    for (const item of items(root, name)) readHistory(item, `${where}.${name}`, draft);
  }
  readConnector(root, place, where, draft);
}

/** Connectors and credentials that are kept at the vendor for later calls. */
function readConnector(root: Outline, place: Place, where: string, draft: Draft): void {
  const credential = memberOf(root, 'auth');
  if (textOf(credential, 'type') === 'mcp_oauth') noteConnector(textOf(credential, 'mcp_server_url'), `${where}.auth`, draft);
  if (!place.path.includes('/v1/connectors')) return;
  if (/\/v1\/connectors\/[^/]+\/tools\/[^/]+\/call$/.test(place.path)) {
    addSignal(draft, 'llm.hosted.connector', 'request.url.path', place.path);
    return;
  }
  const server = textOf(root, 'server') || textOf(root, 'server_url') || textOf(root, 'url');
  if (isUrl(server)) noteConnector(server, `${where}.server`, draft);
}

function noteConnector(url: string, where: string, draft: Draft): void {
  addSignal(draft, 'llm.hosted.connector', where, redactUrl(url));
  addServer(draft, redactUrl(url));
}

/** Reads the answer of a model API: a document, or one event of a stream. */
export function readModelAnswer(root: Outline | undefined, where: string, draft: Draft): void {
  if (!isObject(root)) return;
  const type = textOf(root, 'type');
  if (type.startsWith('response.mcp_') || type.startsWith('mcp_list_tools.'))
    addSignal(draft, 'llm.hosted.answer', `${where}.type`, type);
  for (const owner of [root, memberOf(root, 'response')]) {
    for (const name of ['output', 'outputs', 'steps', 'content']) {
      for (const item of items(owner, name)) readItem(item, `${where}.${name}`, draft);
    }
  }
  for (const name of ['item', 'step', 'content_block']) readItem(memberOf(root, name), `${where}.${name}`, draft);
}

function readTool(tool: Outline, where: string, draft: Draft): void {
  const type = textOf(tool, 'type');
  if (type === 'mcp' && isHostedTool(tool)) {
    addSignal(draft, 'llm.hosted.tool', where, serverOf(tool));
    addServer(draft, serverOf(tool));
    return;
  }
  if (type === 'mcp_server' && isUrl(textOf(tool, 'url'))) {
    addSignal(draft, 'llm.hosted.tool', where, redactUrl(textOf(tool, 'url')));
    addServer(draft, redactUrl(textOf(tool, 'url')));
    return;
  }
  if (type === 'mcp_toolset') addSignal(draft, 'llm.hosted.toolset', where, textOf(tool, 'mcp_server_name'));
  if (type === 'connector' && textOf(tool, 'connector_id') !== '') {
    addSignal(draft, 'llm.hosted.connector', where, textOf(tool, 'connector_id'));
    addServer(draft, textOf(tool, 'connector_id'));
  }
  readServers(memberOf(tool, 'mcpServers'), `${where}.mcpServers`, draft);
  readServers(memberOf(tool, 'mcp_servers'), `${where}.mcp_servers`, draft);
  readToolName(textOf(tool, 'name') || textOf(memberOf(tool, 'function'), 'name'), where, draft);
  for (const name of ['functionDeclarations', 'function_declarations', 'tools']) {
    for (const inner of items(tool, name))
      readToolName(textOf(inner, 'name') || textOf(memberOf(inner, 'function'), 'name'), `${where}.${name}`, draft);
  }
}

function isHostedTool(tool: Outline): boolean {
  return ['server_label', 'server_url', 'connector_id', 'tunnel_id'].some((name) => textOf(tool, name) !== '');
}

function serverOf(tool: Outline): string {
  const url = textOf(tool, 'server_url');
  return url === '' ? textOf(tool, 'connector_id') || textOf(tool, 'tunnel_id') || textOf(tool, 'server_label') : redactUrl(url);
}

function readServers(servers: Outline | undefined, where: string, draft: Draft): void {
  if (!isList(servers)) return;
  for (const server of servers) {
    const transport = memberOf(server, 'streamableHttpTransport') ?? memberOf(server, 'streamable_http_transport');
    const url = textOf(server, 'url') || textOf(transport, 'url');
    if (!isUrl(url)) continue;
    addSignal(draft, 'llm.hosted.servers', where, redactUrl(url));
    addServer(draft, redactUrl(url));
  }
}

function readHistory(item: Outline, where: string, draft: Draft): void {
  const type = textOf(item, 'type');
  if (type === 'mcp_approval_response') addSignal(draft, 'llm.hosted.approval', where, type);
  else if (HOSTED_ITEMS.has(type)) addSignal(draft, 'llm.hosted.history', where, type);
  for (const part of items(item, 'content')) {
    if (HOSTED_ITEMS.has(textOf(part, 'type'))) addSignal(draft, 'llm.hosted.history', `${where}.content`, textOf(part, 'type'));
  }
}

function readItem(item: Outline | undefined, where: string, draft: Draft): void {
  const type = textOf(item, 'type');
  if (!HOSTED_ITEMS.has(type)) return;
  addSignal(draft, 'llm.hosted.answer', where, type);
  // The answer names by label what the request named by address; approvals are for addresses.
  if (draft.mcp.servers.length === 0) addServer(draft, textOf(item, 'server_label') || textOf(item, 'server_name'));
}

function readToolName(name: string, where: string, draft: Draft): void {
  if (!/mcp/i.test(name)) return;
  const server = /^mcp__(.+?)(?:__|$)/.exec(name) ?? /^mcp_([A-Za-z0-9-]+)_./.exec(name);
  if (server !== null) {
    addSignal(draft, 'llm.attached.tool', where, name);
    addServer(draft, server[1] as string);
  } else if (/^(?:list_mcp_resources|list_mcp_resource_templates|ListMcpResourcesTool)$/.test(name)) {
    addSignal(draft, 'llm.attached.resources', where, name);
  } else if (
    /^(?:read_mcp_resource|ReadMcpResourceTool)$/.test(name) &&
    draft.signals.some(({ id }) => id.startsWith('llm.attached.'))
  ) {
    // Some agents offer this tool without any server, so alone it says nothing.
    addSignal(draft, 'llm.attached.read-resource', where, name);
  }
}

const LIST_HEAD = /available-deferred-tools|deferred tools|### MCP servers/i;
const LIST_LENGTH = 16_384;
/** A name in such a list; in JSON text a line break is the two characters `\n`. */
const LISTED = /(?<=^|[\s,`"*-]|\\n)mcp__([A-Za-z0-9-]{1,64}(?:_[A-Za-z0-9-]{1,64}){0,8}?)__[A-Za-z0-9]/g;
/** A name that is a whole string or a whole line, as in calls of the history and in lists under other headings. */
const ALONE = /(?<="|\\n)mcp__([A-Za-z0-9-]{1,64}(?:_[A-Za-z0-9-]{1,64}){0,8}?)__[\w-]{1,128}(?="|\\n)/g;
const MAX_NAMES = 64;

/** Reads the names of tools that an agent writes into its prompt instead of declaring them. */
export function readToolList(text: string, root: Outline | undefined, where: string, draft: Draft): void {
  if (!text.includes('mcp__') || !['messages', 'input', 'contents'].some((name) => isList(memberOf(root, name)))) return;
  const head = LIST_HEAD.exec(text);
  if (head !== null) addNames(text.slice(head.index, head.index + LIST_LENGTH), LISTED, where, draft);
  addNames(text, ALONE, where, draft);
}

function addNames(text: string, pattern: RegExp, where: string, draft: Draft): void {
  let count = 0;
  for (const found of text.matchAll(pattern)) {
    if (++count > MAX_NAMES) return;
    addSignal(draft, 'llm.attached.list', where, found[0]);
    addServer(draft, found[1] as string);
  }
}

function items(owner: Outline | undefined, name: string): readonly Outline[] {
  const list = memberOf(owner, name);
  return isList(list) ? list : NO_ITEMS;
}

function isUrl(text: string): boolean {
  return /^(?:https?|wss?):\/\//i.test(text);
}
