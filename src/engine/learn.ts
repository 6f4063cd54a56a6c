// What to remember of a server after a verdict: that its origin and path speak MCP, and how.
//
// Only the server's own behaviour teaches: an answer that is not an error, together with proof that it understood MCP (its answer,
// or headers that mean nothing to anybody else). A request alone teaches nothing, or one client could make any host look like MCP.
// The endpoint that an old-transport stream names is remembered as well, because POSTs to it often prove nothing themselves.

import type { Flow, LearnedServer } from './flow.ts';
import { remember } from './remember.ts';
import { DECIDED } from './signals/score.ts';
import { splitUrl } from './url.ts';
import type { Verdict } from './verdict.ts';

const PROOF = /^mcp\.(?:header|answer|response-header|sse|websocket)\.|^mcp\.learned\.fits$/;
const SCHEMES: Readonly<Record<string, string>> = { ws: 'http', wss: 'https' };
const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };

/**
 * Servers to remember after a verdict; none for most flows.
 *
 * @param verdict the verdict of the flow's present phase, as `decide` returned it.
 */
export function learn(flow: Flow, verdict: Verdict): LearnedServer[] {
  const { response, phase } = flow;
  if (response === undefined || phase === 'request-headers' || phase === 'request-body' || phase === 'connect') return [];
  if (response.status >= 400 || !isDecided(verdict)) return [];
  if (!verdict.extraction?.carry.confirmed && !verdict.signals.some(({ id, weight }) => weight !== 'weak' && PROOF.test(id)))
    return [];
  const { mcp } = verdict;
  const server: LearnedServer = {
    url: learnedKey(flow.request.url),
    transport: mcp.transport,
    generation: mcp.generation,
    serverName: mcp.serverName,
    serverVersion: mcp.serverVersion,
    lastSeen: flow.time,
    blocked: verdict.action === 'block',
    ...(flow.learned?.stream !== undefined && { stream: flow.learned.stream }),
  };
  if (mcp.endpoint === '') return [server];
  return [server, { ...server, url: learnedKey(mcp.endpoint), transport: 'http+sse', stream: server.url }];
}

function isDecided({ extraction, traffic, confidence }: Verdict): boolean {
  if (extraction !== undefined) return extraction.score.kind === 'mcp' && extraction.score.decided;
  return (
    confidence >= DECIDED && (traffic === 'shadow' || traffic === 'bypass' || traffic === 'approved' || traffic === 'portal')
  );
}

/**
 * The key under which a server is remembered and looked up: origin and path, without credentials, query and final slash.
 * WebSocket addresses share the key of the HTTP address.
 */
export const learnedKey: (url: string) => string = remember(keyOf);

function keyOf(url: string): string {
  const { scheme, host, port, path } = splitUrl(url);
  const web = SCHEMES[scheme] ?? scheme;
  const name = host.includes(':') ? `[${host}]` : host;
  const origin = port === 0 || DEFAULT_PORTS[web] === port ? name : `${name}:${port}`;
  return `${web}://${origin}${path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path}`;
}
