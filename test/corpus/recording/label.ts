// What an exchange is, and what of it must be seen to know. The ladder follows the protocol, not Daylight: a label is what a person
// with the specification at hand would write.

import type { Heard } from './entry.ts';
import { headerOf } from './entry.ts';

export interface Label {
  label: 'mcp' | 'llm-mcp' | 'not-mcp';
  sublabel: string;
  /** What has to be seen: the request alone, its answer, the frames; or other exchanges (`not-alone`). */
  decidable: 'request' | 'response' | 'websocket-frames' | 'not-alone';
  transport: string;
  /** Revision of MCP, or what else names the kind. */
  spec: string;
  client: string;
  server: string;
  /** Hand-written, in whole or in part. */
  synthetic: boolean;
}

export type Kind = Pick<Label, 'transport' | 'spec' | 'client' | 'server'> & { synthetic?: boolean };

/** Labels a session of MCP exchange by exchange. */
export function labelMcp(kind: Kind): (heard: Heard) => Label {
  return (heard) => {
    const [sublabel, decidable] = mcpStep(heard);
    return { label: 'mcp', sublabel, decidable, synthetic: false, ...kind };
  };
}

/** The same label for all exchanges. */
export function labelAs(label: Label['label'], sublabel: string, kind: Kind, synthetic = false): () => Label {
  return () => ({
    label,
    sublabel,
    decidable: kind.transport === 'websocket' ? 'websocket-frames' : 'request',
    synthetic,
    ...kind,
  });
}

function mcpStep(heard: Heard): [string, Label['decidable']] {
  const { method, path, requestHeaders, responseHeaders, frames } = heard;
  if (frames) return ['websocket', 'websocket-frames'];
  const oauth = oauthStep(heard);
  if (oauth !== undefined) return oauth;
  const rpc = rpcOf(heard);
  if (requestHeaders.some(([name]) => /^mcp-/i.test(name))) return [rpc === '' ? `headers:${method}` : `rpc:${rpc}`, 'request'];
  // `ping` and answers of the client could belong to any JSON-RPC service.
  if (rpc !== '' && rpc !== 'ping') return [`rpc:${rpc}`, 'request'];
  if (/^event: endpoint/m.test(heard.responseBody.toString())) return ['legacy-sse-stream', 'response'];
  if (headerOf(responseHeaders, 'mcp-session-id') !== '') return [`answer:${method}`, 'response'];
  return [`bare:${method} ${path.split('?')[0]}`, 'not-alone'];
}

/** Steps before a session, by RFC 9728, 8414, 7591 and 6749. What does not name MCP or its path proves nothing alone. */
function oauthStep({ method, path, requestHeaders, requestBody }: Heard): [string, Label['decidable']] | undefined {
  const [place = '', query = ''] = path.split('?');
  const told = headerOf(requestHeaders, 'mcp-protocol-version') !== '';
  if (/\/\.well-known\/(?:oauth|openid)-/.test(place)) {
    return ['oauth-metadata', told || /\/mcp(?:$|\/)/.test(place) ? 'request' : 'not-alone'];
  }
  const sent = `${query}&${requestBody}`;
  const resource = /(?:^|&)resource=[^&]*mcp(?:&|$)/.test(sent);
  if (place === '/register' && method === 'POST') return ['oauth-registration', told ? 'request' : 'not-alone'];
  if (place === '/authorize') return ['oauth-authorization', resource ? 'request' : 'not-alone'];
  if (place === '/token') return ['oauth-token', told || resource ? 'request' : 'not-alone'];
  return undefined;
}

/** The method of the (first) JSON-RPC request or notification in the body, '' if there is none. */
function rpcOf({ requestBody }: Heard): string {
  try {
    const sent: unknown = JSON.parse(requestBody.toString());
    const first = (Array.isArray(sent) ? sent[0] : sent) as { jsonrpc?: unknown; method?: unknown } | null;
    return first?.jsonrpc === '2.0' && typeof first.method === 'string' ? first.method : '';
  } catch {
    return '';
  }
}
