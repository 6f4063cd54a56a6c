import { describe, expect, it } from 'vitest';
import { extract, ids, kind } from './exchange.ts';

const NPM = { 'user-agent': 'npm/11.19.1 node/v24.0.0 linux x64', 'npm-command': 'exec' };
const PIP = { 'user-agent': 'uv/0.9.2', accept: 'application/vnd.pypi.simple.v1+json' };
const OCI = { accept: 'application/vnd.oci.image.index.v1+json', 'user-agent': 'docker/28.0' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const REDIRECT = ['http://localhost:8090/callback'];

describe('steps before a session are discovery:', () => {
  it.each([
    [
      'metadata with the version header',
      'https://login.example/.well-known/oauth-authorization-server',
      { 'mcp-protocol-version': '2025-06-18' },
    ],
    ['metadata of a path', 'https://work.example/.well-known/oauth-protected-resource/tools/mcp', {}],
    ['issuer metadata of a path', 'https://work.example/.well-known/oauth-authorization-server/mcp', {}],
    ['OpenID metadata behind a path', 'https://work.example/mcp/.well-known/openid-configuration', {}],
    ['a server card', 'https://work.example/api/server-card', { accept: 'application/mcp-server-card+json' }],
    ['a server card at its well-known place', 'https://work.example/.well-known/mcp/server-card.json', {}],
    [
      'an authorisation',
      'https://login.example/authorize?response_type=code&client_id=1&scope=mcp%3Atools&resource=https%3A%2F%2Fwork.example%2Fmcp',
      {},
    ],
  ])('%s', (_, url, headers: Record<string, string>) => {
    expect(kind(extract({ url, headers }))).toBe('discovery');
  });

  it('a preflight for metadata', () => {
    const headers = { 'access-control-request-headers': 'mcp-protocol-version' };
    expect(kind(extract({ method: 'OPTIONS', url: 'https://work.example/.well-known/oauth-protected-resource', headers }))).toBe(
      'discovery',
    );
  });

  it('metadata at the root that names an MCP server', () => {
    const url = 'https://work.example/.well-known/oauth-protected-resource';
    expect(kind(extract({ url }))).toBe('none');
    expect(
      kind(extract({ url, answer: { resource: 'https://work.example/mcp', authorization_servers: ['https://login.example'] } })),
    ).toBe('discovery');
    expect(kind(extract({ url, answer: { resource: 'https://work.example/', scopes_supported: ['mcp:tools'] } }))).toBe(
      'suspect',
    );
  });

  it.each<[string, object]>([
    [
      'mcp-remote',
      { redirect_uris: REDIRECT, client_name: 'MCP CLI Proxy', software_id: '2e6dc280-f3c3-4e01-99a7-8181dbd1d23d' },
    ],
    ['a client with the scope of MCP', { redirect_uris: REDIRECT, client_name: 'Test MCP Client', scope: 'mcp:tools' }],
  ])('the registration of %s', (_, body) => {
    expect(kind(extract({ url: 'https://login.example/register', body }))).toBe('discovery');
  });

  it('a token for a resource that is an MCP server', () => {
    const body = 'grant_type=authorization_code&code=abc&code_verifier=s3cret&resource=https%3A%2F%2Fwork.example%2Fmcp';
    const found = extract({ url: 'https://login.example/token', headers: FORM, body });
    expect(kind(found)).toBe('discovery');
    expect(JSON.stringify(found)).not.toContain('s3cret');
  });

  it('a registry of servers, confirmed by its answer', () => {
    const url = 'https://registry.work.example/v0.1/servers?search=git&limit=10';
    expect(kind(extract({ url }))).toBe('suspect');
    expect(kind(extract({ url, answer: { servers: [{ server: { name: 'io.x/git', packages: [{}] } }] } }))).toBe('discovery');
    expect(kind(extract({ url, answer: { servers: [{ id: 1, status: 'running' }] } }))).toBe('suspect');
  });

  it.each<[string, string, Record<string, string>, string | object | undefined]>([
    ['OpenID discovery', 'https://login.example/.well-known/openid-configuration', {}, undefined],
    ['metadata of another path', 'https://work.example/.well-known/oauth-protected-resource/api/v2', {}, undefined],
    [
      'a token for another resource',
      'https://login.example/token',
      FORM,
      'grant_type=refresh_token&resource=https%3A%2F%2Fgraph.example',
    ],
    [
      'another registration',
      'https://login.example/register',
      { 'content-type': 'application/json' },
      { redirect_uris: REDIRECT, client_name: 'Photo Printer' },
    ],
    ['a note about MCP in a form', 'https://chat.example/post', FORM, 'text=grant_type%3D+resource%3Dhttps%3A%2F%2Fx%2Fmcp'],
  ])('but not %s', (_, url, headers, body) => {
    expect(kind(extract({ url, headers, body }))).toBe('none');
  });
});

describe('fetches of local servers are installs:', () => {
  it.each([
    ['/@modelcontextprotocol%2fserver-memory', NPM],
    ['/artifactory/api/npm/npm-remote/@modelcontextprotocol%2fserver-memory', NPM],
    ['/mcp-server-kubernetes', NPM],
    ['/@playwright%2fmcp', NPM],
    ['/@upstash%2fcontext7-mcp', NPM],
    ['/mcp-remote', NPM],
    ['/@playwright/mcp/-/mcp-0.0.83.tgz', {}],
    ['/simple/mcp-server-git/', PIP],
    ['/packages/ab/cd/mcp_server_git-1.2.3-py3-none-any.whl', PIP],
    ['/packages/ab/cd/mcp_server_git-1.2.3-py3-none-any.whl.metadata', PIP],
    ['/v2/mcp/github/manifests/latest', OCI],
    ['/v2/github/github-mcp-server/manifests/latest', OCI],
    ['/downloads/files.mcpb', {}],
  ])('%s', (path, headers: Record<string, string>) => {
    expect(kind(extract({ url: `https://mirror.work.example${path}`, headers }))).toBe('install');
  });

  it.each([
    ['/mcp-spi-adc', NPM],
    ['/mcp23017', NPM],
    ['/lodash', NPM],
    ['/simple/requests/', PIP],
    ['/simple/mcpi/', PIP],
    ['/v2/library/redis/manifests/latest', OCI],
    ['/docs/mcp-server-git', { accept: 'text/html' }],
  ])('but not %s', (path, headers: Record<string, string>) => {
    expect(kind(extract({ url: `https://mirror.work.example${path}`, headers }))).toBe('none');
  });

  it('a package for building servers is a weak sign', () => {
    const found = extract({ url: 'https://mirror.work.example/@modelcontextprotocol%2fsdk', headers: NPM });
    expect(ids(found)).toEqual(['install.sdk']);
    expect(kind(found)).toBe('suspect');
  });
});

describe('a tunnel for an internal server', () => {
  it('is decided by its header or its address', () => {
    expect(kind(extract({ headers: { 'x-tunnel-mcp-server-info': '{"version":1}' } }))).toBe('mcp');
    expect(
      kind(
        extract({
          url: 'https://api.vendor.example/v1/tunnels/t1/poll?limit=25',
          headers: { 'x-tunnel-client-name': 'tunnel-client' },
        }),
      ),
    ).toBe('mcp');
    expect(kind(extract({ url: 'https://api.vendor.example/v1/tunnels/t1/poll' }))).toBe('none');
  });
});
