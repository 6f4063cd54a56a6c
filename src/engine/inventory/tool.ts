// A tool as its server defines it: what a model gets to read of it, and the form in which that is kept.
//
// The hash covers all of it, however long: name, title, description, schemas, annotations, execution. Order of members does not
// count, nor the order of lists that mean sets (`required`, `enum`, `type`): some servers write those anew each time. `_meta` and
// `icons` are for programs and not covered.

import { storedText } from './visible-text.ts';

/** Hash of a text, hexadecimal; collision resistant, or a changed definition could be made to look like the old one. */
export type HashText = (text: string) => string;

export interface ToolDefinition {
  name: string;
  title: string;
  description: string;
  inputSchema: unknown;
  outputSchema: unknown;
  annotations: unknown;
  hash: string;
}

/** What is stored of a definition: bounded, visible, without credentials. Schemas and annotations are JSON, '' if there is none. */
export interface ToolTexts {
  tool: string;
  title: string;
  description: string;
  input_schema: string;
  output_schema: string;
  annotations: string;
}

/** Characters kept of a name or title, and of a description or schema. */
const MAX_NAME = 256;
export const MAX_KEPT = 8_000;
/** Levels of a schema that are looked at; what lies deeper is left out of every form of it. */
const MAX_DEPTH = 64;
const SETS = new Set(['required', 'enum', 'type']);

/** The definition in an element of a `tools` list; undefined if it has no name. */
export function toolOf(value: unknown, hash: HashText): ToolDefinition | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { name, title, description, inputSchema, outputSchema, annotations, execution } = value as Record<string, unknown>;
  if (typeof name !== 'string' || name === '') return undefined;
  const covered = { name, title, description, inputSchema, outputSchema, annotations, execution };
  return {
    name,
    title: typeof title === 'string' ? title : '',
    description: typeof description === 'string' ? description : '',
    inputSchema,
    outputSchema,
    annotations,
    hash: hash(canonicalTool(covered)),
  };
}

/** JSON with sorted members and sorted sets. */
function canonicalTool(value: unknown): string {
  return JSON.stringify(ordered(value, '', 0, (text) => text)) ?? '';
}

/** The form of a definition that is stored. */
export function storedTool(tool: ToolDefinition): ToolTexts {
  return {
    tool: storedName(tool.name),
    title: storedName(tool.title),
    description: kept(storedText(tool.description.slice(0, 2 * MAX_KEPT))),
    input_schema: storedJson(tool.inputSchema),
    output_schema: storedJson(tool.outputSchema),
    annotations: storedJson(tool.annotations),
  };
}

function storedName(name: string): string {
  return storedText(name.slice(0, MAX_NAME)).slice(0, 2 * MAX_NAME);
}

function storedJson(value: unknown): string {
  return value === undefined ? '' : kept(JSON.stringify(ordered(value, '', 0, storedText)) ?? '');
}

function kept(text: string): string {
  return text.length > MAX_KEPT ? `${text.slice(0, MAX_KEPT)}…` : text;
}

function ordered(value: unknown, member: string, depth: number, form: (text: string) => string): unknown {
  if (typeof value === 'string') return form(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) return null;
  if (Array.isArray(value)) {
    const items = value.map((item) => ordered(item, '', depth + 1, form));
    return SETS.has(member) && items.every((item) => typeof item === 'string') ? items.sort() : items;
  }
  const entries = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [form(key), ordered(inner, key, depth + 1, form)] as const);
  return Object.fromEntries(entries);
}
