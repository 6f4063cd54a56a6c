// What a filter can ask about: the one catalogue behind parser, both back ends, help, documentation and completion.
//
// A text field may stand for several columns, and a column for several values; it has the values that are not empty.

import type { HttpFlowEvent } from '../event.ts';
import { AUTHENTICATION } from '../inventory/authentication.ts';
import { ACTIONS, DISPOSITIONS, TRAFFIC } from '../verdict.ts';

type ColumnOf<Type> = { [K in keyof HttpFlowEvent]: HttpFlowEvent[K] extends Type ? K : never }[keyof HttpFlowEvent];
export type TextColumn = Exclude<ColumnOf<string>, 'kind'>;
export type ListColumn = ColumnOf<readonly string[]>;
export type NumberColumn = ColumnOf<number>;

interface Described {
  aliases?: readonly string[];
  /** One line, for people. */
  meaning: string;
  example: string;
}

export type Field = Described &
  (
    | { type: 'text'; columns: readonly (TextColumn | ListColumn)[] }
    | { type: 'choice'; columns: readonly [TextColumn]; words: readonly string[] }
    | { type: 'number'; columns: readonly [NumberColumn] }
    | { type: 'network'; columns: readonly [TextColumn] }
    | { type: 'id'; columns: readonly [TextColumn] }
    | { type: 'time'; columns: readonly ['ts']; edge: 'start' | 'end' }
  );

export type FieldType = Field['type'];

export const FIELDS = {
  traffic: {
    type: 'choice',
    columns: ['traffic'],
    words: TRAFFIC,
    meaning: 'class of traffic',
    example: 'traffic:shadow,bypass',
  },
  action: { type: 'choice', columns: ['action'], words: ACTIONS, meaning: 'what policy asked for', example: 'action:block' },
  disposition: {
    type: 'choice',
    columns: ['disposition'],
    words: DISPOSITIONS,
    aliases: ['outcome'],
    meaning: 'what happened',
    example: 'disposition:blocked,redacted',
  },
  confidence: {
    type: 'number',
    columns: ['confidence'],
    meaning: 'how sure the verdict is, 0 to 100',
    example: 'confidence:>=70',
  },
  host: { type: 'text', columns: ['dst_host'], meaning: 'host that was asked', example: 'host:*.example.com' },
  server: {
    type: 'text',
    columns: ['server_key', 'mcp_server_name', 'mcp_servers'],
    meaning: 'MCP server: its key in the inventory, the name it gives itself, or a server named in a call to a model',
    example: 'server:https://mcp.example.com/*',
  },
  url: { type: 'text', columns: ['url'], meaning: 'address that was asked, redacted', example: 'url:*/oauth/*' },
  method: {
    type: 'text',
    columns: ['mcp_method', 'http_method'],
    meaning: 'method of MCP or of HTTP',
    example: 'method:tools/call',
  },
  tool: { type: 'text', columns: ['mcp_tool'], meaning: 'tool that was called', example: 'tool:*delete*' },
  status: { type: 'number', columns: ['status'], meaning: 'HTTP status, 0 without an answer', example: 'status:4xx,>=500' },
  client: { type: 'text', columns: ['mcp_client_name'], meaning: 'name of the MCP client', example: 'client:claude*' },
  agent: { type: 'text', columns: ['user_agent'], meaning: 'user agent', example: 'agent:python*' },
  generation: {
    type: 'text',
    columns: ['mcp_generation'],
    meaning: 'revision of MCP',
    example: 'generation:2024-11-05',
  },
  transport: { type: 'text', columns: ['mcp_transport'], meaning: 'transport of MCP', example: 'transport:http+sse' },
  auth: {
    type: 'choice',
    columns: ['mcp_auth'],
    words: AUTHENTICATION,
    meaning: 'how the client proved who it is to the MCP server',
    example: 'auth:none',
  },
  session: { type: 'text', columns: ['mcp_session_id'], meaning: 'MCP session', example: 'session:3f2a*' },
  user: { type: 'text', columns: ['user_id'], meaning: 'who asked', example: 'user:ana' },
  group: { type: 'text', columns: ['user_groups'], meaning: 'a group of who asked', example: 'group:finance' },
  device: { type: 'text', columns: ['device_id'], meaning: 'device of who asked', example: 'device:laptop-*' },
  net: {
    type: 'network',
    columns: ['src_ip'],
    aliases: ['ip'],
    meaning: 'network or address of the client',
    example: 'net:10.0.0.0/8',
  },
  rule: { type: 'text', columns: ['rules'], meaning: 'id of a rule that matched', example: 'rule:62f746b4-*' },
  signal: { type: 'text', columns: ['signals'], meaning: 'a signal that was seen', example: 'signal:mcp.header.*' },
  policy: {
    type: 'text',
    columns: ['policy_step', 'policy_id'],
    meaning: 'step of policy that decided, or what in it did',
    example: 'policy:exception',
  },
  dlp: { type: 'number', columns: ['dlp_count'], meaning: 'number of DLP findings', example: 'dlp:>0' },
  inspected: {
    type: 'choice',
    columns: ['inspected'],
    words: ['yes', 'passthrough', 'opaque'],
    meaning: 'whether the content was seen',
    example: 'inspected:passthrough',
  },
  error: { type: 'text', columns: ['error'], meaning: 'why the exchange failed', example: 'error:*' },
  duration: { type: 'number', columns: ['duration_ms'], meaning: 'milliseconds it took', example: 'duration:>=2000' },
  sensor: { type: 'text', columns: ['sensor'], meaning: 'appliance that saw it', example: 'sensor:berlin' },
  tenant: { type: 'text', columns: ['tenant'], meaning: 'tenant it belongs to', example: 'tenant:default' },
  id: {
    type: 'id',
    columns: ['event_id'],
    meaning: 'the event itself',
    example: 'id:0193a2b4-5c6d-7e8f-9a0b-1c2d3e4f5a6b',
  },
  since: {
    type: 'time',
    columns: ['ts'],
    edge: 'start',
    aliases: ['from'],
    meaning: 'from then on',
    example: 'since:7d',
  },
  until: {
    type: 'time',
    columns: ['ts'],
    edge: 'end',
    aliases: ['to'],
    meaning: 'before then; a date includes its day',
    example: 'until:2026-11-01',
  },
} as const satisfies Record<string, Field>;

