// `Mcp-Param-*` and `Mcp-Name` repeat what the body of a request says (MCP 2026-07-28), and a server refuses a request in which they
// differ. So what is redacted in one place is replaced in the other as well, even if it was found in only one.

const MIRROR = /^mcp-(param-|name$)/i;
/** A value that a header cannot hold as it is. */
const BASE64 = /^=\?base64\?([A-Za-z0-9+/=]*)\?=$/;

/** @param replaced values redacted in the body, with their placeholders @returns undefined if nothing changes */
export function redactHeaders(headers: readonly string[], replaced: ReadonlyMap<string, string>): string[] | undefined {
  if (replaced.size === 0) return undefined;
  const result = headers.map((value, at) => (at % 2 === 1 && MIRROR.test(headers[at - 1]!) ? replaceIn(value, replaced) : value));
  return result.some((value, at) => value !== headers[at]) ? result : undefined;
}

function replaceIn(value: string, replaced: ReadonlyMap<string, string>): string {
  const coded = BASE64.exec(value);
  const plain = coded ? Buffer.from(coded[1]!, 'base64').toString('utf8') : value;
  let text = plain;
  for (const [found, placeholder] of replaced) text = text.replaceAll(found, placeholder);
  if (text === plain) return value;
  return coded ? `=?base64?${Buffer.from(text).toString('base64')}?=` : text;
}

/** Strings of JSON, names of members with their colon, and numbers. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|-?\d[\d.eE+-]*/gs;

/** @param replaced values redacted in headers @returns the JSON with the same replaced in its values, not in names */
export function redactJson(text: string, replaced: ReadonlyMap<string, string>): string {
  if (replaced.size === 0) return text;
  const written = [...replaced].map(([found, placeholder]) => [inJson(found), inJson(placeholder)] as const);
  return text.replace(TOKEN, (token, colon?: string) => {
    if (colon !== undefined) return token;
    if (token[0] !== '"') return replaced.has(token) ? JSON.stringify(replaced.get(token)) : token;
    let result = token;
    for (const [found, placeholder] of written) result = result.replaceAll(found, placeholder);
    return result;
  });
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
