// Whether the answer to a request has to be read as a document. Most need not: an event stream is read event by event, and what else a
// server delivers proves nothing. Order: a question in JSON-RPC, a question that could not be read, metadata and registries.

import type { Flow } from '../flow.ts';
import { splitUrl } from '../url.ts';
import type { Signal, Verdict } from '../verdict.ts';

/** @param verdict on the request. */
export function answerMatters({ request: { method, url } }: Flow, { mcp, signals }: Pick<Verdict, 'mcp' | 'signals'>): boolean {
  if (method === 'POST') return mcp.requests.length > 0 || signals.some(({ id }) => id === 'mcp.opaque' || id === 'mcp.envelope');
  return method === 'GET' && isMetadata(splitUrl(url).path, signals);
}

/** Whether a path leads to OAuth metadata, a server card or a registry, whose documents are read whatever the method was. */
export function isMetadata(path: string, signals: readonly Signal[]): boolean {
  return path.includes('/.well-known/') || signals.some(({ id }) => id === 'discovery.registry-path');
}
