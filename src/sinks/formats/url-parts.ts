// The parts of a stored URL, as far as it has them. Stored URLs are redacted, so a strict parser would refuse some.

export interface UrlParts {
  scheme: string;
  /** Without the question mark; '' if there is none. */
  query: string;
  path: string;
}

export function urlParts(url: string): UrlParts {
  const end = url.indexOf('://');
  const scheme = end < 0 ? '' : url.slice(0, end);
  const mark = url.indexOf('?');
  const whole = mark < 0 ? url : url.slice(0, mark);
  const slash = end < 0 ? (whole.startsWith('/') ? 0 : -1) : whole.indexOf('/', end + 3);
  return { scheme, query: mark < 0 ? '' : url.slice(mark + 1), path: slash < 0 ? '' : whole.slice(slash) };
}
