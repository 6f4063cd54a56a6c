// Reads a recording (HTTP Archive 1.2) into flows, and judges them in order as the proxy would have.
//
// Order of reading: the archive, entry by entry; headers, bodies (base64 decoded, content codings undone if the caller can), the
// events of event streams, WebSocket messages (`_webSocketMessages`, as browsers export them). Order of judging: the phases of one
// entry after the other, with the memory of servers that earlier entries have built up.

import { z } from 'zod';
import type { Body, Flow, FlowHeaders, LearnedServer, Message, Phase } from './flow.ts';
import { learn, learnedKey } from './learn.ts';
import { createJsonScanner } from './signals/json-scanner.ts';
import { createSseParser } from './signals/sse.ts';
import { splitUrl } from './url.ts';
import type { Verdict } from './verdict.ts';

const headerSchema = z.looseObject({ name: z.string(), value: z.string() });
const entrySchema = z.looseObject({
  startedDateTime: z.string().optional(),
  serverIPAddress: z.string().optional(),
  request: z.looseObject({
    method: z.string().min(1),
    url: z.string().min(1),
    httpVersion: z.string().optional(),
    headers: z.array(headerSchema),
    postData: z
      .looseObject({
        mimeType: z.string().optional(),
        text: z.string().optional(),
        params: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).optional(),
        _encoding: z.string().optional(),
        encoding: z.string().optional(),
      })
      .nullish(),
  }),
  response: z.looseObject({
    status: z.number(),
    headers: z.array(headerSchema),
    content: z
      .looseObject({ mimeType: z.string().optional(), text: z.string().optional(), encoding: z.string().optional() })
      .nullish(),
  }),
  _webSocketMessages: z
    .array(z.looseObject({ type: z.string(), data: z.string(), opcode: z.number().optional(), time: z.number().optional() }))
    .optional(),
  _label: z.unknown().optional(),
});
type RawEntry = z.infer<typeof entrySchema>;

/** A recording that cannot be read. The message names the entry and the fix; callers report it as ERR_HAR_INVALID. */
export class HarProblem extends Error {}

/** One entry of a recording. */
export interface HarEntry {
  /** Position in the recording, from 0. */
  index: number;
  /** The whole exchange, in phase `response-body`. */
  flow: Flow;
  /** Events and WebSocket messages, in order. */
  messages: readonly Message[];
  /** `_label` of the entry, for labelled corpora. */
  label: unknown;
}

export interface ReadHarOptions {
  /** Undoes a content coding; undefined for one that it does not know. Without it, such bodies cannot be read. */
  decompress?: (bytes: Uint8Array, encoding: string) => Uint8Array | undefined;
  /** Characters of a body that are kept; 1 Mi unless told. */
  prefix?: number;
}

/**
 * Reads a recording.
 *
 * @throws HarProblem with the entry and the fix.
 */
export function readHar(text: string, options: ReadHarOptions = {}): HarEntry[] {
  let document: unknown;
  try {
    document = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new HarProblem(`The recording is not JSON: ${why}. Export it again as HAR 1.2.`, { cause });
  }
  const entries = (document as { log?: { entries?: unknown } } | null)?.log?.entries;
  if (!Array.isArray(entries)) {
    throw new HarProblem('The recording has no list `log.entries`. Export it again as HAR 1.2.');
  }
  return entries.map((raw, index) => readEntry(raw, index, options));
}

function readEntry(raw: unknown, index: number, options: ReadHarOptions): HarEntry {
  const parsed = entrySchema.safeParse(raw);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = issue === undefined || issue.path.length === 0 ? 'the entry' : `\`${issue.path.map(String).join('.')}\``;
    throw new HarProblem(
      `Entry ${index}: ${where}: ${issue?.message ?? 'is not valid'}. Correct it, or remove the entry from the recording.`,
    );
  }
  const entry = parsed.data;
  const requestHeaders = joinHeaders(entry.request.headers);
  const responseHeaders = joinHeaders(entry.response.headers);
  const type = entry.response.content?.mimeType;
  if (responseHeaders['content-type'] === undefined && type) responseHeaders['content-type'] = type;
  const { host, port } = splitUrl(entry.request.url);
  const requestBody = requestBodyOf(entry, requestHeaders, options);
  const responseBody = responseBodyOf(entry, options);
  const flow: Flow = {
    id: `00000000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`,
    time: Date.parse(entry.startedDateTime ?? '') || 0,
    phase: 'response-body',
    client: { address: '', port: 0 },
    principal: { user: '', groups: [], device: '', source: 'none' },
    server: { host, port, address: entry.serverIPAddress ?? '' },
    tls: { sni: '', alpn: '', version: '', ja4: '' },
    inspected: 'yes',
    request: {
      method: entry.request.method,
      url: entry.request.url,
      httpVersion: versionOf(entry.request.httpVersion ?? ''),
      headers: requestHeaders,
      ...(requestBody && { body: requestBody }),
    },
    response: {
      status: entry.response.status,
      headers: responseHeaders,
      ...(responseBody && { body: responseBody }),
    },
  };
  return { index, flow, messages: messagesOf(entry, responseHeaders, responseBody), label: entry._label };
}

