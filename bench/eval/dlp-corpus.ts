// Reads the labelled set of DLP: test/corpus/dlp/DETECTOR.yml, snippets that hold what the detector looks for (`positive`) and
// look-alikes that do not (`negative`). Each is written in short and expands to the JSON-RPC message (or header) that DLP reads.
//
// A label that cannot be right is refused: a positive without a value, or a value that does not occur in its message.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { formatProblem, parseAs, readDocument } from '../../src/document.ts';
import type { Content, Direction } from '../../src/engine/dlp/types.ts';

export const DLP_CORPUS = join(import.meta.dirname, '..', '..', 'test', 'corpus', 'dlp');

const object = z.record(z.string(), z.unknown());
const method = z.strictObject({ method: z.string().min(1), params: object.default({}) });

const snippet = z
  .strictObject({
    /** From the client: a tool call; any other request; header fields. */
    call: z.strictObject({ tool: z.string().min(1), arguments: object }).optional(),
    send: method.optional(),
    header: z.record(z.string(), z.string()).optional(),
    /** From the server: a tool result that is text, or structured content with its JSON as text; a resource, `blob` in plain text
     * here and in base64 in the message; a log message; an error; a list of tools. */
    result: z.string().optional(),
    json: object.optional(),
    resource: z.strictObject({ uri: z.string().min(1), text: z.string().optional(), blob: z.string().optional() }).optional(),
    log: z.strictObject({ level: z.string(), logger: z.string(), data: z.unknown() }).optional(),
    error: z.string().optional(),
    tools: z.array(object).min(1).optional(),
    /** The sensitive values, decoded. */
    find: z.array(z.string().min(1)).default([]),
    /** Other detectors that are right to fire, too. */
    also: z.array(z.string().min(1)).default([]),
    /** What makes it tricky. */
    note: z.string().optional(),
  })
  .refine((entry) => KINDS.filter((kind) => entry[kind] !== undefined).length === 1, {
    error: 'must have exactly one of call, send, header, result, json, resource, log, error, tools',
  });
const KINDS = ['call', 'send', 'header', 'result', 'json', 'resource', 'log', 'error', 'tools'] as const;

const fileSchema = z.strictObject({ positive: z.array(snippet).min(1), negative: z.array(snippet).min(1) });
type Entry = z.infer<typeof snippet>;

export interface Snippet {
  /** File, list and place in it from 0, e.g. `iban positive 3`. */
  name: string;
  detector: string;
  positive: boolean;
  find: readonly string[];
  also: readonly string[];
  direction: Direction;
  content: Content;
}

/**
 * All snippets, in order of their names.
 *
 * @throws Error that names the files and what is wrong in them.
 */
export function readDlpCorpus(folder: string = DLP_CORPUS): Snippet[] {
  const problems: string[] = [];
  const files = readdirSync(folder).filter((name) => name.endsWith('.yml'));
  const snippets = files.sort().flatMap((file) => {
    const document = readDocument(join(folder, file));
    const lists = parseAs(document, fileSchema);
    problems.push(...document.problems.map(formatProblem));
    if (lists === undefined) return [];
    const detector = file.replace(/\.yml$/, '');
    return (['positive', 'negative'] as const).flatMap((list) =>
      lists[list].map((entry, index) => {
        const made = expand(entry, detector, list === 'positive', `${detector} ${list} ${index}`);
        const wrong = wrongLabel(made);
        if (wrong !== '') problems.push(`${document.file}:${document.lineOf([list, index])}: ${wrong}`);
        return made;
      }),
    );
  });
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return snippets;
}

function expand(entry: Entry, detector: string, positive: boolean, name: string): Snippet {
  const { find, also } = entry;
  const fields = Object.entries(entry.header ?? {}).flat();
  const direction = (entry.call ?? entry.send ?? entry.header) ? 'request' : 'response';
  const content: Content =
    entry.header === undefined
      ? { kind: 'json', text: JSON.stringify({ jsonrpc: '2.0', ...messageOf(entry) }), where: `${direction}.body` }
      : { kind: 'headers', headers: fields, where: 'request.headers' };
  return { name, detector, positive, find, also, direction, content };
}

function messageOf({ call, send, result, json, resource, log, error, tools }: Entry): Record<string, unknown> {
  if (call) return { id: 1, method: 'tools/call', params: { name: call.tool, arguments: call.arguments } };
  if (send) return { id: 1, ...send };
  if (log) return { method: 'notifications/message', params: log };
  if (error !== undefined) return { id: 1, error: { code: -32000, message: error } };
  if (tools) return { id: 1, result: { tools } };
  if (resource) {
    const { uri, text, blob } = resource;
    const body = blob === undefined ? { mimeType: 'text/plain', text } : { mimeType: 'text/csv', blob: base64(blob) };
    return { id: 1, result: { contents: [{ uri, ...body }] } };
  }
  const text = result ?? JSON.stringify(json);
  return { id: 1, result: { content: [{ type: 'text', text }], ...(json && { structuredContent: json }) } };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** What is wrong with the labels of a snippet; '' if nothing is. */
function wrongLabel({ positive, find, content }: Snippet): string {
  if (positive !== find.length > 0) return positive ? 'find: is missing' : 'find: a negative has nothing to find';
  const texts = content.kind === 'json' ? leaves(JSON.parse(content.text)) : content.headers;
  const readable = texts.flatMap(readings);
  const absent = find.filter((value) => !readable.some((text) => text.includes(value)));
  return absent.map((value) => `find: ${JSON.stringify(value)} does not occur in the message`).join('; ');
}

/** All names and values of a JSON text, as text. */
function leaves(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [String(value)];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...leaves(inner)]);
}

/** A text as it stands and decoded once, in each of the ways in which DLP decodes. */
export function readings(text: string): string[] {
  const all = [text];
  if (/%[0-9A-Fa-f]{2}/.test(text)) all.push(decodePercent(text));
  if (/^[A-Za-z0-9+/]{16,}={0,2}$/.test(text)) all.push(Buffer.from(text, 'base64').toString('utf8'));
  return all;
}

function decodePercent(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'));
}
