// Turns what was heard into HAR 1.2 entries that say nothing about the machine or the day they were recorded on.
//
// In order: credentials are taken out, loopback addresses become the invented host, random ids become numbered ones, times are
// counted from one fixed moment. So a second recording differs from the first only where the software does.

import type { Label } from './label.ts';

/** One exchange as it passed. */
export interface Heard {
  method: string;
  path: string;
  requestHeaders: [string, string][];
  requestBody: Buffer;
  status: number;
  responseHeaders: [string, string][];
  responseBody: Buffer;
  frames?: { type: 'send' | 'receive'; opcode: number; data: string }[];
}

const START = Date.parse('2026-11-20T08:00:00Z');
const SECRET = /^(?:authorization|proxy-authorization|cookie|set-cookie|x-api-key|api-key)$/i;
/** Says something about the recording and nothing about the traffic. */
const UNTOLD = /^(?:date|keep-alive|x-powered-by|npm-session|x-ratelimit-.*|ratelimit.*)$/i;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
const LOOPBACK = /(?:127\.0\.0\.1|localhost)(:|%3A)(\d{4,5})/gi;

export interface HarOptions {
  /** Invented origin that stands for the server, e.g. `https://tools.example.com`. */
  origin: string;
  /** Ports on loopback that stand for it. */
  ports: readonly number[];
  /** Of the exchange, as it was heard. */
  label: (heard: Heard, at: number) => Label;
}

/** The recording as HAR 1.2, ready to be written. */
export function toHar(heard: readonly Heard[], { origin, ports, label }: HarOptions): object {
  const tidy = tidier(new URL(origin).host, new Set(ports.map(String)), origin.startsWith('https:'));
  const entries = heard.map((each, at) => toEntry(each, at, { origin, tidy, label: label(each, at) }));
  return { log: { version: '1.2', creator: { name: 'daylight test/corpus/record.ts', version: '1' }, entries } };
}

function toEntry(heard: Heard, at: number, { origin, tidy, label }: { origin: string; tidy: Tidy; label: Label }): object {
  const url = origin + tidy(heard.path);
  const type = headerOf(heard.responseHeaders, 'content-type');
  return {
    startedDateTime: new Date(START + at * 1000).toISOString(),
    time: 0,
    request: {
      method: heard.method,
      url: heard.frames ? url.replace(/^http/, 'ws') : url,
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: headersOf(heard.requestHeaders, tidy),
      queryString: [...new URL(url).searchParams].map(([name, value]) => ({ name, value })),
      headersSize: -1,
      bodySize: heard.requestBody.length,
      ...(heard.requestBody.length > 0 && { postData: postDataOf(heard, tidy) }),
    },
    response: {
      status: heard.status,
      statusText: '',
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: headersOf(heard.responseHeaders, tidy),
      content: {
        size: heard.responseBody.length,
        mimeType: type,
        ...(isText(type) ? { text: tidy(heard.responseBody.toString()) } : {}),
      },
      redirectURL: tidy(headerOf(heard.responseHeaders, 'location')),
      headersSize: -1,
      bodySize: heard.responseBody.length,
    },
    cache: {},
    timings: { send: 0, wait: 0, receive: 0 },
    ...(heard.frames && { _webSocketMessages: heard.frames.map((frame) => ({ ...frame, time: 0, data: tidy(frame.data) })) }),
    _label: label,
  };
}

function postDataOf(heard: Heard, tidy: Tidy): object {
  const mimeType = headerOf(heard.requestHeaders, 'content-type');
  if (headerOf(heard.requestHeaders, 'content-encoding') === '') return { mimeType, text: tidy(heard.requestBody.toString()) };
  return { mimeType, text: heard.requestBody.toString('base64'), _encoding: 'base64' };
}

function headersOf(pairs: readonly [string, string][], tidy: Tidy): { name: string; value: string }[] {
  return pairs
    .filter(([name]) => !UNTOLD.test(name))
    .map(([name, value]) => ({ name, value: SECRET.test(name) ? '(removed)' : tidy(value) }));
}

/** First field of that name, '' if there is none. */
export function headerOf(pairs: readonly [string, string][], name: string): string {
  return pairs.find(([each]) => each.toLowerCase() === name)?.[1] ?? '';
}

function isText(type: string): boolean {
  return /json|text|xml|javascript|urlencoded|event-stream/.test(type);
}

type Tidy = (text: string) => string;

/** Replaces addresses and ids, the same one always by the same. */
function tidier(host: string, ports: ReadonlySet<string>, secure: boolean): Tidy {
  const ids = new Map<string, string>();
  const numbered = (id: string): string => {
    const known = ids.get(id) ?? `00000000-0000-4000-8000-${(ids.size + 1).toString(16).padStart(12, '0')}`;
    ids.set(id, known);
    return known;
  };
  const named = (whole: string, colon: string, port: string): string => {
    if (ports.has(port)) return host;
    // Callbacks of clients on their own machine stay what they are, at a port that does not change.
    return port === '4711' ? whole : `${whole.split(/:|%3A/i)[0]}${colon}4711`;
  };
  return (text) => {
    const elsewhere = text.replace(LOOPBACK, named).replace(UUID, numbered);
    return secure
      ? elsewhere.replaceAll(`http://${host}`, `https://${host}`).replaceAll(`http%3A%2F%2F${host}`, `https%3A%2F%2F${host}`)
      : elsewhere;
  };
}
