// The log-side equivalent of a rule: a Sigma rule over the events that Daylight stores (columns of http_flow).
//
// Order: every selection is rewritten field by field to columns; what a column cannot say (a header, a phase that is over) makes the
// whole rule fall back to the column `rules`, in which Daylight has written the ids of the rules that matched. Ids are derived
// from the rule's id (RFC 9562 version 5), so an export can be repeated. Sigma specification 2, detection rules.

import { DECIDED } from '../signals/score.ts';
import type { Traffic } from '../verdict.ts';
import type { Rule, Selection } from './schema.ts';

type Value = string | number | boolean;
type SigmaSelection = Record<string, Value | Value[]>;

export interface SigmaRule {
  title: string;
  id: string;
  /** The rule that this one is made from. */
  related: { id: string; type: 'derived' }[];
  status: Rule['status'];
  description: string;
  references?: string[];
  author: string;
  date: string;
  modified?: string;
  tags?: string[];
  logsource: { product: 'daylight'; category: 'proxy' };
  detection: Record<string, string | SigmaSelection | SigmaSelection[]>;
  /** Columns worth showing with a hit. */
  fields: string[];
  falsepositives: string[];
  level: Rule['level'];
}

/** SHA-1 of bytes; handed in, as the engine computes no digests itself. */
export type Sha1 = (bytes: Uint8Array) => Uint8Array;

/** The name space of exported ids (RFC 9562 section 6.5); never changes. */
const NAMESPACE = '5c0b7a0e-2f7e-4c0c-9b59-6d1f8d6b3a11';
const SHOWN = [
  'ts',
  'user_id',
  'src_ip',
  'server_key',
  'url',
  'traffic',
  'disposition',
  'mcp_method',
  'mcp_tool',
  'mcp_client_name',
];

/** Fields of rules that are columns under another name. */
const COLUMNS: Readonly<Record<string, string>> = {
  signal: 'signals',
  'score.confidence': 'confidence',
  'http.request.method': 'http_method',
  'http.request.version': 'http_version',
  'http.request.header.user-agent': 'user_agent',
  'http.response.status': 'status',
  'http.response.header.content-type': 'content_type',
  'url.path': 'path',
  'mcp.transport': 'mcp_transport',
  'mcp.generation': 'mcp_generation',
  'mcp.method': 'mcp_method',
  'mcp.tool': 'mcp_tool',
  'mcp.resource': 'mcp_resource',
  'mcp.prompt': 'mcp_prompt',
  'mcp.client.name': 'mcp_client_name',
  'mcp.client.version': 'mcp_client_version',
  'mcp.server.name': 'mcp_server_name',
  'mcp.server.version': 'mcp_server_version',
  'mcp.servers': 'mcp_servers',
  'client.address': 'src_ip',
  'user.name': 'user_id',
  'user.groups': 'user_groups',
  'server.host': 'dst_host',
  'server.port': 'dst_port',
  'server.address': 'dst_ip',
  'tls.sni': 'sni',
  'tls.alpn': 'alpn',
  'tls.version': 'tls_version',
  'tls.ja4': 'ja4',
};

/** What the column `traffic` holds where the signals speak for a kind; policy may have given it another name. */
const TRAFFIC_OF: Readonly<Record<string, Traffic[]>> = {
  mcp: ['shadow', 'bypass', 'approved', 'portal'],
  hosted: ['hosted', 'portal'],
  attached: ['attached', 'portal'],
  discovery: ['discovery', 'portal'],
  install: ['install', 'portal'],
  none: ['none'],
};

/** The Sigma rule for a rule of Daylight. */
export function toSigma(rule: Rule, sha1: Sha1): SigmaRule {
  const { title, id, status, description, references, author, date, modified, tags, falsepositives, level } = rule;
  return {
    title,
    id: uuidFor(id, sha1),
    related: [{ id, type: 'derived' }],
    status,
    description,
    ...(references.length > 0 && { references }),
    author,
    date,
    ...(modified !== undefined && { modified }),
    ...(tags.length > 0 && { tags }),
    logsource: { product: 'daylight', category: 'proxy' },
    detection: detectionOf(rule),
    fields: SHOWN,
    falsepositives,
    level,
  };
}

function detectionOf({ id, detection }: Rule): SigmaRule['detection'] {
  const { condition, ...selections } = detection;
  const rewritten: SigmaRule['detection'] = {};
  for (const [name, selection] of Object.entries(selections)) {
    const columns = rewriteSelection(selection as Selection);
    if (columns === undefined) return { matched: { rules: id }, condition: 'matched' };
    rewritten[name] = columns;
  }
  return { ...rewritten, condition };
}

/** @returns undefined if some field of it is no column. */
function rewriteSelection(selection: Selection): SigmaSelection | SigmaSelection[] | undefined {
  if (!Array.isArray(selection)) return rewriteFields(selection);
  const maps: SigmaSelection[] = [];
  for (const each of selection) {
    const map = rewriteFields(each);
    if (map === undefined) return undefined;
    maps.push(map);
  }
  return maps;
}

function rewriteFields(fields: Exclude<Selection, unknown[]>): SigmaSelection | undefined {
  const columns: SigmaSelection = {};
  for (const [key, value] of Object.entries(fields)) {
    const rewritten = rewriteField(key, value);
    // Two fields of a rule may become one column, of which Sigma's map can hold only one.
    if (rewritten === undefined || rewritten[0] in columns) return undefined;
    columns[rewritten[0]] = rewritten[1];
  }
  return columns;
}

function rewriteField(key: string, value: Value | Value[]): [string, Value | Value[]] | undefined {
  const [field = '', ...modifiers] = key.split('|');
  if (field === 'score.decided' && modifiers.length === 0) return [value === true ? 'confidence|gte' : 'confidence|lt', DECIDED];
  if (field === 'score.kind' && modifiers.length === 0) {
    return ['traffic', [...new Set([value].flat().flatMap((kind) => TRAFFIC_OF[String(kind)] ?? []))]];
  }
  if (field === 'message.via' && value === 'websocket') return ['mcp_transport', 'websocket'];
  const column = COLUMNS[field];
  if (column === undefined) return undefined;
  // An empty text stands for "not seen" in the columns; that something is there can only be said by a condition.
  if (modifiers.includes('exists')) return value === false ? [column, ''] : undefined;
  const name = [column, ...modifiers].join('|');
  return [name, modifiers.includes('re') ? value : mapValue(value, escapeWildcards)];
}

function mapValue(value: Value | Value[], change: (text: string) => string): Value | Value[] {
  const one = (each: Value): Value => (typeof each === 'string' ? change(each) : each);
  return Array.isArray(value) ? value.map(one) : one(value);
}

/** `*` and `?` are wildcards to Sigma, and the backslash takes that away. */
function escapeWildcards(text: string): string {
  return text.replace(/\\(?=[*?\\])|[*?]/g, '\\$&');
}

/** RFC 9562 section 5.5. */
function uuidFor(name: string, sha1: Sha1): string {
  const space = Uint8Array.from(NAMESPACE.replaceAll('-', '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const hash = sha1(Uint8Array.of(...space, ...new TextEncoder().encode(name)));
  const bytes = hash.slice(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
