// Header lists between HTTP/1 and HTTP/2 (RFC 9113 section 8): flat raw lists on both sides.

/** Repeated fields travel as they came; Node would throw for those that should stand once (its typings do not know the option). */
export const REPEATS_ALLOWED = { strictSingleValueFields: false };

/** Connection-specific fields that HTTP/2 forbids (RFC 9113 8.2.2), and Host, which is :authority there. */
const FORBIDDEN = new Set([
  'connection',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);

/** Flat list with lower-case names, fit for HTTP/2; appended to `start`. */
export function toHttp2(raw: readonly string[], start: string[] = []): string[] {
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    const value = raw[i + 1]!;
    if (FORBIDDEN.has(name) && !(name === 'te' && value === 'trailers')) continue;
    if (name.charCodeAt(0) !== 58) start.push(name, value);
  }
  return start;
}

/** The same as an object, for the calls of Node that take no list. Repeated fields stay repeated. */
export function toHttp2Fields(raw: readonly string[]): Record<string, string[]> {
  const fields: Record<string, string[]> = Object.create(null);
  const flat = toHttp2(raw);
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i]!;
    if (fields[name]) fields[name].push(flat[i + 1]!);
    else fields[name] = [flat[i + 1]!];
  }
  return fields;
}

/** Flat list without pseudo-headers, with `cookie` joined to one field (RFC 9113 8.2.3). */
export function fromHttp2(raw: readonly string[]): string[] {
  const headers: string[] = [];
  let cookie = -1;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!;
    if (name.charCodeAt(0) === 58) continue;
    if (name === 'cookie' && cookie >= 0) headers[cookie] += `; ${raw[i + 1]!}`;
    else {
      if (name === 'cookie') cookie = headers.length + 1;
      headers.push(name, raw[i + 1]!);
    }
  }
  return headers;
}

/** Value of a pseudo-header, '' if absent. */
export function pseudoHeader(raw: readonly string[], name: string): string {
  for (let i = 0; i + 1 < raw.length; i += 2) if (raw[i] === name) return raw[i + 1]!;
  return '';
}
