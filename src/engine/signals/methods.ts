// The methods of all MCP revisions, and how far a message with such a method is MCP.
//
// `exact`: name and parameters are those of MCP and of nothing else known. `shared`: another service could use the same name with
// the same parameters. `other`: the name is MCP's, the parameters are not. Order: table of methods, then the check of its
// parameters; a method that is not in the table says nothing (any server may define its own).

import { isList, isObject, memberOf, type Outline, textOf } from './outline.ts';

export type MethodFit = 'initialize' | 'exact' | 'shared' | 'ping' | 'other' | 'unknown';

type Check = (params: Outline | undefined) => MethodFit;

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const LEVELS = new Set(['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency']);

/** A protocol version of MCP is a date. */
export function isVersion(value: Outline | undefined): value is string {
  return typeof value === 'string' && value.length === 10 && DATE.test(value);
}

/** No parameters, or none but these. */
function only(params: Outline | undefined, ...names: string[]): boolean {
  if (params === undefined) return true;
  if (!isObject(params)) return false;
  for (const key in params) {
    if (key !== '_meta' && !names.includes(key)) return false;
  }
  return true;
}

const isText = (params: Outline | undefined, name: string): boolean => typeof memberOf(params, name) === 'string';

function isToken(value: Outline | undefined): boolean {
  return typeof value === 'string' || typeof value === 'number';
}

const exactIf = (ok: boolean): MethodFit => (ok ? 'exact' : 'other');

// Servers take members that they do not know, so a foreign member makes a message less certain, but does not clear it.
const sharedIf = (ok: boolean): MethodFit => (ok ? 'shared' : 'other');
const list: Check = (params) => (only(params, 'cursor') ? 'exact' : sharedIf(isObject(params)));
const bare: Check = (params) => (only(params) ? 'exact' : sharedIf(isObject(params)));
const withUri: Check = (params) => exactIf(isText(params, 'uri'));
const withName: Check = (params) => {
  const values = memberOf(params, 'arguments');
  return exactIf(isText(params, 'name') && (values === undefined || isObject(values)));
};
const task: Check = (params) => exactIf(isText(params, 'taskId') && memberOf(params, 'id') === undefined);

const initialize: Check = (params) => {
  const dated = isVersion(memberOf(params, 'protocolVersion'));
  const capabilities = memberOf(params, 'capabilities');
  const info = memberOf(params, 'clientInfo');
  if (!dated || memberOf(params, 'processId') !== undefined) return 'other';
  if (isObject(capabilities) && isText(info, 'name')) return 'initialize';
  return isObject(capabilities) || isObject(info) ? 'shared' : 'other';
};

