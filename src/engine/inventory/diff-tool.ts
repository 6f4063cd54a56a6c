// What changed between two definitions of a tool: the fields, each with its text before and after, shortened to where they differ.
//
// Order: title, description, annotations, then the schemas member by member. Works on the stored forms. Two definitions that differ
// only in what is not kept (text beyond the bound, credentials, `execution`) give one change that says so.

import type { ToolTexts } from './tool.ts';

export interface ToolChange {
  /** `description`, `input_schema.properties.path.description`, ... */
  field: string;
  /** '' where there was nothing. */
  before: string;
  after: string;
}

/** Changes named; the last one says how many more there are. */
export const MAX_CHANGES = 24;
const MAX_SHOWN = 240;
const MAX_FIELD = 200;
const LEAD = 40;
const PLAIN = ['title', 'description'] as const;
const JSON_FIELDS = ['annotations', 'input_schema', 'output_schema'] as const;

/** The fields that differ; at least one, because it is asked only when the hashes differ. */
export function diffTool(before: ToolTexts, after: ToolTexts): ToolChange[] {
  const changes: ToolChange[] = [];
  for (const field of PLAIN) if (before[field] !== after[field]) changes.push(changeOf(field, before[field], after[field]));
  for (const field of JSON_FIELDS) {
    if (before[field] === after[field]) continue;
    changes.push(...diffJson(field, before[field], after[field]));
  }
  if (changes.length === 0) return [{ field: 'definition', before: '', after: '(differs in a part that is not kept)' }];
  if (changes.length <= MAX_CHANGES) return changes;
  const more = changes.length - MAX_CHANGES + 1;
  return [...changes.slice(0, MAX_CHANGES - 1), { field: '…', before: '', after: `(${more} more changes)` }];
}

function diffJson(field: string, before: string, after: string): ToolChange[] {
  const old = leavesOf(before);
  const now = leavesOf(after);
  if (old === undefined || now === undefined) return [changeOf(field, before, after)];
  const changes: ToolChange[] = [];
  for (const path of new Set([...old.keys(), ...now.keys()])) {
    const was = old.get(path) ?? '';
    const is = now.get(path) ?? '';
    if (was !== is) changes.push(changeOf(`${field}${path}`, was, is));
  }
  return changes;
}

/** Scalars by path; undefined if the text is no JSON (it was cut). */
function leavesOf(text: string): Map<string, string> | undefined {
  const leaves = new Map<string, string>();
  if (text === '') return leaves;
  const walk = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) leaves.set(path, typeof value === 'string' ? value : JSON.stringify(value));
    else {
      const entries = Object.entries(value);
      if (entries.length === 0) leaves.set(path, Array.isArray(value) ? '[]' : '{}');
      for (const [key, inner] of entries) walk(inner, `${path}.${key}`);
    }
  };
  try {
    walk(JSON.parse(text), '');
    return leaves;
  } catch {
    return undefined;
  }
}

function changeOf(field: string, before: string, after: string): ToolChange {
  let same = 0;
  while (same < before.length && same < after.length && before[same] === after[same]) same++;
  const name = field.length > MAX_FIELD ? `${field.slice(0, MAX_FIELD)}…` : field;
  return { field: name, before: windowOf(before, same), after: windowOf(after, same) };
}

/** The text from a little before the first difference. */
function windowOf(text: string, difference: number): string {
  const from = text.length <= MAX_SHOWN ? 0 : Math.max(0, Math.min(difference, text.length) - LEAD);
  const end = from + MAX_SHOWN;
  return `${from > 0 ? '…' : ''}${text.slice(from, end)}${end < text.length ? '…' : ''}`.toWellFormed();
}
