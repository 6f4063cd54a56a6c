// The fields a rule may name, and how each is read from a flow.
//
// Every field has two readings: `read` gives the value that is compared, `show` the value that may appear in evidence.
// They differ where the value could hold a credential: headers are shown by value only if their name is known to be
// harmless, URL parts are shown redacted.

import type { Flow } from '../flow.ts';
import { redactUrl } from '../redact-url.ts';
import type { Score } from '../signals/score.ts';
import { splitUrl } from '../url.ts';
import type { McpFacts, Signal } from '../verdict.ts';

/** What a rule is held against. */
export interface RuleInput {
  flow: Flow;
  signals: readonly Signal[];
  mcp: McpFacts;
  score: Score;
}

export type FieldValue = string | number | boolean | readonly string[] | undefined;

export interface Field {
  name: string;
  kind: 'text' | 'texts' | 'number' | 'flag';
  read: (input: RuleInput) => FieldValue;
  show: (input: RuleInput) => string;
}

type Reader = (input: RuleInput) => FieldValue;

const text = (read: Reader, show?: Field['show']): Omit<Field, 'name'> => ({ kind: 'text', read, show: show ?? plainly(read) });
const texts = (read: Reader, show?: Field['show']): Omit<Field, 'name'> => ({ kind: 'texts', read, show: show ?? plainly(read) });
const number = (read: Reader): Omit<Field, 'name'> => ({ kind: 'number', read, show: plainly(read) });
const flag = (read: Reader): Omit<Field, 'name'> => ({ kind: 'flag', read, show: plainly(read) });

/** Empty strings stand for "not seen" in the facts; to a rule they are absent. */
const known = (value: string | undefined): string | undefined => (value === '' ? undefined : value);

const FIELDS: Readonly<Record<string, Omit<Field, 'name'>>> = {
  signal: texts(
    ({ signals }) => signals.map((signal) => signal.id),
    ({ signals }) => signals.map((signal) => signal.id).join(', '),
  ),
  'score.kind': text(({ score }) => score.kind),
  'score.confidence': number(({ score }) => score.confidence),
  'score.decided': flag(({ score }) => score.decided),
  'flow.phase': text(({ flow }) => flow.phase),
  'http.request.method': text(({ flow }) => flow.request.method),
  'http.request.version': text(({ flow }) => flow.request.httpVersion),
  'http.response.status': number(({ flow }) => flow.response?.status),
  'url.scheme': text(({ flow }) => splitUrl(flow.request.url).scheme),
  'url.host': text(({ flow }) => splitUrl(flow.request.url).host),
  'url.path': text(
    ({ flow }) => splitUrl(flow.request.url).path,
    ({ flow }) => splitUrl(redactUrl(flow.request.url)).path,
  ),
  'url.query': text(
    ({ flow }) => known(splitUrl(flow.request.url).query),
    ({ flow }) => splitUrl(redactUrl(flow.request.url)).query,
  ),
  'jsonrpc.method': texts(({ mcp }) => methodsOf(mcp)),
  'jsonrpc.batch': flag(({ mcp }) => mcp.batch),
  'mcp.transport': text(({ mcp }) => mcp.transport),
  'mcp.generation': text(({ mcp }) => known(mcp.generation)),
  'mcp.method': text(({ mcp }) => known(mcp.method)),
  'mcp.tool': text(({ mcp }) => known(mcp.tool)),
  'mcp.resource': text(
    ({ mcp }) => known(mcp.resource),
    ({ mcp }) => redactUrl(mcp.resource),
  ),
  'mcp.prompt': text(({ mcp }) => known(mcp.prompt)),
  'mcp.session': flag(({ mcp }) => mcp.sessionId !== ''),
  'mcp.client.name': text(({ mcp }) => known(mcp.clientName)),
  'mcp.client.version': text(({ mcp }) => known(mcp.clientVersion)),
  'mcp.server.name': text(({ mcp }) => known(mcp.serverName)),
  'mcp.server.version': text(({ mcp }) => known(mcp.serverVersion)),
  'mcp.endpoint': text(
    ({ mcp }) => known(mcp.endpoint),
    ({ mcp }) => redactUrl(mcp.endpoint),
  ),
  'mcp.servers': texts(
    ({ mcp }) => mcp.servers,
    ({ mcp }) => mcp.servers.map(redactUrl).join(', '),
  ),
  'client.address': text(({ flow }) => known(flow.client.address)),
  'user.name': text(({ flow }) => known(flow.principal.user)),
  'user.groups': texts(({ flow }) => flow.principal.groups),
  'server.host': text(({ flow }) => flow.server.host),
  'server.port': number(({ flow }) => flow.server.port),
  'server.address': text(({ flow }) => known(flow.server.address)),
  'server.learned': flag(({ flow }) => flow.learned !== undefined),
  'tls.sni': text(({ flow }) => known(flow.tls.sni)),
  'tls.alpn': text(({ flow }) => known(flow.tls.alpn)),
  'tls.version': text(({ flow }) => known(flow.tls.version)),
  'tls.ja4': text(({ flow }) => known(flow.tls.ja4)),
  'message.direction': text(({ flow }) => flow.message?.direction),
  'message.via': text(({ flow }) => flow.message?.via),
  'message.event': text(({ flow }) => known(flow.message?.event)),
  'message.index': number(({ flow }) => flow.message?.index),
};

