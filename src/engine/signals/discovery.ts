// The steps before a session: OAuth metadata, registration, authorisation and tokens (MCP specification, authorization; RFC 8414,
// 9728, 7591, 8707), registries of servers and server cards.
//
// OAuth alone says nothing. What says something is a metadata address or a resource that names an MCP endpoint, a scope of MCP, a
// client that is known to be one.

import type { Flow } from '../flow.ts';
import { redactUrl } from '../redact-url.ts';
import { addSignal, type Draft, requestHeader } from './draft.ts';
import { isList, memberOf, type Outline, textOf } from './outline.ts';
import { lastSegment, type Place, parameter, placeOf } from './place.ts';

const METADATA = /\/\.well-known\/(?:oauth-protected-resource|oauth-authorization-server|openid-configuration)(\/.*)?$/;

/** Reads the address of a request, and what it accepts. */
export function readDiscoveryAddress(flow: Flow, place: Place, draft: Draft): void {
  const { path, query } = place;
  if (path.includes('/.well-known/')) readWellKnown(path, draft);
  if (path.includes('/servers') && /\/v0(?:\.1)?\/servers(?:$|\/)/.test(path))
    addSignal(draft, 'discovery.registry-path', 'request.url.path', path);
  if (path.endsWith('/server-card') || requestHeader(flow, 'accept').includes('mcp-server-card+json')) {
    const sure = requestHeader(flow, 'accept').includes('mcp-server-card+json');
    addSignal(
      draft,
      'discovery.server-card',
      sure ? 'request.headers.accept' : 'request.url.path',
      path,
      sure ? 'decisive' : 'weak',
    );
  }
  if (query !== '' && query.includes('client_id=')) readGrant(query, 'request.url.query', draft);
}

function readWellKnown(path: string, draft: Draft): void {
  const at = 'request.url.path';
  if (/\/\.well-known\/mcp(?:$|\.json$|\/)/.test(path)) {
    const card = path.includes('server-card');
    addSignal(draft, card ? 'discovery.server-card' : 'discovery.well-known', at, path);
    return;
  }
  if (path.endsWith('/.well-known/ai-catalog.json')) addSignal(draft, 'discovery.well-known', at, path);
  const found = METADATA.exec(path);
  if (found === null) return;
  // RFC 8414 puts the path of the issuer behind the well-known part; OpenID Connect Discovery puts it in front.
  const suffix = found[1] ?? path.slice(0, found.index);
  const last = lastSegment(suffix);
  if (last === 'mcp' || last === 'sse')
    addSignal(draft, 'discovery.metadata-path', at, path, last === 'mcp' ? 'decisive' : 'strong');
}

/** Reads an authorisation request (query) or a token request (form). */
export function readGrant(form: string, where: string, draft: Draft): void {
  if (!form.includes('grant_type=') && !form.includes('response_type=')) return;
  readResource(parameter(form, 'resource'), `${where}.resource`, draft);
  readScope(parameter(form, 'scope'), `${where}.scope`, draft);
}

function readResource(resource: string, where: string, draft: Draft): void {
  if (resource === '') return;
  const last = lastSegment(placeOf(resource).path);
  if (last !== 'mcp' && last !== 'sse') return;
  addSignal(draft, 'discovery.resource', where, redactUrl(resource), last === 'mcp' ? 'decisive' : 'strong');
}

function readScope(scope: string, where: string, draft: Draft): void {
  const found = /(?:^|[\s:/.])mcp(?=$|[\s:/._-])/i.exec(scope);
  if (found !== null) addSignal(draft, 'discovery.scope', where, scope);
}

// The software identifier that mcp-remote registers itself with.
const MCP_SOFTWARE = new Set(['2e6dc280-f3c3-4e01-99a7-8181dbd1d23d']);
const MCP_ONLY = /^(?:MCP CLI Proxy|mcporter|MCP Inspector|mcp-remote)\b/i;
const MCP_APPS = /\bMCP\b|^(?:Claude Code|Claude|Cursor|Visual Studio Code|Codex|opencode|Windsurf|Gemini CLI)\b/i;

/** Reads the body of a dynamic client registration (RFC 7591). */
export function readRegistration(root: Outline | undefined, where: string, draft: Draft): void {
  if (!isList(memberOf(root, 'redirect_uris'))) return;
  const name = textOf(root, 'client_name');
  const known = MCP_SOFTWARE.has(textOf(root, 'software_id')) || /\bmodelcontextprotocol\b/i.test(textOf(root, 'client_uri'));
  if (known || MCP_ONLY.test(name)) addSignal(draft, 'discovery.client', `${where}.client_name`, name);
  else if (MCP_APPS.test(name)) addSignal(draft, 'discovery.client-name', `${where}.client_name`, name);
  readScope(textOf(root, 'scope'), `${where}.scope`, draft);
}

/** Reads a metadata document or the answer of a registry. Asked for only where the address calls for it. */
export function readDiscoveryAnswer(root: Outline | undefined, draft: Draft): void {
  const resource = textOf(root, 'resource');
  const last = resource === '' ? '' : lastSegment(placeOf(resource).path);
  const scopes = memberOf(root, 'scopes_supported');
  const scoped = isList(scopes) && scopes.some((scope) => typeof scope === 'string' && /^mcp(?:$|[:/._-])/i.test(scope));
  if (last === 'mcp' || last === 'sse' || scoped) {
    addSignal(draft, 'discovery.metadata-answer', 'response.body', redactUrl(resource), last === 'mcp' ? 'decisive' : 'strong');
  }
  const servers = memberOf(root, 'servers') ?? (root === undefined ? [] : [root]);
  if (!isList(servers)) return;
  const listed = servers.some((entry) => {
    const server = memberOf(entry, 'server') ?? entry;
    return textOf(server, 'name') !== '' && (isList(memberOf(server, 'packages')) || isList(memberOf(server, 'remotes')));
  });
  if (listed) addSignal(draft, 'discovery.registry', 'response.body.servers', '');
}