function joinHeaders(list: readonly { name: string; value: string }[]): Record<string, string> {
  const joined = new Map<string, string>();
  for (const { name, value } of list) {
    const key = name.toLowerCase();
    const before = joined.get(key);
    joined.set(key, before === undefined ? value : `${before}${key === 'cookie' ? '; ' : ', '}${value}`);
  }
  return Object.fromEntries(joined);
}

function versionOf(text: string): '1.0' | '1.1' | '2' {
  if (/^(?:h2|h3|http\/[23])/i.test(text)) return '2';
  return /1\.0$/.test(text) ? '1.0' : '1.1';
}

function requestBodyOf(entry: RawEntry, headers: FlowHeaders, options: ReadHarOptions): Body | undefined {
  const data = entry.request.postData;
  if (!data) return undefined;
  if ((data._encoding ?? data.encoding) === 'base64') {
    const bytes = decodeBase64(data.text ?? '');
    const coding = (headers['content-encoding'] ?? '').trim().toLowerCase();
    if (coding === '' || coding === 'identity') return bodyOf(new TextDecoder().decode(bytes), options);
    let plain: Uint8Array | undefined;
    try {
      plain = options.decompress?.(bytes, coding);
    } catch {
      return { text: '', bytes: bytes.length, complete: true, problem: 'bad-encoding' };
    }
    if (plain === undefined) return { text: '', bytes: bytes.length, complete: true, problem: 'unsupported-encoding' };
    return bodyOf(new TextDecoder().decode(plain), options);
  }
  if (data.text !== undefined && data.text !== '') return bodyOf(data.text, options);
  if (data.params === undefined) return undefined;
  return bodyOf(
    new URLSearchParams(data.params.map(({ name, value }): [string, string] => [name, value ?? ''])).toString(),
    options,
  );
}

function responseBodyOf(entry: RawEntry, options: ReadHarOptions): Body | undefined {
  const content = entry.response.content;
  if (!content?.text) return undefined;
  const text = content.encoding === 'base64' ? new TextDecoder().decode(decodeBase64(content.text)) : content.text;
  return bodyOf(text, options);
}

/** What the proxy would have kept: a prefix, and the outline of what is longer. */
function bodyOf(text: string, options: ReadHarOptions): Body {
  const prefix = options.prefix ?? 1_048_576;
  if (text.length <= prefix) return { text, bytes: text.length, complete: true };
  const scanner = createJsonScanner();
  scanner.push(text);
  scanner.end();
  return { text: text.slice(0, prefix), bytes: text.length, complete: false, outline: scanner.outline() };
}

function decodeBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

function messagesOf(entry: RawEntry, headers: FlowHeaders, body: Body | undefined): Message[] {
  if (entry._webSocketMessages !== undefined) {
    const count = { request: 0, response: 0 };
    return entry._webSocketMessages
      .filter((frame) => (frame.opcode ?? 1) === 1)
      .map((frame) => {
        const direction = frame.type === 'send' ? 'request' : 'response';
        return { direction, via: 'websocket', event: 'message', text: frame.data, index: count[direction]++ };
      });
  }
  if (body === undefined || !(headers['content-type'] ?? '').startsWith('text/event-stream')) return [];
  const events = createSseParser().push(body.text);
  return events.map(({ event, data }, index) => ({ direction: 'response', via: 'sse', event, text: data, index }));
}

/** What was made of one entry. */
export interface JudgedEntry {
  entry: HarEntry;
  /** After the last phase. */
  verdict: Verdict;
  /** After the request, before any answer. */
  requestVerdict: Verdict;
}

/**
 * Judges the entries of one recording in order, as the proxy would have: phase by phase, remembering servers.
 *
 * @param judge `decide` with its snapshot.
 */
export function judgeHar(entries: readonly HarEntry[], judge: (flow: Flow, previous?: Verdict) => Verdict): JudgedEntry[] {
  const memory = new Map<string, LearnedServer>();
  return entries.map((entry) => judgeEntry(entry, judge, memory));
}

function judgeEntry(
  entry: HarEntry,
  judge: (flow: Flow, previous?: Verdict) => Verdict,
  memory: Map<string, LearnedServer>,
): JudgedEntry {
  const { request, response, ...rest } = entry.flow;
  const { body, ...head } = request;
  const learned = memory.get(learnedKey(request.url));
  const base: Flow = { ...rest, phase: 'request-headers', request: head, ...(learned && { learned }) };
  let verdict: Verdict | undefined;
  const step = (phase: Phase, flow: Flow): Verdict => {
    const now: Flow = { ...flow, phase };
    const next = judge(now, verdict);
    for (const server of learn(now, next)) memory.set(server.url, server);
    verdict = next;
    return next;
  };
  let requestVerdict = step('request-headers', base);
  const asked: Flow = { ...base, request };
  if (body !== undefined) requestVerdict = step('request-body', asked);
  if (response === undefined) return { entry, verdict: requestVerdict, requestVerdict };
  const answered: Flow = { ...asked, response: { status: response.status, headers: response.headers } };
  let last = step('response-headers', answered);
  for (const message of entry.messages) last = step('message', { ...answered, message });
  if (response.status !== 101) last = step('response-body', { ...asked, response });
  return { entry, verdict: last, requestVerdict };
}
