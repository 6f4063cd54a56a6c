// A YAML document that a person wrote: read, checked against a schema, and able to say on which line something is wrong.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';

const MAX_BYTES = 1024 * 1024;
const MAX_ALIASES = 100;

export interface Problem {
  file: string;
  /** From 1; 0 when the whole file is meant. */
  line: number;
  message: string;
}

export type Path = readonly PropertyKey[];

export interface Document {
  file: string;
  /** Plain data; null for an empty file. */
  data: unknown;
  problems: Problem[];
  /** The line of the node that a path leads to, or of its nearest parent. */
  lineOf: (path: Path, key?: PropertyKey) => number;
}

/** YAML files of a folder in alphabetical order; none if there is no such folder. */
export function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /\.ya?ml$/.test(name) && !name.startsWith('.'))
    .sort()
    .map((name) => join(folder, name));
}

/** Reads a file. Unreadable or broken files come back with problems, never as an exception. */
export function readDocument(file: string): Document {
  try {
    const { size } = statSync(file);
    if (size > MAX_BYTES) return broken(file, `the file has ${size} bytes; the limit is ${MAX_BYTES}`);
    return parseText(file, readFileSync(file, 'utf8'));
  } catch (error) {
    return broken(file, `cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Parses text as if it had been read from `file`. */
export function parseText(file: string, text: string): Document {
  const lines = new LineCounter();
  const parsed = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, logLevel: 'error' });
  const lineAt = (offset: number | undefined): number => (offset === undefined ? 0 : lines.linePos(offset).line);
  const problems = parsed.errors.map((error) => ({
    file,
    line: lineAt(error.pos[0]),
    message:
      error.code === 'MULTIPLE_DOCS'
        ? 'holds several documents; write one per file, without ---'
        : `is not valid YAML: ${error.message}`,
  }));
  let data: unknown = null;
  if (problems.length === 0) {
    try {
      data = parsed.toJS({ maxAliasCount: MAX_ALIASES });
    } catch (error) {
      problems.push({ file, line: 1, message: `is not valid YAML: ${error instanceof Error ? error.message : String(error)}` });
    }
  }
  const lineOf = (path: Path, key?: PropertyKey): number => {
    let node: unknown = parsed.contents;
    let offset = isNode(node) ? node.range?.[0] : undefined;
    for (const step of key === undefined ? path : [...path, key]) {
      const pair = isMap(node)
        ? node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step))
        : undefined;
      const next = isSeq(node) ? node.items[Number(step)] : pair?.value;
      const at = isNode(pair?.key) ? pair.key.range?.[0] : isNode(next) ? next.range?.[0] : undefined;
      if (at === undefined) break;
      offset = at;
      node = next;
    }
    return lineAt(offset);
  };
  return { file, data, problems, lineOf };
}

function broken(file: string, message: string): Document {
  return { file, data: null, problems: [{ file, line: 0, message }], lineOf: () => 0 };
}

/**
 * Checks a document against a schema. What is wrong is added to its problems.
 *
 * @param empty what an empty file stands for.
 * @returns the parsed value, or undefined if it does not fit.
 */
export function parseAs<Schema extends z.ZodType>(
  document: Document,
  schema: Schema,
  empty?: unknown,
): z.output<Schema> | undefined {
  if (document.problems.length > 0) return undefined;
  const result = schema.safeParse(document.data ?? empty ?? null, { reportInput: true });
  if (result.success) return result.data;
  for (const issue of result.error.issues.flatMap(specific)) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) {
        const where = [...issue.path, key].join('.');
        document.problems.push({
          file: document.file,
          line: document.lineOf(issue.path, key),
          message: `${where}: there is no such field; remove it or correct the name`,
        });
      }
      continue;
    }
    const where = issue.path.length === 0 ? 'the document' : issue.path.join('.');
    document.problems.push({ file: document.file, line: document.lineOf(issue.path), message: `${where}: ${phrase(issue)}` });
  }
  return undefined;
}

type Issue = z.core.$ZodIssue;

/** Of the branches of a union, the one that was meant: the one whose complaints lie deepest. */
function specific(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const branches = issue.errors.map((errors) => errors.flatMap(specific));
  const meant = branches.find(
    (errors) => errors.length > 0 && errors.every((each) => each.path.length > 0 || each.code === 'unrecognized_keys'),
  );
  return meant === undefined ? [issue] : meant.map((each) => ({ ...each, path: [...issue.path, ...each.path] }));
}

function phrase(issue: Issue): string {
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message;
  const shown = issue.input === undefined ? 'is missing' : `is ${shorten(JSON.stringify(issue.input) ?? String(issue.input))}`;
  const why = issue.message.startsWith('Invalid') || issue.message.startsWith('Too ') ? lowerFirst(issue.message) : issue.message;
  return `${shown}; ${why}`;
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** `FILE:LINE: MESSAGE`, one problem a line. */
export function formatProblem({ file, line, message }: Problem): string {
  return line > 0 ? `${file}:${line}: ${message}` : `${file}: ${message}`;
}
