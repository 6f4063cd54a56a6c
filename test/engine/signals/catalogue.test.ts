import { expect, it } from 'vitest';
import type { Message } from '../../../src/engine/flow.ts';
import type { SignalId } from '../../../src/engine/signals/catalogue.ts';
import { call, type Exchange, extract, INITIALIZE, ids, LEARNED } from './exchange.ts';

const BOTH = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const STREAM = { 'content-type': 'text/event-stream' };
const NPM = { 'user-agent': 'npm/11.19.1 node/v24.0.0 linux x64' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const META = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };
const CALL = call('tools/call', { name: 'x' });
const registration = (change: object): Exchange => ({ body: { redirect_uris: ['http://localhost/cb'], ...change } });
const answered = (result: object, body: unknown = call('x/y')): Exchange => ({ body, answer: { jsonrpc: '2.0', id: 1, result } });
const onStream = (message: object): Exchange => ({
  headers: { accept: 'text/event-stream' },
  answerHeaders: STREAM,
  phase: 'message',
  message: { direction: 'response', via: 'sse', event: 'message', text: JSON.stringify(message), index: 0 } satisfies Message,
});

/** One exchange that shows each signal. */
const EXAMPLES: Record<SignalId, Exchange> = {
  'mcp.header.session-id': { headers: { 'mcp-session-id': 'a' } },
  'mcp.header.protocol-version': { headers: { 'mcp-protocol-version': '2025-06-18' } },
  'mcp.header.method': { headers: { 'mcp-method': 'tools/list' } },
  'mcp.header.name': { headers: { 'mcp-name': 'x' } },
  'mcp.header.param': { headers: { 'mcp-param-region': 'us' } },
  'mcp.header.malformed': { headers: { 'mcp-protocol-version': 'latest' } },
  'mcp.preflight': { method: 'OPTIONS', headers: { 'access-control-request-headers': 'authorization, Mcp-Session-Id' } },
  'mcp.accept': { headers: BOTH, body: CALL },
  'mcp.client.user-agent': { headers: { 'user-agent': 'codex-mcp-client/0.169.0' } },
  'mcp.client.agent': { headers: { 'user-agent': 'claude-code/2.1.328 (sdk-cli)' }, body: CALL },
  'mcp.mismatch.version': { headers: { 'mcp-protocol-version': '2025-11-25' }, body: call('tools/list', { _meta: META }) },
  'mcp.mismatch.method': { headers: { 'mcp-method': 'tools/list' }, body: CALL },
  'mcp.mismatch.name': { headers: { 'mcp-name': 'y' }, body: CALL },
  'mcp.evasion.duplicate-key': { body: '{"jsonrpc":"2.0","id":1,"method":"x","method":"tools/list"}' },
  'mcp.evasion.escaped': { body: '{"jsonrp\\u0063":"2.0","id":1,"method":"tools/list"}' },
  'mcp.evasion.content-type': { headers: { 'content-type': 'image/png' }, body: CALL },
  'mcp.opaque': { headers: BOTH, method: 'POST', opaque: true },
  'mcp.envelope': { body: { data: Buffer.from(JSON.stringify(CALL)).toString('base64') } },
  'mcp.body.initialize': { body: INITIALIZE },
  'mcp.body.meta': { body: call('x/y', { _meta: META }) },
  'mcp.body.method': { body: CALL },
  'mcp.body.generic': { body: call('resources/list') },
  'mcp.body.ping': { url: 'https://work.example/mcp', body: call('ping') },
  'mcp.body.result': { body: { jsonrpc: '2.0', id: 1, result: { action: 'accept', content: {} } } },
  'mcp.body.unconfirmed': { body: CALL, answer: { ok: true } },
  'mcp.response-header.session-id': { body: 'x', answerHeaders: { 'mcp-session-id': 'a' } },
  'mcp.response-header.cors': { answerHeaders: { 'access-control-expose-headers': 'mcp-session-id,last-event-id' } },
  'mcp.response-header.challenge': {
    body: CALL,
    status: 401,
    answerHeaders: { 'www-authenticate': 'Bearer resource_metadata="x"' },
  },
  'mcp.answer.initialize': answered({ protocolVersion: '2025-06-18', capabilities: {}, serverInfo: { name: 's' } }),
  'mcp.answer.discover': answered({ supportedVersions: ['2026-07-28'], capabilities: {} }),
  'mcp.answer.meta': answered({ _meta: { 'io.modelcontextprotocol/serverInfo': {} } }),
  'mcp.answer.tools': answered({ tools: [{ name: 'a', inputSchema: {} }] }),
  'mcp.answer.list': answered({ resourceTemplates: [{ uriTemplate: 'a://{x}', name: 'a' }] }),
  'mcp.answer.content': answered({ content: [{ type: 'text', text: 'x' }] }),
  'mcp.answer.input-required': answered({ resultType: 'input_required', inputRequests: {} }),
  'mcp.answer.error': { body: call('x/y'), answer: { jsonrpc: '2.0', id: 1, error: { code: -32021 } } },
  'mcp.answer.request': onStream({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' }),
  'mcp.answer.generic': onStream({ jsonrpc: '2.0', id: 1, method: 'roots/list' }),
  'mcp.answer.accepted': { body: call('resources/list'), status: 202, answer: 'Accepted' },
  'mcp.sse.endpoint': {
    headers: { accept: 'text/event-stream' },
    answerHeaders: STREAM,
    answer: 'event: endpoint\ndata: /m?s=1\n\n',
  },
  'mcp.grpc': {
    method: 'POST',
    url: 'https://work.example/acme.mcp.v1.Tools/Call',
    headers: { 'content-type': 'application/grpc' },
  },
  'mcp.websocket.subprotocol': { status: 101, answerHeaders: { 'sec-websocket-protocol': 'mcp' } },
  'mcp.learned': { learned: LEARNED },
  'mcp.learned.fits': { method: 'OPTIONS', headers: { 'access-control-request-method': 'POST' }, learned: LEARNED },
  'mcp.path': { method: 'POST', url: 'https://work.example/v1/%6dcp/' },
  'mcp.host': { method: 'POST', url: 'https://mcp.work.example/' },
  'mcp.tunnel-host': { url: 'https://ab12.ngrok-free.app/x', body: CALL },
  'mcp.tunnel.vendor': { headers: { 'anthropic-beta': 'mcp-tunnels-2026-06-22' } },
  'discovery.version-header': {
    url: 'https://as.example/.well-known/openid-configuration',
    headers: { 'mcp-protocol-version': '2025-06-18' },
  },
  'discovery.preflight': {
    method: 'OPTIONS',
    url: 'https://as.example/.well-known/openid-configuration',
    headers: { 'access-control-request-headers': 'mcp-protocol-version' },
  },
  'discovery.metadata-path': { url: 'https://a.example/.well-known/oauth-protected-resource/sse' },
  'discovery.metadata-answer': {
    url: 'https://a.example/.well-known/oauth-protected-resource',
    answer: { resource: 'https://a.example/mcp' },
  },
  'discovery.resource': { headers: FORM, body: 'grant_type=client_credentials&resource=https://a.example/mcp/' },
  'discovery.scope': { headers: FORM, body: 'grant_type=client_credentials&scope=openid+mcp:tools' },
  'discovery.client': registration({ client_name: 'mcporter (a.example)' }),
  'discovery.client-name': registration({ client_name: 'Test MCP Client' }),
  'discovery.registry': { url: 'https://r.example/v0/servers', answer: { servers: [{ name: 'a', remotes: [] }] } },
  'discovery.registry-path': { url: 'https://r.example/v0.1/servers/io.x%2Fa/versions/latest' },
  'discovery.server-card': { url: 'https://a.example/.well-known/mcp/server-card' },
  'discovery.well-known': { url: 'https://a.example/.well-known/ai-catalog.json' },
  'install.npm': { url: 'https://r.example/mcp-server-x', headers: NPM },
  'install.pypi': { url: 'https://r.example/simple/mcp-server-x/' },
  'install.oci': {
    url: 'https://r.example/v2/mcp/x/manifests/1',
    headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
  },
  'install.bundle': { url: 'https://a.example/x.mcpb' },
  'install.sdk': { url: 'https://r.example/@modelcontextprotocol%2fclient', headers: NPM },
  'llm.hosted.tool': { body: { tools: [{ type: 'mcp', server_label: 'a' }] } },
  'llm.hosted.servers': { body: { mcp_servers: [{ type: 'url', url: 'https://a.example/mcp' }] } },
  'llm.hosted.toolset': { body: { tools: [{ type: 'mcp_toolset', mcp_server_name: 'a' }] } },
  'llm.hosted.connector': { url: 'https://a.example/v1/connectors', body: { server: 'https://b.example' } },
  'llm.hosted.approval': { body: { input: [{ type: 'mcp_approval_response' }] } },
  'llm.hosted.history': { body: { input: [{ type: 'mcp_call', server_label: 'a' }] } },
  'llm.hosted.answer': { body: { model: 'm' }, answer: { output: [{ type: 'mcp_call', server_label: 'a' }] } },
  'llm.hosted.beta': { headers: { 'anthropic-beta': 'x,mcp-client-2025-04-04' } },
  'llm.attached.tool': { body: { tools: [{ name: 'mcp__a__b' }] } },
  'llm.attached.list': { body: { messages: [{ content: 'mcp__a__b\nmcp__a__c' }] } },
  'llm.attached.resources': { body: { tools: [{ name: 'ListMcpResourcesTool' }] } },
  'llm.attached.read-resource': { body: { tools: [{ name: 'list_mcp_resources' }, { name: 'read_mcp_resource' }] } },
  'llm.attached.session': { body: call('session/new', { mcpServers: [{ name: 'a' }] }) },
  'not.a2a': { body: call('tasks/get', { id: 'a' }) },
  'not.acp': { headers: { 'acp-connection-id': 'a' } },
  'not.lsp': { body: call('textDocument/hover', {}), url: 'https://work.example/lsp' },
  'not.answer': { body: CALL, answer: '<html>' },
  'not.content-type': { headers: { 'content-type': 'application/vnd.x+json' }, body: CALL },
};

it.each(Object.entries(EXAMPLES))('%s', (id, given) => {
  expect(ids(extract(given))).toContain(id);
});
