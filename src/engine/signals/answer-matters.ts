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

/** Requests whose answers carry content for the model, and neither describe the server nor its tools. */
const CONTENT_METHODS = new Set(['tools/call', 'resources/read', 'prompts/get', 'completion/complete', 'ping']);

/**
 * Whether an answer can change nothing, so that it need not be held and read: the server has proven itself before, the request
 * says MCP in its headers, which no answer takes back, and asks for nothing that the inventory wants. Holds only where policy
 * rules on classes of traffic; a rule with a mode of its own may be one about answers.
 *
 * @param verdict on the request, which may pass.
 */
export function answerIsSettled({ learned, response }: Flow, { mcp, signals }: Pick<Verdict, 'mcp' | 'signals'>): boolean {
  return (
    learned !== undefined &&
    response?.status === 200 &&
    mcp.requests.length > 0 &&
    mcp.requests.every(({ method }) => CONTENT_METHODS.has(method)) &&
    signals.some(({ id, weight }) => weight === 'decisive' && id.startsWith('mcp.header.'))
  );
}

/** Whether a path leads to OAuth metadata, a server card or a registry, whose documents are read whatever the method was. */
export function isMetadata(path: string, signals: readonly Signal[]): boolean {
  return path.includes('/.well-known/') || signals.some(({ id }) => id === 'discovery.registry-path');
}
