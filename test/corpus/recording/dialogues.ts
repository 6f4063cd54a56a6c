// Look-alikes written by hand, as data: what is asked and what is answered.

interface Exchange {
  /** POST unless told. */
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: object | string;
  answer: { status?: number; headers?: Record<string, string>; body?: object | string };
}

export interface Dialogue {
  name: string;
  origin: string;
  sublabel: string;
  exchanges: Exchange[];
}

const rpc = (id: number, method: string, params: object) => ({ jsonrpc: '2.0', id, method, params });
const result = (id: number, value: unknown) => ({ jsonrpc: '2.0', id, result: value });
const STREAM = { 'content-type': 'text/event-stream' };
const BOTH = { accept: 'application/json, text/event-stream' };

/** A message of MCP, as documents hold it. */
export const MCP_CALL = rpc(1, 'tools/call', { name: 'get_order', arguments: { id: '17' } });

const MESSAGE = { kind: 'message', messageId: 'm1', role: 'user', parts: [{ kind: 'text', text: 'Which orders are late?' }] };
const TASK = { kind: 'task', id: 't1', contextId: 'c1', status: { state: 'completed' } };
const agents: Dialogue = {
  name: 'not-mcp/a2a',
  origin: 'https://agents.contoso.example',
  sublabel: 'a2a',
  exchanges: [
    {
      method: 'GET',
      path: '/.well-known/agent-card.json',
      answer: { body: { name: 'orders', protocolVersion: '0.3.0', capabilities: { streaming: true }, skills: [] } },
    },
    { path: '/a2a', headers: BOTH, body: rpc(1, 'message/send', { message: MESSAGE }), answer: { body: result(1, TASK) } },
    {
      path: '/a2a',
      headers: { accept: 'text/event-stream' },
      body: rpc(2, 'message/stream', { message: MESSAGE }),
      answer: { headers: STREAM, body: `data: ${JSON.stringify(result(2, TASK))}\n\n` },
    },
    { path: '/a2a', body: rpc(3, 'tasks/get', { id: 't1' }), answer: { body: result(3, TASK) } },
    { path: '/a2a', body: rpc(4, 'tasks/cancel', { id: 't1' }), answer: { body: result(4, TASK) } },
  ],
};

const acp: Dialogue = {
  name: 'not-mcp/acp',
  origin: 'https://coder.contoso.example',
  sublabel: 'acp',
  exchanges: [
    {
      path: '/acp',
      headers: BOTH,
      body: rpc(0, 'initialize', {
        protocolVersion: 1,
        clientCapabilities: { fs: { readTextFile: true } },
        clientInfo: { name: 'editor', version: '1' },
      }),
      answer: { body: result(0, { protocolVersion: 1, agentCapabilities: { loadSession: true }, authMethods: [] }) },
    },
    {
      path: '/acp',
      body: rpc(1, 'session/new', { cwd: '/home/ann/project', mcpServers: [] }),
      answer: { body: result(1, { sessionId: 's1' }) },
    },
    {
      path: '/acp',
      body: rpc(2, 'session/prompt', { sessionId: 's1', prompt: [{ type: 'text', text: 'Tidy this file' }] }),
      answer: { body: result(2, { stopReason: 'end_turn' }) },
    },
  ],
};

const DOCUMENT = { uri: 'file:///src/main.rs' };
const lsp: Dialogue = {
  name: 'not-mcp/lsp-http',
  origin: 'https://editor.contoso.example',
  sublabel: 'lsp',
  exchanges: [
    {
      path: '/lsp',
      body: rpc(1, 'initialize', {
        processId: 42,
        rootUri: 'file:///src',
        capabilities: { textDocument: {} },
        clientInfo: { name: 'editor', version: '9' },
      }),
      answer: { body: result(1, { capabilities: { hoverProvider: true }, serverInfo: { name: 'gopls', version: '1' } }) },
    },
    {
      path: '/lsp',
      body: rpc(2, 'textDocument/hover', { textDocument: DOCUMENT }),
      answer: { body: result(2, { contents: 'fn' }) },
    },
    { path: '/lsp', body: rpc(3, 'shutdown', {}), answer: { body: result(3, null) } },
  ],
};

const ethereum: Dialogue = {
  name: 'not-mcp/ethereum',
  origin: 'https://chain.contoso.example',
  sublabel: 'jsonrpc-ethereum',
  exchanges: [
    { path: '/', body: rpc(1, 'eth_chainId', []), answer: { body: result(1, '0x1') } },
    {
      path: '/',
      body: [rpc(2, 'eth_blockNumber', []), rpc(3, 'eth_getBalance', ['0x00', 'latest'])],
      answer: { body: [result(2, '0x10'), result(3, '0x0')] },
    },
    { path: '/', body: rpc(4, 'net_version', []), answer: { body: result(4, '1') } },
  ],
};

const generic: Dialogue = {
  name: 'not-mcp/json-rpc',
  origin: 'https://billing.fabrikam.example',
  sublabel: 'jsonrpc-generic',
  exchanges: [
    { path: '/rpc', body: rpc(1, 'invoice.list', { limit: 10 }), answer: { body: result(1, [{ id: 7 }]) } },
    { path: '/rpc', body: rpc(2, 'ping', {}), answer: { body: result(2, 'pong') } },
    {
      path: '/rpc',
      body: rpc(3, 'invoice.get', { id: 9 }),
      answer: { body: { jsonrpc: '2.0', id: 3, error: { code: -32602, message: 'no such invoice' } } },
    },
  ],
};

