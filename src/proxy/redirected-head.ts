// A request of a client that knows of no proxy, in the form in which a proxy is asked: an absolute target. Host says where to.
//
// The port is the one that the client connected to. A Host that names another port is refused: it says something else than the
// connection did.

import { DaylightError } from '../errors.ts';
import { formatAuthority, parseAuthority } from './authority.ts';
import { headerValue, type RequestHead, syntax } from './http1-head.ts';

export const REDIRECTED_LOOP =
  'A connection that Daylight opened was redirected to Daylight. Exempt the user that Daylight runs as from the redirection.';

/** @throws DaylightError ERR_HTTP_SYNTAX, ERR_AUTHORITY_INVALID, ERR_MISDIRECTED */
export function redirectedHead(head: RequestHead, port: number): RequestHead {
  const absolute = /^http:\/\/([^/?#]+)([^#]*)$/i.exec(head.target);
  if (!absolute && !head.target.startsWith('/'))
    throw syntax(`request target ${JSON.stringify(head.target.slice(0, 80))} is not that of a request to a web server`);
  const named = absolute?.[1] ?? headerValue(head.headers, 'host');
  if (named === '') throw syntax('a redirected request names no host, so it is not known where it leads');
  const authority = parseAuthority(named, 80);
  if (authority.port !== port)
    throw new DaylightError('ERR_MISDIRECTED', `The request is for ${formatAuthority(authority)}, but came to port ${port}.`);
  return { ...head, target: `http://${formatAuthority(authority, 80)}${absolute?.[2] ?? head.target}` };
}
