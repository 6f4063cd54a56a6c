// The one redacted form of a URL: what is stored, shown and matched by policy.
//
// Replaced by `{redacted}`, in this order: userinfo; values of query parameters (and of `name=value` or `;name=value` inside
// the path) whose name speaks of a credential or a session; the path segment after one such as /token/; any segment or value
// that looks like a secret (secret.ts). The fragment never travels and is dropped. Everything else is kept byte for byte, so
// that redacting twice changes nothing. Works on any text in linear time and never throws.

import { remember } from './remember.ts';
import { decodeLeniently, looksSecret, namesSecret } from './secret.ts';

export const REDACTED = '{redacted}';

/** Shorter text between separators is no secret of the kinds that are told by their shape. */
const SHORTEST = 16;

/** What follows after so many segments or parameters, or characters of them, is hidden as a whole: no honest URL has as many. */
const MAX_PARTS = 128;
const MAX_SHOWN = 8192;
const MAX_SEGMENT = 512;
/** URLs inside values of URLs are looked into this deep, and hidden below. */
const MAX_DEPTH = 2;

/** The redacted form of an absolute URL, or of a path. */
export const redactUrl: (url: string) => string = remember((url) => redactAt(url, 0));

function redactAt(url: string, depth: number): string {
  const hash = url.indexOf('#');
  const bare = hash < 0 ? url : url.slice(0, hash);
  const mark = bare.indexOf('?');
  const head = mark < 0 ? bare : bare.slice(0, mark);
  const scheme = head.indexOf('://');
  const start = scheme < 0 ? 0 : scheme + 3;
  const slash = head.indexOf('/', start);
  const pathStart = scheme < 0 ? 0 : slash < 0 ? head.length : slash;
  const authority = redactAuthority(head.slice(start, pathStart));
  const path = redactPath(head.slice(pathStart), depth);
  const query = mark < 0 ? '' : `?${redactQuery(bare.slice(mark + 1), depth)}`;
  return head.slice(0, scheme < 0 ? 0 : start) + authority + path + query;
}

function redactAuthority(authority: string): string {
  const at = authority.lastIndexOf('@');
  return at < 0 ? authority : `${REDACTED}${authority.slice(at)}`;
}

function redactPath(path: string, depth: number): string {
  if (!hasLongPart(path)) {
    // Short values are secrets only by name, and names are rare in paths.
    if (!path.includes('=') && !SECRET_PARENT.test(path)) return path;
  }
  const segments = path.split('/', MAX_PARTS + 1);
  const shown: string[] = [];
  let previous = '';
  let seen = 0;
  for (const segment of segments) {
    if (shown.length >= MAX_PARTS || seen > MAX_SHOWN) {
      shown.push(REDACTED);
      break;
    }
    const hidden = segment.length > MAX_SEGMENT || (namesSecret(previous) && looksLikeValue(segment));
    shown.push(hidden ? REDACTED : segment.replace(/[^;]+/g, (part) => redactPart(part, depth)));
    seen += segment.length;
    previous = segment;
  }
  return shown.join('/');
}

const SECRET_PARENT = /token|key|secret|pass|auth|session|sig|credential/i;

/** After /token/ comes a token, but also a verb: only what holds a digit and is long enough counts. */
function looksLikeValue(segment: string): boolean {
  return segment.length >= 8 && /\d/.test(segment) && !/\.[a-z]{2,5}$/i.test(segment);
}

function redactQuery(query: string, depth: number): string {
  let end = -1;
  for (let parts = 0; parts < MAX_PARTS && end < MAX_SHOWN; parts += 1) {
    end = nextSeparator(query, end + 1);
    if (end < 0) return query.replace(/[^&;]+/g, (part) => redactPart(part, depth));
  }
  return `${query.slice(0, end).replace(/[^&;]+/g, (part) => redactPart(part, depth))}&${REDACTED}`;
}

function nextSeparator(query: string, from: number): number {
  for (let at = from; at < query.length; at += 1) {
    const code = query.charCodeAt(at);
    if (code === 38 || code === 59) return at;
  }
  return -1;
}

/** `name=value`, or a value alone (with `=` of base64 padding at its end). */
function redactPart(part: string, depth: number): string {
  const equals = part.indexOf('=');
  const value = equals < 0 ? '' : part.slice(equals + 1);
  if (equals <= 0 || value === '' || value === '=') return looksSecret(part) ? REDACTED : part;
  const name = part.slice(0, equals);
  const shown = namesSecret(name) || looksSecret(value) || holdsSecretUrl(value, depth) ? REDACTED : value;
  return `${looksSecret(name) ? REDACTED : name}=${shown}`;
}

/** A value may be a URL that carries a secret itself: `redirect_uri`, `resource`. */
function holdsSecretUrl(value: string, depth: number): boolean {
  if (!/(:|%3a)(\/|%2f)/i.test(value)) return false;
  if (depth >= MAX_DEPTH) return true;
  const url = decodeLeniently(value);
  return redactAt(url, depth + 1) !== withoutFragment(url);
}

function withoutFragment(url: string): string {
  const hash = url.indexOf('#');
  return hash < 0 ? url : url.slice(0, hash);
}

function hasLongPart(path: string): boolean {
  let since = 0;
  for (let at = 0; at < path.length; at += 1) {
    if (path.charCodeAt(at) === 47) since = 0;
    else if (++since >= SHORTEST) return true;
  }
  return false;
}
