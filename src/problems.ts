// Says what is wrong with data that a person wrote: which key, the value found, and what would be right; never a secret.
// Where it is wrong (file and line, variable, flag) is for the caller to say.

import { z } from 'zod';
import { suggest } from './engine/nearest.ts';

export type KeyPath = readonly PropertyKey[];

/** One thing that is wrong. `path` leads to the key; `message` starts with the dotted path and names value and fix. */
export interface Problem {
  path: KeyPath;
  message: string;
}

/** Every issue of a failed parse as a sentence. `data` is what was parsed, `schema` what it was parsed with. */
export function describeIssues(issues: readonly z.core.$ZodIssue[], data: unknown, schema: z.ZodType): Problem[] {
  const shape = shapeOf(schema);
  return issues.flatMap((issue) => describe(issue, data, shape));
}

function describe(issue: z.core.$ZodIssue, data: unknown, root: Shape): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(shapeAt(root, issue.path));
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      message: `${dotted([...issue.path, key])}: unknown key; ${suggest(key, known, 'known keys')}`,
    }));
  }
  const inner =
    issue.code === 'invalid_union' ? issue.errors.find((branch) => branch.some(({ path }) => path.length > 0)) : undefined;
  // The value has the form of one branch: what is wrong is inside it.
  if (inner) return inner.flatMap((part) => describe({ ...part, path: [...issue.path, ...part.path] }, data, root));
  const value = valueAt(data, issue.path);
  const shape = shapeAt(root, issue.path);
  const expected = ownMessage(issue) ?? expectation(issue, shape, value);
  // Checks of several keys together say themselves which one is missing.
  if (value === undefined && expected.startsWith('is missing'))
    return [{ path: issue.path, message: `${dotted(issue.path)}: ${expected}` }];
  const found = value === undefined ? 'is missing' : `is ${show(issue.path, value)}`;
  return [{ path: issue.path, message: `${dotted(issue.path)}: ${found}; ${expected}` }];
}

/** What the schema itself says about a wrong value, if it says anything; of a union, what the branch says that came nearest. */
function ownMessage(issue: z.core.$ZodIssue): string | undefined {
  if (!/^(Invalid|Too )/.test(issue.message)) return issue.message;
  if (issue.code !== 'invalid_union') return undefined;
  return issue.errors
    .flat()
    .map(ownMessage)
    .find((message) => message !== undefined);
}

function expectation(issue: z.core.$ZodIssue, shape: Shape | undefined, value: unknown): string {
  if (issue.code === 'too_small') return `must be at least ${issue.minimum}`;
  if (issue.code === 'too_big') return `must be at most ${issue.maximum}`;
  if (issue.code === 'invalid_format') return issue.format === 'url' ? 'must be a URL such as https://host:8443' : issue.message;
  if (issue.code === 'invalid_value' && typeof value === 'string')
    return suggest(value, issue.values.map(String), 'must be one of');
  if (issue.code === 'invalid_union' && 'options' in issue && issue.options)
    return suggest(String(value ?? ''), issue.options.map(String), 'must be one of');
  return shape ? `must be ${phrase(shape)}` : issue.message;
}

/** The part of JSON Schema that zod writes and that is needed here. */
export interface Shape {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  properties?: Record<string, Shape>;
  additionalProperties?: boolean | Shape;
  items?: Shape;
  anyOf?: Shape[];
}

/** What a schema accepts, as JSON Schema. */
export function shapeOf(schema: z.ZodType): Shape {
  return z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    // A union that is told apart by one key is a union like any other.
    override({ jsonSchema }) {
      if (jsonSchema.oneOf === undefined) return;
      jsonSchema.anyOf = jsonSchema.oneOf;
      delete jsonSchema.oneOf;
    },
  }) as Shape;
}

function shapeAt(shape: Shape, path: KeyPath): Shape | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return shape;
  const next = shape.properties?.[String(key)] ?? (typeof key === 'number' ? shape.items : undefined);
  if (next) return shapeAt(next, rest);
  if (typeof shape.additionalProperties === 'object') return shapeAt(shape.additionalProperties, rest);
  return shape.anyOf?.map((branch) => shapeAt(branch, path)).find((found) => found !== undefined);
}

function knownKeys(shape: Shape | undefined): string[] {
  if (!shape) return [];
  return [...Object.keys(shape.properties ?? {}), ...(shape.anyOf ?? []).flatMap(knownKeys)];
}

function phrase(shape: Shape): string {
  if (shape.anyOf) return shape.anyOf.map(phrase).join(' or ');
  if (shape.const !== undefined) return JSON.stringify(shape.const);
  if (shape.enum) return `one of ${shape.enum.map(String).join(', ')}`;
  if (shape.type === 'object') {
    const keys = Object.keys(shape.properties ?? {});
    return keys.length > 0 ? `a mapping with ${keys.join(', ')}` : 'a mapping';
  }
  if (shape.type === 'array') return 'a list';
  if (shape.type === 'string') return 'text (put it in quotes)';
  if (shape.type === 'integer') return 'a whole number';
  if (shape.type === 'boolean') return 'true or false';
  return shape.type ? `a ${shape.type}` : 'something else';
}

const SECRET_KEY = /password|secret|token|key$/i;

function show(path: KeyPath, value: unknown): string {
  if (SECRET_KEY.test(String(path.at(-1)))) return 'not usable (value hidden)';
  const text =
    JSON.stringify(value, (key, child) => (SECRET_KEY.test(key) ? '…' : child))?.replace(/(:\/\/)[^/@"\s]+@/, '$1…@') ??
    String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function valueAt(data: unknown, path: KeyPath): unknown {
  let value = data;
  for (const key of path) {
    if (value === null || typeof value !== 'object') return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/** `proxy.ports[0]`, or `document` for the root. */
export function dotted(path: KeyPath): string {
  if (path.length === 0) return 'document';
  return path.map((key, index) => (typeof key === 'number' ? `[${key}]` : (index ? '.' : '') + String(key))).join('');
}
