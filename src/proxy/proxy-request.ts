// A request head of HTTP/1 as a ProxyRequest: target form, authority, body length (RFC 9112 section 3.2).

import { bodyLengthOf } from './http1-body.ts';
import { type Framing, headerValue, type RequestHead, syntax } from './http1-head.ts';
import type { ProxyRequest } from './stream.ts';

const ABSOLUTE = /^(https?):\/\/([^/?#]+)([^#]*)$/i;

/**
 * A request in a tunnel: origin-form, or absolute-form, whose authority then replaces Host.
 *
 * @param fallback authority for a request without one: HTTP/1.0, or an empty Host
 * @throws DaylightError ERR_HTTP_SYNTAX
 */
export function tunnelRequest(head: RequestHead, framing: Framing, scheme: 'http' | 'https', fallback: string): ProxyRequest {
  const absolute = ABSOLUTE.exec(head.target);
  if (!absolute && !head.target.startsWith('/') && !(head.target === '*' && head.method === 'OPTIONS')) {
    throw syntax(`request target ${JSON.stringify(head.target.slice(0, 80))} is neither a path nor an absolute URL`);
  }
  if (absolute) return withHost(build(head, framing, schemeOf(absolute), absolute[2]!, pathOf(absolute)));
  const host = headerValue(head.headers, 'host');
  // Without a host the request is for the tunnel's, and the server is told so.
  if (host === '') return withHost(build(head, framing, scheme, fallback, head.target));
  return build(head, framing, scheme, host, head.target);
}

/**
 * A request to the proxy itself in absolute-form. Host is replaced by the authority of the target, as RFC 9112 3.2.2 demands.
 *
 * @returns undefined if the target is not an absolute http URL
 */
export function proxyRequest(head: RequestHead, framing: Framing): ProxyRequest | undefined {
  const absolute = ABSOLUTE.exec(head.target);
  if (!absolute || schemeOf(absolute) !== 'http') return undefined;
  return withHost(build(head, framing, 'http', absolute[2]!, pathOf(absolute)));
}

/** Makes the Host field say what the target says, in its place. */
function withHost(request: ProxyRequest): ProxyRequest {
  const headers: string[] = [];
  let replaced = false;
  for (let i = 0; i < request.headers.length; i += 2) {
    const name = request.headers[i]!;
    const isHost = name.length === 4 && name.toLowerCase() === 'host';
    replaced ||= isHost;
    headers.push(name, isHost ? request.authority : request.headers[i + 1]!);
  }
  return { ...request, headers: replaced ? headers : ['Host', request.authority, ...headers] };
}

function build(head: RequestHead, framing: Framing, scheme: 'http' | 'https', authority: string, path: string): ProxyRequest {
  const { method, headers, version: httpVersion } = head;
  return { method, scheme, authority, path, headers, httpVersion, body: bodyLengthOf(framing) };
}

function schemeOf(absolute: RegExpExecArray): 'http' | 'https' {
  return absolute[1]!.toLowerCase() === 'https' ? 'https' : 'http';
}

function pathOf(absolute: RegExpExecArray): string {
  const path = absolute[3]!;
  return path.startsWith('/') ? path : `/${path}`;
}

/** Whether a request asks for a WebSocket (RFC 6455 4.1). One with a body is an ordinary request, without its Upgrade. */
export function isWebSocket(head: RequestHead, framing: Framing): boolean {
  return (
    head.method === 'GET' &&
    framing.kind === 'none' &&
    headerValue(head.headers, 'upgrade').toLowerCase() === 'websocket' &&
    /(^|[\s,])upgrade([\s,]|$)/i.test(headerValue(head.headers, 'connection'))
  );
}