const CHECKS = new Map<string, Check>([
  ['initialize', initialize],
  ['server/discover', (params) => sharedIf(only(params))],
  ['subscriptions/listen', (params) => exactIf(isObject(memberOf(params, 'notifications')))],
  ['ping', (params) => (only(params) ? 'ping' : 'other')],
  ['tools/list', list],
  ['tools/call', withName],
  ['resources/list', (params) => (!only(params, 'cursor') ? 'other' : isText(params, 'cursor') ? 'exact' : 'shared')],
  ['resources/templates/list', list],
  ['resources/read', withUri],
  ['resources/subscribe', withUri],
  ['resources/unsubscribe', withUri],
  ['resources/directory/read', withUri],
  ['prompts/list', list],
  [
    'prompts/get',
    (params) => exactIf(isText(params, 'name') && only(params, 'name', 'arguments', 'inputResponses', 'requestState')),
  ],
  ['completion/complete', (params) => exactIf(textOf(memberOf(params, 'ref'), 'type').startsWith('ref/'))],
  ['logging/setLevel', (params) => exactIf(LEVELS.has(textOf(params, 'level')))],
  [
    'sampling/createMessage',
    (params) => exactIf(isList(memberOf(params, 'messages')) && typeof memberOf(params, 'maxTokens') === 'number'),
  ],
  ['roots/list', (params) => sharedIf(only(params))],
  [
    'elicitation/create',
    (params) => exactIf(isText(params, 'message') && (isObject(memberOf(params, 'requestedSchema')) || isText(params, 'url'))),
  ],
  ['tasks/get', task],
  ['tasks/result', task],
  ['tasks/cancel', task],
  ['tasks/update', task],
  ['tasks/list', (params) => sharedIf(only(params, 'cursor'))],
  ['skills/list', (params) => sharedIf(only(params, 'cursor'))],
  ['skills/get', (params) => sharedIf(isText(params, 'uri'))],
  ['notifications/initialized', bare],
  ['notifications/cancelled', (params) => exactIf(isToken(memberOf(params, 'requestId')))],
  [
    'notifications/progress',
    (params) => exactIf(isToken(memberOf(params, 'progressToken')) && typeof memberOf(params, 'progress') === 'number'),
  ],
  ['notifications/message', (params) => exactIf(LEVELS.has(textOf(params, 'level')) && memberOf(params, 'data') !== undefined)],
  ['notifications/resources/updated', (params) => exactIf(isText(params, 'uri'))],
  ['notifications/resources/list_changed', bare],
  ['notifications/tools/list_changed', bare],
  ['notifications/prompts/list_changed', bare],
  ['notifications/roots/list_changed', bare],
  ['notifications/tasks', task],
  ['notifications/tasks/status', task],
  ['notifications/elicitation/complete', (params) => exactIf(isText(params, 'elicitationId'))],
  ['notifications/subscriptions/acknowledged', (params) => exactIf(isObject(memberOf(params, 'notifications')))],
]);

/** How far a JSON-RPC message with this method and these parameters is MCP. */
export function fitMethod(method: string, params: Outline | undefined): MethodFit {
  return CHECKS.get(method)?.(params) ?? 'unknown';
}

const FROM_SERVER = /^(?:ping|roots\/list|sampling\/|elicitation\/|tasks\/|notifications\/(?!initialized$|roots\/))/;

/** Whether a server of MCP sends this method; the others are for clients to send. */
export function isFromServer(method: string): boolean {
  return FROM_SERVER.test(method);
}

/** What a method names besides itself: a tool, a prompt, a resource or a task ('' if nothing). */
export function subjectOf(method: string, params: Outline | undefined): string {
  if (method === 'tools/call' || method === 'prompts/get') return textOf(params, 'name');
  if (method.startsWith('tasks/')) return textOf(params, 'taskId');
  return method.startsWith('resources/') ? textOf(params, 'uri') : '';
}

export type LookAlike = 'not.a2a' | 'not.acp' | 'not.lsp';

/** The neighbouring protocol that a message belongs to, undefined if none is recognised. */
export function lookAlike(method: string, params: Outline | undefined): LookAlike | undefined {
  if (method === 'initialize') {
    if (typeof memberOf(params, 'protocolVersion') === 'number') return 'not.acp';
    if (memberOf(params, 'processId') !== undefined || memberOf(params, 'rootUri') !== undefined) return 'not.lsp';
    return memberOf(memberOf(params, 'capabilities'), 'textDocument') === undefined ? undefined : 'not.lsp';
  }
  if (method.startsWith('message/') || method.startsWith('agent/') || method === 'tasks/resubscribe') return 'not.a2a';
  if (method.startsWith('tasks/')) {
    const a2a = method.startsWith('tasks/pushNotificationConfig/') || memberOf(params, 'id') !== undefined;
    return a2a && memberOf(params, 'taskId') === undefined ? 'not.a2a' : undefined;
  }
  if (/^(SendMessage|SendStreamingMessage|GetTask|CancelTask|SubscribeToTask)$/.test(method)) return 'not.a2a';
  if (method.startsWith('session/') || method.startsWith('fs/') || method.startsWith('terminal/')) return 'not.acp';
  if (/^(\$\/|textDocument\/|workspace\/|window\/|build\/|initialized$)/.test(method)) return 'not.lsp';
  return undefined;
}
