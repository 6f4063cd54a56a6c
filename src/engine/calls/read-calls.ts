// The calls in a JSON-RPC message, and the answers in another: what is asked, and how it came out. Nothing of the content is kept.
//
// A call is a request that expects an answer; notifications and pings are none. A batch gives one of each for each of its messages.

import { type RpcMessage, rpcBody } from '../signals/json-rpc.ts';
import { createJsonScanner } from '../signals/json-scanner.ts';
import { subjectOf } from '../signals/methods.ts';
import { type JsonOutline, type Keep, memberOf } from '../signals/outline.ts';
import type { McpFacts, RpcRequest } from '../verdict.ts';

export interface Call {
  /** The id of the request, as a text that tells `1` and `"1"` apart. */
  key: string;
  method: string;
  tool: string;
  resource: string;
  prompt: string;
  /** Position in a batch; undefined for a message that stands alone. */
  at?: number;
}

export interface Answer {
  /** '' for an error that names no request: it answers all that were asked with it. */
  key: string;
  /** `blocked`: it was withheld. */
  outcome: 'ok' | 'tool-error' | 'error' | 'blocked';
  /** Of the error; 0 if there is none, or if it is no whole number of 32 bits. */
  code: number;
}

const LEAF: Keep = {};
const named = (...names: string[]): ReadonlyMap<string, Keep> => new Map(names.map((name) => [name, LEAF]));
const MESSAGE: Keep = {
  members: new Map<string, Keep>([
    ...named('jsonrpc', 'id', 'method'),
    ['params', { members: named('name', 'uri', 'taskId') }],
    ['result', { members: named('isError') }],
    ['error', { members: named('code') }],
  ]),
};
const MAX_MESSAGES = 256;
const CALLS: Keep = { ...MESSAGE, elements: MESSAGE, limit: MAX_MESSAGES };
const MAX_SUBJECT = 512;
const MAX_CODE = 2 ** 31 - 1;

/** Whether a request counts as a call. */
export function isCall({ id, method }: RpcRequest): boolean {
  return id !== undefined && method !== '' && method !== 'ping' && !method.startsWith('notifications/');
}

/** The calls of an exchange over HTTP. @param body text and outline of the request, for what a verdict does not tell of batches */
export function callsOf(mcp: McpFacts, body: { text: string; outline?: JsonOutline } | undefined): Call[] {
  const [first, second] = mcp.requests;
  if (first === undefined) return [];
  if (second !== undefined || mcp.batch) return body === undefined ? [] : callsIn(body.text, body.outline);
  if (!isCall(first)) return [];
  const { tool, resource, prompt } = mcp;
  return [{ key: keyOf(first.id), method: first.method.slice(0, 128), tool, resource, prompt }];
}

/** The calls in a message. @param outline of the same text, if there is one */
export function callsIn(text: string, outline: JsonOutline = outlineOf(text)): Call[] {
  const { messages, batch } = rpcBody(outline, true);
  return messages.flatMap((message, at) => (isCall(message) ? [{ ...callOf(message), ...(batch && { at }) }] : []));
}

function callOf({ id, method, params }: RpcMessage): Call {
  const subject = subjectOf(method, params).slice(0, MAX_SUBJECT);
  return {
    key: keyOf(id),
    method: method.slice(0, 128),
    tool: method === 'tools/call' ? subject : '',
    resource: method.startsWith('resources/') ? subject : '',
    prompt: method === 'prompts/get' ? subject : '',
  };
}

/** The answers in a message. @param outline of the same text, if there is one */
export function answersIn(text: string, outline: JsonOutline = outlineOf(text)): Answer[] {
  const answers: Answer[] = [];
  for (const { method, id, result, error } of rpcBody(outline, true).messages) {
    if (method !== '' || (result === undefined && error === undefined)) continue;
    const key = id === undefined || id === null ? '' : keyOf(id);
    if (error !== undefined) answers.push({ key, outcome: 'error', code: codeOf(memberOf(error, 'code')) });
    else if (key !== '') answers.push({ key, outcome: memberOf(result, 'isError') === true ? 'tool-error' : 'ok', code: 0 });
  }
  return answers;
}

/** Whether a text can hold an answer: a glance that spares reading progress and log messages. */
export function mayAnswer(text: string): boolean {
  return text.includes('"result"') || text.includes('"error"') || text.includes('\\u');
}

function keyOf(id: RpcRequest['id']): string {
  return typeof id === 'number' ? `n${id}` : `s${id}`.slice(0, 256);
}

function codeOf(code: unknown): number {
  return typeof code === 'number' && Number.isInteger(code) && Math.abs(code) <= MAX_CODE ? code : 0;
}

function outlineOf(text: string): JsonOutline {
  const scanner = createJsonScanner({ keep: CALLS });
  scanner.push(text);
  scanner.end();
  return scanner.outline();
}