const graphql: Dialogue = {
  name: 'not-mcp/graphql-sse',
  origin: 'https://shop.contoso.example',
  sublabel: 'graphql',
  exchanges: [
    {
      path: '/graphql',
      headers: BOTH,
      body: { query: '{ tools { name inputSchema } }' },
      answer: { body: { data: { tools: [] } } },
    },
    {
      path: '/graphql/stream',
      headers: { accept: 'text/event-stream' },
      body: { query: 'subscription { price }' },
      answer: { headers: STREAM, body: 'event: next\ndata: {"data":{"price":3}}\n\nevent: complete\ndata:\n\n' },
    },
  ],
};

const ELASTIC = { 'content-type': 'application/vnd.elasticsearch+json; compatible-with=9' };
const documents: Dialogue = {
  name: 'not-mcp/documents-about-mcp',
  origin: 'https://search.contoso.example',
  sublabel: 'document-store',
  exchanges: [
    {
      path: '/mcp-logs/_doc',
      headers: ELASTIC,
      body: { '@timestamp': '2026-11-20T08:00:00Z', message: JSON.stringify(MCP_CALL) },
      answer: { status: 201, headers: ELASTIC, body: { _index: 'mcp-logs', _id: 'a1', result: 'created' } },
    },
    {
      path: '/mcp-logs/_doc',
      body: MCP_CALL,
      answer: { status: 201, body: { _index: 'mcp-logs', _id: 'a2', result: 'created' } },
    },
    {
      path: '/_bulk',
      headers: { 'content-type': 'application/x-ndjson' },
      body: `{"index":{"_index":"mcp-logs"}}\n${JSON.stringify(MCP_CALL)}\n`,
      answer: { body: { errors: false, items: [{ index: { _id: 'a3', status: 201 } }] } },
    },
    {
      path: '/api/v1/issues',
      body: { title: 'tools/call fails', body: `It sends ${JSON.stringify(MCP_CALL)} with Mcp-Session-Id: 1` },
      answer: { status: 201, body: { number: 12 } },
    },
    {
      path: '/api/v1/settings',
      headers: BOTH,
      body: { mcpServers: { files: { command: 'npx', args: ['-y', '@modelcontextprotocol/server-filesystem'] } } },
      answer: { body: { saved: true } },
    },
    {
      path: '/v1/traces',
      body: { resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'tools/call get_order' }] }] }] },
      answer: { body: {} },
    },
  ],
};

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const login: Dialogue = {
  name: 'not-mcp/oauth-login',
  origin: 'https://login.contoso.example',
  sublabel: 'oauth-not-mcp',
  exchanges: [
    {
      method: 'GET',
      path: '/.well-known/openid-configuration',
      answer: { body: { issuer: 'https://login.contoso.example', token_endpoint: 'https://login.contoso.example/token' } },
    },
    {
      method: 'GET',
      path: '/authorize?response_type=code&client_id=portal&scope=openid+profile&redirect_uri=https%3A%2F%2Fportal.contoso.example%2Fcb',
      answer: { status: 302, headers: { location: 'https://portal.contoso.example/cb?code=code-1' } },
    },
    {
      path: '/token',
      headers: FORM,
      body: 'grant_type=authorization_code&code=code-1&client_id=portal',
      answer: { body: { access_token: 'removed', token_type: 'Bearer', expires_in: 3600 } },
    },
    {
      path: '/register',
      body: { client_name: 'Mail reader', redirect_uris: ['https://mail.contoso.example/cb'] },
      answer: { status: 201, body: { client_id: 'client-9' } },
    },
  ],
};

const social: Dialogue = {
  name: 'not-mcp/oauth-protected-resource',
  origin: 'https://social.fabrikam.example',
  sublabel: 'oauth-not-mcp',
  exchanges: [
    {
      method: 'GET',
      path: '/.well-known/oauth-protected-resource',
      answer: {
        body: { resource: 'https://social.fabrikam.example', authorization_servers: ['https://login.fabrikam.example'] },
      },
    },
    {
      method: 'GET',
      path: '/.well-known/oauth-authorization-server',
      answer: { body: { issuer: 'https://login.fabrikam.example', scopes_supported: ['atproto', 'transition:generic'] } },
    },
  ],
};

const pages: Dialogue = {
  name: 'not-mcp/pages',
  origin: 'https://mcp.contoso.example',
  sublabel: 'web',
  exchanges: [
    {
      method: 'GET',
      path: '/mcp',
      headers: { accept: 'text/html' },
      answer: { headers: { 'content-type': 'text/html' }, body: '<h1>MCP at Contoso</h1><pre>{"method":"tools/list"}</pre>' },
    },
    {
      method: 'GET',
      path: '/sse',
      headers: { accept: 'text/html' },
      answer: { status: 404, headers: { 'content-type': 'text/html' } },
    },
    { path: '/v1/orders', body: { item: 'chair', count: 2 }, answer: { status: 201, body: { id: 17 } } },
    { method: 'DELETE', path: '/v1/orders/17', answer: { status: 204, headers: {} } },
  ],
};

export const DIALOGUES: readonly Dialogue[] = [agents, acp, lsp, ethereum, generic, graphql, documents, login, social, pages];
