// Where a request goes, taken apart without building a URL object: host, path and query in lower case and decoded, for comparison.

export interface Place {
  host: string;
  /** Decoded and in lower case, without the final slash. */
  path: string;
  /** As received, without the question mark. */
  query: string;
}

/** Characters of a path that are looked at: patterns are matched against it. */
const MAX_PATH = 2048;

/** @param url absolute URL; anything else gives an empty place. */
export function placeOf(url: string): Place {
  const start = url.indexOf('://');
  if (start < 0) return { host: '', path: '', query: '' };
  let end = url.length;
  const hash = url.indexOf('#', start);
  if (hash >= 0) end = hash;
  let mark = url.indexOf('?', start + 3);
  if (mark < 0 || mark > end) mark = end;
  let slash = url.indexOf('/', start + 3);
  if (slash < 0 || slash > mark) slash = mark;
  const authority = url.slice(start + 3, slash);
  let path = decodeText(url.slice(slash, Math.min(mark, slash + MAX_PATH))).toLowerCase();
  while (path.length > 1 && path.endsWith('/')) path = path.slice(0, -1);
  return {
    host: authority.slice(authority.lastIndexOf('@') + 1).toLowerCase(),
    path,
    query: url.slice(Math.min(mark + 1, end), end),
  };
}

/** The last segment of a path, without its slash. */
export function lastSegment(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Percent-decoding that leaves alone what cannot be decoded. */
function decodeText(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The first value of a parameter in a query or form, '' if it is missing. */
export function parameter(form: string, name: string): string {
  const key = `${name}=`;
  let at = form.startsWith(key) ? 0 : form.indexOf(`&${key}`);
  if (at < 0) return '';
  if (at > 0 || !form.startsWith(key)) at++;
  const end = form.indexOf('&', at);
  const from = at + key.length;
  return decodeText(form.slice(from, Math.min(end < 0 ? form.length : end, from + MAX_PATH)).replaceAll('+', ' '));
}
