// How a flow proved who it is towards an MCP server, as far as a proxy can see. The credential itself is never looked at.
//
// Order: OAuth metadata or a challenge that names it; the Authorization header by its scheme; a header that is named like a key; a
// key in the URL; a cookie; and `none` for a server that answered without any of these. '' where nothing can be said: the server
// has not answered, or has refused.

import type { Flow } from '../flow.ts';
import { REDACTED, redactUrl } from '../redact-url.ts';
import { namesSecret } from '../secret.ts';
import type { Traffic } from '../verdict.ts';

export const AUTHENTICATION = [
  'oauth',
  'bearer',
  'basic',
  'authorization',
  'key-header',
  'key-in-url',
  'cookie',
  'none',
] as const;
export type Authentication = (typeof AUTHENTICATION)[number];

/** Traffic to a server; on other flows a credential belongs to somebody else. */
const TO_SERVER = new Set<Traffic>(['shadow', 'bypass', 'approved', 'portal']);
/** Headers that sound like a credential and are none, or not one for the server. */
const OTHER_HEADERS = /^(?:mcp-|sec-|proxy-|access-control-|x-csrf|x-xsrf|idempotency-|if-|cookie$|authorization$)/;
/** Values that a URL carries without proving anything: sessions of transports, one-time values. */
const PASSING = /^(?:session_?id|sid|session|state|nonce|code|code_verifier)$/i;

/** What a flow shows of the authentication of its server; '' if nothing. */
export function authenticationOf(flow: Flow, traffic: Traffic): Authentication | '' {
  if (traffic === 'discovery') return 'oauth';
  if (!TO_SERVER.has(traffic)) return '';
  const { headers } = flow.request;
  const { response } = flow;
  const challenge = response?.headers['www-authenticate'] ?? '';
  if (response?.status === 401) return challenge.includes('resource_metadata') ? 'oauth' : '';
  const authorization = headers.authorization ?? '';
  if (/^bearer\s/i.test(authorization)) return 'bearer';
  if (/^basic\s/i.test(authorization)) return 'basic';
  if (authorization !== '') return 'authorization';
  for (const name in headers) if (!OTHER_HEADERS.test(name) && namesSecret(name)) return 'key-header';
  if (hasKey(flow)) return 'key-in-url';
  if (headers.cookie !== undefined) return 'cookie';
  return response !== undefined && response.status < 400 ? 'none' : '';
}

function hasKey(flow: Flow): boolean {
  const redacted = redactUrl(flow.request.url);
  if (!redacted.includes(REDACTED)) return false;
  const [head = '', query = ''] = redacted.split('?', 2);
  // An endpoint that a stream named carries the session in its path or query.
  if (head.includes(REDACTED)) return flow.learned?.stream === undefined;
  return query.split(/[&;]/).some((part) => part.includes(REDACTED) && !PASSING.test(part.split('=', 1)[0] ?? ''));
}