/**
 * Fields whose values come in few combinations. `combinationOf` in match.ts names the values of them all: a field belongs here
 * only if it is there.
 */
const RECURRING = new Set([
  'signal',
  'score.kind',
  'score.confidence',
  'score.decided',
  'flow.phase',
  'http.request.method',
  'message.via',
  'message.direction',
]);

/** Whether the readings of a field follow from what match.ts knows a combination of signals by. */
export function isRecurring(name: string): boolean {
  return RECURRING.has(name);
}

const REQUEST_HEADER = 'http.request.header.';
const RESPONSE_HEADER = 'http.response.header.';

/** Headers whose values say what software speaks and how, never who or with which credential. */
const SHOWN_HEADERS = new Set(
  (
    'accept content-type user-agent mcp-protocol-version mcp-method mcp-name sec-websocket-protocol anthropic-beta npm-command ' +
    'access-control-request-headers access-control-expose-headers access-control-allow-headers upgrade a2a-version'
  ).split(' '),
);

/**
 * Looks a field up by the name used in rules.
 *
 * @returns undefined if there is no such field.
 */
export function findField(name: string): Field | undefined {
  if (name.startsWith(REQUEST_HEADER))
    return headerField(name, name.slice(REQUEST_HEADER.length), (flow) => flow.request.headers);
  if (name.startsWith(RESPONSE_HEADER))
    return headerField(name, name.slice(RESPONSE_HEADER.length), (flow) => flow.response?.headers);
  const field = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
  return field && { name, ...field };
}

function headerField(
  name: string,
  header: string,
  headersOf: (flow: Flow) => Flow['request']['headers'] | undefined,
): Field | undefined {
  const key = header.toLowerCase();
  if (!/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(key)) return undefined;
  const read: Reader = ({ flow }) => headersOf(flow)?.[key];
  const show = SHOWN_HEADERS.has(key)
    ? plainly(read)
    : (input: RuleInput) => (read(input) === undefined ? '(absent)' : '(present)');
  return { name, kind: 'text', read, show };
}

/** Names that a rule may use; header fields appear as `http.request.header.NAME`. */
export function fieldNames(): string[] {
  return [...Object.keys(FIELDS), `${REQUEST_HEADER}NAME`, `${RESPONSE_HEADER}NAME`];
}

function methodsOf(mcp: McpFacts): readonly string[] {
  const methods = mcp.requests.map(({ method }) => method).filter((method) => method !== '');
  if (methods.length > 0) return methods;
  return mcp.method === '' ? [] : [mcp.method];
}

function plainly(read: Reader): Field['show'] {
  return (input) => {
    const value = read(input);
    const shown = value === undefined ? '(absent)' : typeof value === 'object' ? value.join(', ') : String(value);
    return shown.length > 200 ? `${shown.slice(0, 199)}…` : shown;
  };
}
