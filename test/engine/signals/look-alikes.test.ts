import { describe, expect, it } from 'vitest';
import { extractSignals } from '../../../src/engine/signals/extract.ts';
import { call, exchange, extract, INITIALIZE, ids, kind } from './exchange.ts';

const A2A_MESSAGE = { message: { messageId: '1', role: 'user', parts: [{ kind: 'text', text: 'hi' }] } };
const ACP = { protocolVersion: 1, clientCapabilities: { fs: {} }, clientInfo: { name: 'editor', version: '1' } };
const LSP = { processId: null, clientInfo: { name: 'Monaco' }, rootUri: 'file:///w', capabilities: { textDocument: {} } };
const QUOTED = JSON.stringify(INITIALIZE);

describe('is not MCP:', () => {
  it.each<[string, unknown]>([
    ['A2A message/send', call('message/send', A2A_MESSAGE)],
    ['A2A tasks/get', call('tasks/get', { id: 'a0e7' })],
    ['A2A tasks/cancel', call('tasks/cancel', { id: 'a0e7' })],
    ['A2A 1.0', call('SendMessage', A2A_MESSAGE)],
    ['ACP initialize', call('initialize', ACP)],
    ['ACP session/new', call('session/new', { cwd: '/w', mcpServers: [] })],
    ['LSP initialize', call('initialize', LSP)],
    ['LSP initialized', call('initialized', {})],
    ['DAP', { seq: 1, type: 'request', command: 'initialize', arguments: {} }],
    ['Ethereum', [call('eth_blockNumber', []), call('net_version', [], 2)]],
    ['Kodi', call('Player.GetActivePlayers')],
    ['a free ping', call('ping', [])],
    [
      'a free initialize',
      call('initialize', { client: 'desktop', clientInfo: { name: 'sync', version: '4' }, capabilities: {} }),
    ],
    [
      'a free initialize with a version of its own',
      call('initialize', { protocolVersion: '1.2', capabilities: {}, clientInfo: { name: 'x' } }),
    ],
    ['tools.list', call('tools.list', {})],
    ['tools/list with positions', call('tools/list', [1])],
    ['resources/list of something else', call('resources/list', { type: 'vm' })],
    ['notifications/message of a chat', call('notifications/message', { text: 'hi' })],
    ['no JSON-RPC', { id: 3, method: 'tools/call', params: { name: 'x' } }],
    ['REST', { cursor: null }],
    ['GraphQL', { query: '{ tools { name inputSchema } }' }],
    ['configuration', { mcpServers: { fs: { command: 'npx' } } }],
    ['a quoted message', { title: 'MCP fails', body: QUOTED }],
    ['a nested message', { event: 'x', data: INITIALIZE }],
    ['a message in a list of a document', { items: [INITIALIZE] }],
    ['telemetry', { resourceSpans: [{ attributes: [{ key: 'mcp.method.name', value: { stringValue: 'tools/call' } }] }] }],
    ['newline-delimited JSON', `{"index":{"_index":"mcp-logs"}}\n${QUOTED}\n`],
  ])('%s', (_, body) => {
    const found = extract({ body, answer: { ok: true } });
    expect(kind(found)).toBe('none');
  });

  it('a free method of the same name and parameters, without a second sign', () => {
    expect(kind(extract({ body: call('resources/list', {}), answer: { jsonrpc: '2.0', id: 1, result: ['a'] } }))).toBe('suspect');
    const answer = { jsonrpc: '2.0', id: 1, result: { resources: [{ uri: 'file:///a', name: 'a' }] } };
    expect(kind(extract({ body: call('resources/list', {}), answer }))).toBe('mcp');
  });

  it('a document, whatever it says', () => {
    expect(kind(extract({ answer: INITIALIZE }))).toBe('none');
    expect(kind(extract({ answer: { jsonrpc: '2.0', id: 1, result: { tools: [{ name: 'x', inputSchema: {} }] } } }))).toBe(
      'none',
    );
  });

  it('a page or a control panel under a name of MCP', () => {
    expect(kind(extract({ url: 'https://mcp.work.example/mcp', headers: { accept: 'text/html' } }))).toBe('none');
    expect(kind(extract({ url: 'https://work.example/api/mcp-servers', headers: { accept: 'application/json' } }))).toBe('none');
  });

  it.each(['{"status":"healthy"}', 'hello', '{"jsonrpc":"2.0","method":"price.update","params":{"px":3.2}}'])(
    'an event stream with %s',
    (data) => {
      const flow = exchange({
        url: 'https://hub.example/sse',
        headers: { accept: 'text/event-stream' },
        answerHeaders: { 'content-type': 'text/event-stream' },
      });
      const response = {
        status: 200,
        headers: { 'content-type': 'text/event-stream' },
        body: { text: `data: ${data}\n\n`, bytes: 9, complete: true },
      };
      expect(kind(extractSignals({ ...flow, response }))).toBe('none');
    },
  );
});

