// What a server URL in policy covers.
//
// 1. The origin must be equal: scheme (ws counts as http, wss as https), host (case and final dot do not matter) and port
//    (defaults filled in). Never a substring: mcp.corp.example.evil.com is not mcp.corp.example.
// 2. The path must be equal or below, on segment boundaries: /mcp covers /mcp and /mcp/x, not /mcpx. Query and fragment do
//    not count.
// 3. Paths are compared after dot segments are resolved. A path that different servers read differently (encoded slash or
//    backslash, a dot segment with parameters, or behind an empty segment) is covered by the bare origin only.
//
// Both sides are compared in their redacted form: what is stored can be pasted into policy, and no key has to be.

import { redactUrl } from '../redact-url.ts';
import { remember } from '../remember.ts';
import { normaliseHost, splitUrl } from '../url.ts';

/** A place that requests go to, in comparable form. */
export interface Place {
  /** `scheme://host:port`, normalised. */
  readonly origin: string;
  /** Normalised redacted path without trailing slash ('' for the root); undefined if it is ambiguous. */
  readonly path: string | undefined;
}

const NAME = 'name:';

/**
 * Place of a URL. What is no URL is a name, as connectors of model vendors and servers attached to a client have; in policy it
 * is written `name:NAME`.
 */
export const placeOf: (url: string) => Place = remember(readPlace);

function readPlace(url: string): Place {
  const name = url.startsWith(NAME) ? url.slice(NAME.length) : url;
  if (!name.includes('://')) return { origin: `${NAME}${name.toLowerCase()}`, path: '' };
  const { scheme, host, port, path } = splitUrl(name);
  // In this order: redaction could hide a dot segment or the ambiguity of a path.
  const canonical = canonicalPath(path);
  return { origin: originOf(scheme, host, port), path: canonical && redactUrl(canonical) };
}

/** `scheme://host:port` in comparable form. */
export function originOf(scheme: string, host: string, port: number): string {
  return `${scheme === 'wss' ? 'https' : scheme === 'ws' ? 'http' : scheme}://${canonicalHost(host)}:${port}`;
}

/** Whether `place` lies within what `prefix` names. */
export function covers(prefix: Place, place: Place): boolean {
  if (prefix.origin !== place.origin) return false;
  if (prefix.path === '') return true;
  if (prefix.path === undefined || place.path === undefined) return false;
  return place.path === prefix.path || place.path.startsWith(`${prefix.path}/`);
}

/** Internationalised names and odd spellings of addresses become what browsers resolve; anything else stays as it is. */
const canonicalHost = remember(resolveHost);

function resolveHost(host: string): string {
  const lower = normaliseHost(host);
  if (/^[a-z0-9._-]*[a-z_-]$/.test(lower)) return lower;
  const parsed = URL.parse(`http://${lower.includes(':') ? `[${lower}]` : lower}/`);
  return parsed === null ? lower : normaliseHost(parsed.hostname);
}

/** Nothing to resolve: segments begin with a letter or digit and need no decoding. */
const PLAIN_PATH = /^(\/|(\/[A-Za-z0-9_{][A-Za-z0-9_.{}~-]*)+)$/;

function canonicalPath(path: string): string | undefined {
  if (PLAIN_PATH.test(path)) return path === '/' ? '' : path;
  if (/\\|%2f|%5c/i.test(path)) return undefined;
  const kept: string[] = [];
  let slashes = false;
  for (const raw of path.slice(1).split('/')) {
    const segment = raw.replace(/%2e/gi, '.').replace(/%3b/gi, ';');
    // Servers that merge slashes, or take parameters away first, go up from elsewhere.
    if (/^\.{1,2};/.test(segment) || (segment === '..' && slashes)) return undefined;
    if (segment === '' || segment.startsWith(';')) slashes = true;
    if (segment === '..') kept.pop();
    else if (segment !== '.' && segment !== '') kept.push(decodeUnreserved(raw));
  }
  return kept.length === 0 ? '' : `/${kept.join('/')}`;
}

/** `%6Dcp` is `mcp` (RFC 3986 section 6.2.2.2); other escapes differ in case only. */
function decodeUnreserved(segment: string): string {
  return segment.replace(/%([0-9a-f]{2})/gi, (escaped, hex: string) => {
    const char = String.fromCharCode(Number.parseInt(hex, 16));
    return /[A-Za-z0-9._~-]/.test(char) ? char : escaped.toUpperCase();
  });
}
