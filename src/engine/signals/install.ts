// Packages of local MCP servers being fetched: npm, PyPI, container images, MCP bundles.
//
// The shape of the request says that a package manager is at work (path, Accept, client headers), the name of the package says
// what it is. No registry is named, so company mirrors count. Names that merely begin with mcp (chips, Minecraft tools) do not.

import type { Flow } from '../flow.ts';
import { addSignal, type Draft, requestHeader } from './draft.ts';
import { lastSegment, type Place } from './place.ts';

const NPM_AGENT = /^(?:npm|pnpm|yarn|bun)\b/i;
const PYTHON_AGENT = /^(?:pip|uv|poetry|pdm|pipenv|hatch)\b/i;
const SERVER =
  /^(?:@modelcontextprotocol\/server-.+|@[^/]+\/(?:mcp|mcp-server(?:-.+)?|.+-mcp|.+-mcp-server|server-mcp|mcp-.+)|mcp-server(?:-.+)?|.+-mcp-server|.+-mcp-server-.+|.+-mcp)$/;
const LAUNCHER = /^(?:mcp-remote|mcp-proxy|supergateway|mcporter|mcpo|@modelcontextprotocol\/inspector(?:-.+)?)$/;
const SDK = /^(?:@modelcontextprotocol\/.+|fastmcp|mcp|mcp-framework)$/;

/** Reads the address of a request as the fetch of a package. */
export function readInstall(flow: Flow, place: Place, draft: Draft): void {
  const { path } = place;
  if (flow.request.method !== 'GET' && flow.request.method !== 'HEAD') return;
  if (path.endsWith('.mcpb')) addSignal(draft, 'install.bundle', 'request.url.path', lastSegment(path));
  else if (path.endsWith('.dxt')) addSignal(draft, 'install.bundle', 'request.url.path', lastSegment(path), 'weak');
  if (!path.includes('mcp') && !path.includes('modelcontextprotocol') && !path.includes('supergateway')) return;
  readNpm(flow, path, draft);
  readPypi(flow, path, draft);
  readImage(flow, path, draft);
}

function readNpm(flow: Flow, path: string, draft: Draft): void {
  const { headers } = flow.request;
  const npm =
    NPM_AGENT.test(requestHeader(flow, 'user-agent')) ||
    requestHeader(flow, 'accept').includes('application/vnd.npm.install') ||
    headers['npm-command'] !== undefined ||
    headers['pacote-req-type'] !== undefined;
  const dash = path.endsWith('.tgz') ? path.lastIndexOf('/-/') : -1;
  if (dash > 0) judge(packageAt(path.slice(0, dash)), 'install.npm', draft);
  else if (npm) judge(packageAt(path), 'install.npm', draft);
}

/** The package that ends a path, with its scope. */
function packageAt(path: string): string {
  const slash = path.lastIndexOf('/');
  const scope = path.lastIndexOf('/', slash - 1) + 1;
  return slash > 0 && path.charAt(scope) === '@' ? path.slice(scope) : path.slice(slash + 1);
}

function readPypi(flow: Flow, path: string, draft: Draft): void {
  const python =
    PYTHON_AGENT.test(requestHeader(flow, 'user-agent')) || requestHeader(flow, 'accept').includes('vnd.pypi.simple');
  const project =
    /\/simple\/([^/]+)$/.exec(path)?.[1] ?? (python ? /\/pypi\/([^/]+)(?:\/[^/]+)?\/json$/.exec(path)?.[1] : undefined);
  if (project !== undefined) judge(project.replaceAll('_', '-'), 'install.pypi', draft);
  else if (python) {
    const file = /^([a-z0-9._]+?)-\d[^/]*\.(?:whl(?:\.metadata)?|tar\.gz)$/.exec(lastSegment(path))?.[1];
    if (file !== undefined) judge(file.replaceAll('_', '-'), 'install.pypi', draft);
  }
}

function readImage(flow: Flow, path: string, draft: Draft): void {
  const start = path.indexOf('/v2/');
  const end = start < 0 ? -1 : path.slice(start + 4).search(/\/(?:manifests|blobs|tags)\//);
  if (end < 1) return;
  const name = path.slice(start + 4, start + 4 + end);
  const client = /vnd\.(?:oci|docker)\.|\b(?:docker|containerd|podman|skopeo|buildkit|crane|go-containerregistry)\b/i;
  if (!client.test(`${requestHeader(flow, 'accept')} ${requestHeader(flow, 'user-agent')}`)) return;
  const last = lastSegment(name);
  if (/(?:^|\/)mcp\/[^/]+$/.test(name) || last === 'mcp' || SERVER.test(last))
    addSignal(draft, 'install.oci', 'request.url.path', name);
}

function judge(name: string, id: 'install.npm' | 'install.pypi', draft: Draft): void {
  if (LAUNCHER.test(name)) addSignal(draft, id, 'request.url.path', name);
  else if (SDK.test(name) && !name.startsWith('@modelcontextprotocol/server-'))
    addSignal(draft, 'install.sdk', 'request.url.path', name);
  else if (SERVER.test(name)) addSignal(draft, id, 'request.url.path', name);
}