describe('a message of MCP that is read back', () => {
  const call1 = call('tools/call', { name: 'x', arguments: {} });

  it('from a store that was asked in another language', () => {
    expect(kind(extract({ body: 'SELECT * FROM mcp_messages', headers: {}, answer: call1 }))).toBe('none');
  });

  it('is suspect where a stream hands it out, since only clients send it', () => {
    const flow = exchange({ url: 'https://logs.example/tail', answerHeaders: { 'content-type': 'text/event-stream' } });
    const body = { text: `data: ${JSON.stringify(call1)}\n\n`, bytes: 99, complete: true };
    const response = { status: 200, headers: { 'content-type': 'text/event-stream' }, body };
    expect(kind(extractSignals({ ...flow, response }))).toBe('suspect');
  });
});

describe('a message of MCP that is stored as a document', () => {
  const document = { body: call('tools/call', { name: 'x', arguments: {} }), url: 'https://search.example/mcp-logs/_doc' };

  it('is decided by the request, and withdrawn by the answer', () => {
    const request = extract(document);
    expect(kind(request)).toBe('mcp');
    const found = extract({ ...document, status: 201, answer: { _index: 'mcp-logs', result: 'created' } }, request);
    expect(kind(found)).toBe('suspect');
    expect(ids(found)).toEqual(['mcp.body.unconfirmed', 'not.answer']);
    expect(found.request.decided).toBe(true);
  });

  it('is never decided under the content type of a document store', () => {
    const headers = { 'content-type': 'application/vnd.elasticsearch+json; compatible-with=8' };
    expect(kind(extract({ ...document, headers }))).toBe('suspect');
    expect(kind(extract({ ...document, method: 'PUT' }))).toBe('suspect');
  });

  it.each<[string, number, unknown, Record<string, string>]>([
    ['JSON-RPC', 200, { jsonrpc: '2.0', id: 1, result: {} }, { 'content-type': 'application/json' }],
    ['an event stream', 200, undefined, { 'content-type': 'text/event-stream' }],
    ['an empty acceptance', 202, undefined, {}],
    ['a word', 202, 'Accepted', { 'content-type': 'text/plain' }],
    ['null', 202, 'null', { 'content-type': 'application/json' }],
    ['a refusal', 404, '<html>Cannot POST /sse</html>', { 'content-type': 'text/html' }],
    ['a challenge', 401, { error: 'invalid_token' }, { 'content-type': 'application/json' }],
  ])('is not withdrawn by %s', (_, status, answer, answerHeaders) => {
    expect(kind(extract({ ...document, status, answer, answerHeaders }))).toBe('mcp');
  });

  it('is not withdrawn where a header proves it', () => {
    const headers = { 'content-type': 'application/json', 'mcp-session-id': 'x' };
    expect(kind(extract({ ...document, headers, answer: { ok: true } }))).toBe('mcp');
  });
});
