// Header lists between HTTP/1 and HTTP/2 (RFC 9113 section 8): flat raw lists on both sides.

/** Connection-specific fields that HTTP/2 forbids (RFC 9113 8.2.2), and Host, which is :authority there. */
const FORBIDDEN = new Set([
  'connection',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/** Flat list with lower-case names, fit for HTTP/2; appended to `start`. */
export function toHttp2(raw: readonly string[], start: string[] = []): string[] {
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    if (!FORBIDDEN.has(name) && name.charCodeAt(0) !== 58) start.push(name, raw[i + 1]!);
  }
  return start;
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
