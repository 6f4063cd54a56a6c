import { describe, expect, it } from 'vitest';
import type { Flow, Message } from '../../../src/engine/flow.ts';
import { extractSignals } from '../../../src/engine/signals/extract.ts';
import { call, exchange, extract, INITIALIZE, ids, kind, LEARNED } from './exchange.ts';

const BOTH = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'acme-desk', version: '3.0.1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

function sse(flow: Flow, event: string, text: string, index = 0): Flow {
  const message: Message = { direction: 'response', via: 'sse', event, text, index };
  return { ...flow, phase: 'message', message };
}

describe('2024-11-05, HTTP with SSE', () => {
  const stream = exchange({
    url: 'https://work.example/v1/stream?key=s3cret',
    headers: { accept: 'text/event-stream' },
    answerHeaders: { 'content-type': 'text/event-stream; charset=utf-8' },
    phase: 'response-headers',
  });

  it.each([
    ['/messages?sessionId=1', 'https://work.example/messages?sessionId=1'],
    ['https://other.example/m/4e5e310a', 'https://other.example/m/4e5e310a'],
    ['?sessionid=ABC', 'https://work.example/v1/stream?sessionid=ABC'],
    ['inbox?session_id=8d65', 'https://work.example/v1/inbox?session_id=8d65'],
  ])('is recognised by the endpoint %s', (data, endpoint) => {
    const found = extractSignals(sse(stream, 'endpoint', data));
    expect(kind(found)).toBe('mcp');
    expect(ids(found)).toContain('mcp.sse.endpoint');
    expect(found.mcp).toMatchObject({ transport: 'http+sse', generation: '2024-11-05', endpoint });
    expect(JSON.stringify(found.signals)).not.toContain('s3cret');
  });

  it.each([
    ['a document', '{"status":"healthy","endpoint":"/api/v1"}'],
    ['a sentence', 'the endpoint is up'],
    ['nothing', ''],
    ['a word', 'ready'],
  ])('is not recognised by an endpoint event that holds %s', (_, data) => {
    expect(kind(extractSignals(sse(stream, 'endpoint', data)))).toBe('none');
  });

  it('is not recognised by an endpoint event that follows other named events', () => {
    const first = extractSignals(sse(stream, 'status', 'up'));
    expect(kind(extractSignals(sse(stream, 'endpoint', '/api/v1', 1), first))).toBe('none');
  });

  it('accepts a question and answers it elsewhere', () => {
    const found = extract({ body: INITIALIZE, status: 202, answer: 'Accepted', answerHeaders: {} });
    expect(found.mcp.transport).toBe('http+sse');
    expect(kind(extract({ body: call('resources/list', {}), status: 202, answerHeaders: {} }))).toBe('mcp');
  });

  it('reads its answers on the stream', () => {
    const first = extractSignals(sse(stream, 'endpoint', '/messages?sessionId=1'));
    const answer = {
      jsonrpc: '2.0',
      id: 0,
      result: { protocolVersion: '2024-11-05', capabilities: {}, serverInfo: { name: 'ops', version: '2' } },
    };
    const found = extractSignals(sse(stream, 'message', JSON.stringify(answer), 1), first);
    expect(found.mcp).toMatchObject({ serverName: 'ops', serverVersion: '2', transport: 'http+sse' });
  });
});

describe('2025-03-26 to 2025-11-25, streamable HTTP', () => {
  it('is decided by the first request, which has no header of MCP', () => {
    const found = extract({ headers: BOTH, body: INITIALIZE });
    expect(kind(found)).toBe('mcp');
    expect(found.request).toEqual(found.score);
    expect(found.mcp).toMatchObject({
      method: 'initialize',
      clientName: 'acme',
      clientVersion: '3.0.1',
      generation: '2025-06-18',
      transport: 'streamable-http',
    });
    expect(found.mcp.requests).toEqual([{ id: 0, method: 'initialize' }]);
  });

  it('takes the version that the server chose', () => {
    const result = { protocolVersion: '2025-03-26', capabilities: {}, serverInfo: { name: 'ops', version: '1' } };
    const found = extract({ body: INITIALIZE, answer: { jsonrpc: '2.0', id: 0, result } });
    expect(found.mcp).toMatchObject({ generation: '2025-03-26', serverName: 'ops' });
  });

  it.each([
    ['a stream', 'GET', { accept: 'text/event-stream', 'mcp-session-id': 'abc' }],
    ['the end of a session', 'DELETE', { 'mcp-session-id': 'abc', 'mcp-protocol-version': '2025-06-18' }],
    ['a preflight', 'OPTIONS', { 'access-control-request-headers': 'content-type,mcp-protocol-version' }],
  ])('is decided by headers alone: %s', (_, method, headers) => {
    expect(kind(extract({ method, headers }))).toBe('mcp');
  });

  it('is decided by the session that the server gives out', () => {
    const found = extract({ body: 'x', answerHeaders: { 'mcp-session-id': 'abc' } });
    expect(kind(found)).toBe('mcp');
    expect(found.mcp.sessionId).toBe('abc');
  });

  it('takes every message of a batch', () => {
    const found = extract({
      body: [
        call('ping', undefined, 1),
        call('tools/call', { name: 'add' }, 2),
        { jsonrpc: '2.0', method: 'notifications/initialized' },
      ],
    });
    expect(kind(found)).toBe('mcp');
    expect(found.mcp).toMatchObject({ batch: true, tool: 'add' });
    expect(found.mcp.requests.map(({ id, method }) => [id, method])).toEqual([
      [1, 'ping'],
      [2, 'tools/call'],
      [undefined, 'notifications/initialized'],
    ]);
  });

  it('does not take a tool from headers that this version ignores', () => {
    const headers = { ...BOTH, 'mcp-protocol-version': '2025-06-18', 'mcp-method': 'tools/call', 'mcp-name': 'harmless' };
    const before = extract({ headers, phase: 'request-headers', method: 'POST' });
    expect(before.mcp).toMatchObject({ method: '', tool: '' });
    const after = extract({ headers, body: call('tools/call', { name: 'drop_table' }) });
    expect(after.mcp).toMatchObject({ method: 'tools/call', tool: 'drop_table' });
    expect(ids(after)).toContain('mcp.mismatch.name');
  });

  it('is attributed by memory where nothing proves it', () => {
    const pong = call('ping', undefined, 7);
    expect(kind(extract({ body: pong }))).toBe('none');
    expect(kind(extract({ body: pong, learned: LEARNED }))).toBe('mcp');
    expect(kind(extract({ headers: { accept: 'text/event-stream' }, learned: LEARNED }))).toBe('mcp');
    expect(kind(extract({ method: 'DELETE', learned: LEARNED }))).toBe('mcp');
    expect(kind(extract({ headers: { accept: 'text/html' }, learned: LEARNED }))).toBe('suspect');
    expect(extract({ body: pong, learned: LEARNED }).mcp).toMatchObject({ serverName: 'ops', generation: '2025-06-18' });
  });

  it('says that a 401 with resource metadata answers a JSON-RPC POST', () => {
    const found = extract({
      body: INITIALIZE,
      status: 401,
      answerHeaders: { 'www-authenticate': 'Bearer resource_metadata="https://work.example/x"' },
    });
    expect(ids(found)).toContain('mcp.response-header.challenge');
  });
});

