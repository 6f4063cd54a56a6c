// HTTP/1 message heads: parse strictly, or refuse. RFC 9112 sections 2 to 7.
//
// Two parties that read one message differently are how requests are smuggled, so everything ambiguous is refused here and
// nothing is repaired: bare CR or LF, folded lines, spaces before a colon, bad tokens, two Hosts, Content-Length with
// Transfer-Encoding, two lengths, unknown or badly placed transfer codings, any Transfer-Encoding on HTTP/1.0.
// Header names keep their case and order; values keep their bytes (latin1).

import { DaylightError } from '../errors.ts';

export type HttpVersion = '1.0' | '1.1';

export interface RequestHead {
  method: string;
  /** Request target as received. */
  target: string;
  version: HttpVersion;
  /** Flat list: name, value, name, value ... as received. */
  headers: string[];
}

export interface ResponseHead {
  status: number;
  reason: string;
  version: HttpVersion;
  headers: string[];
}

/** How long a body is. `close`: until the connection ends (responses only). */
export type Framing = { kind: 'none' } | { kind: 'length'; length: number } | { kind: 'chunked' } | { kind: 'close' };

const NO_BODY: Framing = { kind: 'none' };
const CHUNKED: Framing = { kind: 'chunked' };
const UNTIL_CLOSE: Framing = { kind: 'close' };

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}) ([\x21-\x7e\x80-\xff]+) HTTP\/1\.([01])$/;
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * @param text the head without the empty line that ends it, latin1
 * @throws DaylightError ERR_HTTP_SYNTAX
 */
export function parseRequestHead(text: string): RequestHead {
  const end = text.indexOf('\r\n');
  const line = end < 0 ? text : text.slice(0, end);
  const parts = REQUEST_LINE.exec(line);
  if (!parts) throw syntax(`request line ${quote(line)} is not METHOD SP TARGET SP HTTP/1.x`);
  const headers = end < 0 ? [] : parseFields(text, end + 2);
  return { method: parts[1]!, target: parts[2]!, version: parts[3] === '1' ? '1.1' : '1.0', headers };
}

/**
 * @param text the head without the empty line that ends it, latin1
 * @throws DaylightError ERR_HTTP_SYNTAX
 */
export function parseResponseHead(text: string): ResponseHead {
  const end = text.indexOf('\r\n');
  const line = end < 0 ? text : text.slice(0, end);
  const parts = STATUS_LINE.exec(line);
  if (!parts) throw syntax(`status line ${quote(line)} is not HTTP/1.x SP STATUS SP REASON`);
  const headers = end < 0 ? [] : parseFields(text, end + 2);
  return { version: parts[1] === '1' ? '1.1' : '1.0', status: Number(parts[2]), reason: parts[3] ?? '', headers };
}

/** Header or trailer lines from `start` on. */
export function parseFields(text: string, start: number): string[] {
  const headers: string[] = [];
  let at = start;
  while (at < text.length) {
    let end = text.indexOf('\r\n', at);
    if (end < 0) end = text.length;
    const colon = text.indexOf(':', at);
    if (colon < 0 || colon > end) throw syntax(`header line ${quote(text.slice(at, end))} has no colon`);
    const name = text.slice(at, colon);
    if (!TOKEN.test(name)) throw syntax(`header name ${quote(name)} is not a token (folded lines are refused, RFC 9112 5.2)`);
    let from = colon + 1;
    let to = end;
    while (from < to && isBlank(text.charCodeAt(from))) from++;
    while (to > from && isBlank(text.charCodeAt(to - 1))) to--;
    const value = text.slice(from, to);
    if (!VALUE.test(value)) throw syntax(`value of header ${quote(name)} holds a control character`);
    headers.push(name, value);
    at = end + 2;
  }
  return headers;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/**
 * Body length of a request (RFC 9112 6.3).
 *
 * @throws DaylightError ERR_HTTP_SYNTAX when the length is ambiguous
 */
export function requestFraming(head: RequestHead): Framing {
  const framing = declaredFraming(head);
  return framing ?? NO_BODY;
}

/**
 * Body length of a response to `method` (RFC 9112 6.3).
 *
 * @throws DaylightError ERR_HTTP_SYNTAX when the length is ambiguous
 */
export function responseFraming(head: ResponseHead, method: string): Framing {
  const framing = declaredFraming(head);
  if (method === 'HEAD' || head.status < 200 || head.status === 204 || head.status === 304) return NO_BODY;
  return framing ?? UNTIL_CLOSE;
}

function declaredFraming(head: RequestHead | ResponseHead): Framing | undefined {
  const { headers } = head;
  let length: string | undefined;
  let coding: string | undefined;
  let hosts = 0;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!;
    // Only names of these lengths can matter: host (4), content-length (14), transfer-encoding (17).
    if (name.length === 4) {
      if (name.toLowerCase() === 'host') hosts++;
    } else if (name.length === 14) {
      if (name.toLowerCase() === 'content-length') {
        const value = headers[i + 1]!;
        // Servers that repeat it with one value exist, and everybody reads that alike.
        if (length !== undefined && (length !== value || 'method' in head))
          throw syntax(`two Content-Length headers, ${quote(length)} and ${quote(value)}`);
        length = value;
      }
    } else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') {
      coding = coding === undefined ? headers[i + 1]! : `${coding}, ${headers[i + 1]!}`;
    }
  }
  if ('method' in head) {
    if (hosts > 1) throw syntax('more than one Host header');
    if (hosts === 0 && head.version === '1.1') throw syntax('an HTTP/1.1 request needs a Host header');
  }
  if (coding !== undefined) {
    if (head.version === '1.0') throw syntax('Transfer-Encoding on HTTP/1.0');
    if (length !== undefined) throw syntax('both Content-Length and Transfer-Encoding');
    if (coding.trim().toLowerCase() !== 'chunked')
      throw syntax(`Transfer-Encoding ${quote(coding)}: only "chunked" is supported`);
    return CHUNKED;
  }
  if (length === undefined) return undefined;
  if (!/^\d{1,15}$/.test(length)) throw syntax(`Content-Length ${quote(length)} is not a number of bytes`);
  const bytes = Number(length);
  return bytes === 0 ? NO_BODY : { kind: 'length', length: bytes };
}

/** First value of a header, '' if absent. */
export function headerValue(headers: readonly string[], lowerName: string): string {
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!;
    if (name.length === lowerName.length && name.toLowerCase() === lowerName) return headers[i + 1]!;
  }
  return '';
}

/** Header lines, each ended by CRLF. */
export function formatFields(headers: readonly string[]): string {
  let text = '';
  for (let i = 0; i < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`;
  return text;
}

export function syntax(message: string): DaylightError {
  return new DaylightError('ERR_HTTP_SYNTAX', `Malformed HTTP/1 message: ${message}`);
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
}
