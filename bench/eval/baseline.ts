// The published way of finding MCP with a secure web gateway, as a baseline: host names, URI paths and ten expressions on the body of
// a POST (Cloudflare, "Scaling MCP adoption", 2026-04-14, and its tutorial on detecting MCP in gateway logs).

import type { Flow } from '../../src/engine/flow.ts';
import { splitUrl } from '../../src/engine/url.ts';

const BODY = [
  /"method"\s{0,5}:\s{0,5}"initialize"/,
  /"method"\s{0,5}:\s{0,5}"tools\/call"/,
  /"method"\s{0,5}:\s{0,5}"tools\/list"/,
  /"method"\s{0,5}:\s{0,5}"resources\/read"/,
  /"method"\s{0,5}:\s{0,5}"resources\/list"/,
  /"method"\s{0,5}:\s{0,5}"prompts\/(list|get)"/,
  /"method"\s{0,5}:\s{0,5}"sampling\/createMessage"/,
  /"protocolVersion"\s{0,5}:\s{0,5}"202[4-9]/,
  /"method"\s{0,5}:\s{0,5}"notifications\/initialized"/,
  /"method"\s{0,5}:\s{0,5}"roots\/list"/,
];
const PATHS = new Set(['/mcp', '/mcp/sse', '/sse']);

export interface BaselineHit {
  /** The ten expressions alone. */
  body: boolean;
  /** The expressions, or host `mcp.*`, or one of the three paths. */
  any: boolean;
}

/** What the baseline says about a request. */
export function baseline(flow: Flow): BaselineHit {
  const { host, path } = splitUrl(flow.request.url);
  const text = flow.request.method === 'POST' ? (flow.request.body?.text ?? '') : '';
  const body = text !== '' && BODY.some((pattern) => pattern.test(text));
  return { body, any: body || host.startsWith('mcp.') || PATHS.has(path) };
}