describe('2026-07-28, stateless', () => {
  const headers = {
    ...BOTH,
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': 'execute_sql',
    'mcp-param-region': 'us',
  };

  it('is decided by headers alone, with method and tool', () => {
    const found = extract({ method: 'POST', headers, phase: 'request-headers' });
    expect(kind(found)).toBe('mcp');
    expect(found.mcp).toMatchObject({ generation: '2026-07-28', method: 'tools/call', tool: 'execute_sql' });
  });

  it('decodes names in base64', () => {
    const name = `=?base64?${Buffer.from('größe').toString('base64')}?=`;
    expect(extract({ method: 'POST', headers: { ...headers, 'mcp-name': name }, phase: 'request-headers' }).mcp.tool).toBe(
      'größe',
    );
  });

  it('is decided by the body alone', () => {
    const found = extract({ body: call('vendor/extra', { _meta: META }) });
    expect(kind(found)).toBe('mcp');
    expect(found.mcp).toMatchObject({ clientName: 'acme-desk', clientVersion: '3.0.1', generation: '2026-07-28' });
  });

  it.each([
    ['method', { 'mcp-method': 'tools/list' }, 'mcp.mismatch.method'],
    ['name', { 'mcp-name': 'harmless' }, 'mcp.mismatch.name'],
    ['version', { 'mcp-protocol-version': '2025-11-25' }, 'mcp.mismatch.version'],
  ])('a header that disagrees with the body about the %s is a finding', (_, change, id) => {
    const found = extract({ headers: { ...headers, ...change }, body: call('tools/call', { name: 'execute_sql', _meta: META }) });
    expect(ids(found)).toContain(id);
    expect(found.mcp.tool).toBe('execute_sql');
  });

  it.each([
    ['discovery', { result: { supportedVersions: ['2026-07-28'], capabilities: {} } }, 'mcp.answer.discover'],
    [
      'server information',
      { result: { _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'ops', version: '2' } } } },
      'mcp.answer.meta',
    ],
    ['a question back', { result: { resultType: 'input_required', inputRequests: {} } }, 'mcp.answer.input-required'],
    ['an error', { error: { code: -32022, message: 'Unsupported protocol version' } }, 'mcp.answer.error'],
    ['tools', { result: { tools: [{ name: 'add', inputSchema: {} }] } }, 'mcp.answer.tools'],
  ])('is decided by an answer with %s', (_, answer, id) => {
    const found = extract({ body: call('x/y'), answer: { ...answer, jsonrpc: '2.0', id: 1 } });
    expect(ids(found)).toContain(id);
    expect(kind(found)).toBe('mcp');
  });
});

describe('WebSocket', () => {
  const socket = exchange({
    url: 'wss://work.example/ws',
    headers: { upgrade: 'websocket' },
    status: 101,
    answerHeaders: {},
    phase: 'response-headers',
  });

  it('is decided by the subprotocol', () => {
    expect(kind(extract({ headers: { upgrade: 'websocket', 'sec-websocket-protocol': 'mcp' } }))).toBe('mcp');
    expect(kind(extract({ headers: { upgrade: 'websocket', 'sec-websocket-protocol': 'graphql-ws' } }))).toBe('none');
  });

  it('is decided by its messages', () => {
    const message: Message = {
      direction: 'request',
      via: 'websocket',
      event: 'message',
      text: JSON.stringify(INITIALIZE),
      index: 0,
    };
    const found = extractSignals({ ...socket, phase: 'message', message });
    expect(kind(found)).toBe('mcp');
    expect(found.mcp).toMatchObject({ transport: 'websocket', clientName: 'acme' });
  });
});
