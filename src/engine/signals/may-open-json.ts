// Whether a body may be JSON that carries messages: the first thing in it, after a byte order mark and white space, opens an
// object or an array. Only such bodies are worth holding back until the verdict. UTF-16 and UTF-32 count: some servers read them,
// though nothing here does.

/** The zeros of UTF-16 and UTF-32 are among the first bytes. */
const ZEROS_UNTIL = 8;

/** true or false as soon as it is known, undefined while there are not enough bytes. Bytes are taken as UTF-8, or as what the zeros among them tell. */
export function mayOpenJson(start: string | Uint8Array): boolean | undefined {
  const bytes = typeof start !== 'string';
  let at = 0;
  if (!bytes && start.charCodeAt(0) === 0xfeff) at = 1;
  if (bytes && start[0] === 0xef) {
    if (start.length < 3) return (start[1] ?? 0xbb) === 0xbb ? undefined : false;
    if (start[1] !== 0xbb || start[2] !== 0xbf) return false;
    at = 3;
  }
  if (bytes && (start[0] === 0xfe || start[0] === 0xff)) {
    if (start.length < 2) return undefined;
    if ((start[1] as number) + start[0] !== 0xfe + 0xff) return false;
    at = 2;
  }
  for (; at < start.length; at++) {
    const code = bytes ? (start[at] as number) : start.charCodeAt(at);
    if (bytes && code === 0 && at < ZEROS_UNTIL) continue;
    if (code === 0x7b || code === 0x5b) return true;
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return false;
  }
  return undefined;
}