export type FieldName = keyof typeof FIELDS;
export type NameOf<Type extends FieldType> = {
  [Name in FieldName]: (typeof FIELDS)[Name]['type'] extends Type ? Name : never;
}[FieldName];

/** A field as help, documentation and completion show it. */
export interface FieldEntry {
  name: FieldName;
  aliases: readonly string[];
  type: FieldType;
  /** The only values that a `choice` takes. */
  words: readonly string[];
  meaning: string;
  example: string;
}

/** The catalogue, in the order in which people should see it. */
export function fieldsOf(): FieldEntry[] {
  return (Object.entries(FIELDS) as [FieldName, Field][]).map(([name, field]) => ({
    name,
    aliases: field.aliases ?? [],
    type: field.type,
    words: field.type === 'choice' ? field.words : [],
    meaning: field.meaning,
    example: field.example,
  }));
}

const NAMES = new Map(fieldsOf().flatMap(({ name, aliases }) => [name, ...aliases].map((known) => [known, name] as const)));

/** The field that a word means, in any case; undefined if none does. */
export function findField(word: string): FieldName | undefined {
  return NAMES.get(word.toLowerCase());
}

/** Every word that names a field. */
export const fieldWords = (): string[] => [...NAMES.keys()];

/** The columns of a field. @throws Error if there is no such field of this type: trees may come from outside. */
export function fieldOf<Type extends FieldType>(name: string, type: Type): Extract<Field, { type: Type }> {
  const field: Field | undefined = Object.hasOwn(FIELDS, name) ? FIELDS[name as FieldName] : undefined;
  if (field?.type !== type) throw new Error(`a filter has no ${type} field ${JSON.stringify(name)}`);
  return field as Extract<Field, { type: Type }>;
}

const LISTS: ReadonlySet<string> = new Set<ListColumn>(['user_groups', 'rules', 'signals', 'mcp_servers']);

/** Whether a column holds several texts. */
export const isList = (column: TextColumn | ListColumn): column is ListColumn => LISTS.has(column);
