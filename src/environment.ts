// Configuration from the environment: which DAYLIGHT_* variable stands for which key, and how its text becomes a value.
//
// The names are derived from the schema, never listed: `proxy.upstream.allowPrivate` is DAYLIGHT_PROXY_UPSTREAM_ALLOW_PRIVATE.
// Lists are comma separated. Lists of mappings can only be written in the file.

import { nearest } from './engine/nearest.ts';
import type { Problem, Shape } from './problems.ts';

/** One key that a variable can set. */
export interface Variable {
  name: string;
  path: readonly string[];
  shape: Shape;
}

/** Every variable that the schema knows, in the order of its keys. */
export function variablesOf(shape: Shape, path: readonly string[] = []): Variable[] {
  const object = shape.properties ? shape : shape.anyOf?.find((branch) => branch.properties);
  const children = Object.entries(object?.properties ?? {}).flatMap(([key, child]) => variablesOf(child, [...path, key]));
  const leaf = path.length > 0 && isSettable(shape) ? [{ name: nameOf(path), path, shape }] : [];
  return [...leaf, ...children];
}

function isSettable(shape: Shape): boolean {
  if (shape.anyOf) return shape.anyOf.some(isSettable);
  if (shape.type === 'array') return shape.items !== undefined && isSettable(shape.items);
  return shape.type !== undefined && ['string', 'integer', 'number', 'boolean'].includes(shape.type);
}

function nameOf(path: readonly string[]): string {
  return `DAYLIGHT_${path.map((key) => key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()).join('_')}`;
}

/** One key set by a variable or a flag; `from` is how a person wrote it. */
export interface Setting {
  path: readonly string[];
  value: unknown;
  from: string;
}

/**
 * What the environment sets. A DAYLIGHT_* name that nearly is one of ours is a problem; others are ignored, because
 * orchestrators inject some of their own (Kubernetes: DAYLIGHT_SERVICE_HOST).
 */
export function readEnvironment(
  env: Record<string, string | undefined>,
  shape: Shape,
): { settings: Setting[]; problems: Problem[] } {
  const variables = variablesOf(shape);
  const names = variables.map((variable) => variable.name);
  const settings: Setting[] = [];
  const problems: Problem[] = [];
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith('DAYLIGHT_') || name === 'DAYLIGHT_CONFIG' || text === undefined || text === '') continue;
    const variable = variables.find((candidate) => candidate.name === name);
    if (variable) settings.push({ path: variable.path, value: parseValue(text, variable.shape), from: name });
    else {
      const near = nearest(name, names);
      if (near) problems.push({ path: [], message: `${name}: unknown variable; did you mean ${near}?` });
    }
  }
  return { settings, problems };
}

function parseValue(text: string, shape: Shape): unknown {
  const shapes = shape.anyOf ?? [shape];
  const list = shapes.find((branch) => branch.type === 'array');
  if (list) {
    const parts = text.split(',').map((part) => part.trim());
    return parts.filter((part) => part !== '').map((part) => parseValue(part, list.items ?? {}));
  }
  if (/^\d+$/.test(text) && shapes.some((branch) => branch.type === 'integer' || branch.type === 'number')) return Number(text);
  if (/^(true|false)$/i.test(text) && shapes.some((branch) => branch.type === 'boolean')) return text.toLowerCase() === 'true';
  return text;
}
