// Under which name the inventory files a flow: origin and path of the MCP server, redacted, the same for every flow of one server.
//
// Order: the stream that named the endpoint (old transport), the server as it was learnt, else the address itself. Steps before a
// session count for the server that they name: the resource in the address of its metadata (RFC 9728 section 3.1), or the resource
// that was asked for or answered; those that name none are no server.

import type { Flow } from '../flow.ts';
import { learnedKey } from '../learn.ts';
import { redactUrl } from '../redact-url.ts';
import { splitUrl } from '../url.ts';
import type { Verdict } from '../verdict.ts';

const METADATA = '/.well-known/oauth-protected-resource';
const NAMES_SERVER = new Set(['discovery.resource', 'discovery.metadata-answer']);

/** The key of a URL. Credentials, query and final slash do not count; `ws` is `http`. */
export function serverKeyOfUrl(url: string): string {
  return redactUrl(learnedKey(url));
}

/** The key of a flow, '' if it is not MCP or names no server. */
export function serverKeyOf(flow: Flow, verdict: Pick<Verdict, 'traffic' | 'signals'>): string {
  if (verdict.traffic === 'none') return '';
  if (verdict.traffic === 'discovery') return discoveredKey(flow, verdict);
  return serverKeyOfUrl(flow.learned?.stream ?? flow.learned?.url ?? flow.request.url);
}

function discoveredKey(flow: Flow, { signals }: Pick<Verdict, 'signals'>): string {
  const named = signals.find(({ id, value }) => NAMES_SERVER.has(id) && /^https?:\/\//i.test(value) && !value.endsWith('…'));
  if (named !== undefined) return serverKeyOfUrl(named.value);
  const { path } = splitUrl(flow.request.url);
  if (!path.startsWith(METADATA) || path.length <= METADATA.length + 1) return '';
  const [origin = ''] = flow.request.url.split('/.well-known/');
  return serverKeyOfUrl(origin + path.slice(METADATA.length));
}
