// Whether a body may be JSON that carries messages: the first thing in it, after a byte order mark and white space, opens an
// object or an array. Only such bodies are worth holding back until the verdict.

/** true or false as soon as it is known, undefined while there are not enough bytes. Bytes are taken as UTF-8. */
export function mayOpenJson(start: string | Uint8Array): boolean | undefined {
  const bytes = typeof start !== 'string';
  let at = 0;
  if (!bytes && start.charCodeAt(0) === 0xfeff) at = 1;
  if (bytes && start[0] === 0xef) {
    if (start.length < 3) return (start[1] ?? 0xbb) === 0xbb ? undefined : false;
    if (start[1] !== 0xbb || start[2] !== 0xbf) return false;
    at = 3;
  }
  for (; at < start.length; at++) {
    const code = bytes ? (start[at] as number) : start.charCodeAt(at);
    if (code === 0x7b || code === 0x5b) return true;
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return false;
  }
  return undefined;
}
