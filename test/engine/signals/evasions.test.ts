import { describe, expect, it } from 'vitest';
import { extractSignals } from '../../../src/engine/signals/extract.ts';
import { createJsonScanner } from '../../../src/engine/signals/json-scanner.ts';
import { call, exchange, extract, INITIALIZE, ids, kind, LEARNED } from './exchange.ts';

const escapeAll = (text: string): string =>
  text.replace(
    /[A-Za-z/.-](?=[^"]*"(?:[^"]*"[^"]*")*[^"]*$)/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

describe('a request is recognised in spite of', () => {
  it.each<[string, unknown]>([
    ['escaped member names and values', escapeAll(JSON.stringify(INITIALIZE))],
    ['an escaped slash', '{"jsonrpc":"2.0","id":3,"method":"tools\\/list"}'],
    ['white space everywhere', `\r\n\t ${JSON.stringify(INITIALIZE, null, 9)} \n`],
    ['a byte order mark', `\ufeff${JSON.stringify(INITIALIZE)}`],
    [
      'the method as the last member',
      {
        params: { ...INITIALIZE.params, capabilities: { pad: 'A'.repeat(90_000) } },
        id: 1,
        jsonrpc: '2.0',
        method: 'initialize',
      },
    ],
    ['unknown members beside the message', { traceId: 'z', ...INITIALIZE, meta: { a: 1 } }],
    ['a method named twice, MCP last', '{"jsonrpc":"2.0","id":1,"method":"ping.me","method":"tools/list"}'],
    ['a method named twice, MCP first', '{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"ping.me"}'],
    ['a version named twice', '{"jsonrpc":"1.0","id":1,"method":"tools/list","jsonrpc":"2.0"}'],
    [
      'a batch that begins with other calls',
      [...Array.from({ length: 3000 }, (_, id) => call('eth_call', [], id)), call('tools/call', { name: 'x' })],
    ],
    ['foreign parameters', call('tools/call', { name: 'x', arguments: {}, trace: 'abc' })],
  ])('%s', (_, body) => {
    expect(kind(extract({ body }))).toBe('mcp');
  });

  it.each([
    ['no content type', {}],
    ['text/plain', { 'content-type': 'text/plain' }],
    ['octets', { 'content-type': 'application/octet-stream' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['parameters', { 'content-type': 'application/json; charset=utf-8; profile="x"' }],
    [
      'another Accept and a browser',
      { 'content-type': 'application/json', accept: '*/*', 'user-agent': 'Mozilla/5.0', origin: 'https://x.example' },
    ],
  ])('the headers: %s', (_, headers: Record<string, string>) => {
    expect(kind(extract({ headers, body: INITIALIZE }))).toBe('mcp');
  });

  it.each(['/', '/api/v2/telemetry/ingest', '/%6d%63%70?v=1', '/a/../mcp'])('the path %s', (path) => {
    expect(kind(extract({ url: `https://work.example:4443${path}`, body: INITIALIZE }))).toBe('mcp');
  });

  it("a vendor's content type, once the answer confirms it", () => {
    const given = { headers: { 'content-type': 'application/vnd.api+json' }, body: INITIALIZE };
    expect(kind(extract(given))).toBe('suspect');
    const refused = { jsonrpc: '2.0', error: { code: -32000, message: 'Unsupported Media Type' }, id: null };
    expect(kind(extract({ ...given, status: 415, answer: refused }))).toBe('mcp');
  });

  it('a body longer than the prefix, by its outline', () => {
    const text = JSON.stringify({
      params: { name: 'x', arguments: { pad: 'y'.repeat(3_000_000) } },
      id: 1,
      jsonrpc: '2.0',
      method: 'tools/call',
    });
    const scanner = createJsonScanner();
    scanner.push(text);
    scanner.end();
    const flow = exchange({ body: text.slice(0, 1000) });
    const body = { text: text.slice(0, 1000), bytes: text.length, complete: false, outline: scanner.outline() };
    expect(kind(extractSignals({ ...flow, request: { ...flow.request, body } }))).toBe('mcp');
  });

  it('an answer that is cut before its version', () => {
    const answer = `{"result":{"protocolVersion":"2025-06-18","capabilities":{},"serverInfo":{"name":"ops"},"instructions":"${'x'.repeat(100)}`;
    expect(kind(extract({ body: INITIALIZE, answer }))).toBe('mcp');
  });
});

describe('a trick is reported:', () => {
  it.each<[string, unknown, string]>([
    ['a member named twice', '{"jsonrpc":"2.0","id":1,"method":"a","method":"tools/list"}', 'mcp.evasion.duplicate-key'],
    ['escaped member names', '{"jsonrpc":"2.0","id":1,"m\\u0065thod":"tools/list"}', 'mcp.evasion.escaped'],
  ])('%s', (_, body, id) => expect(ids(extract({ body }))).toContain(id));

  it('a content type that hides JSON', () => {
    expect(ids(extract({ headers: { 'content-type': 'image/png' }, body: INITIALIZE }))).toContain('mcp.evasion.content-type');
  });

  it('a body that cannot be read, to a server that spoke MCP', () => {
    const flow = exchange({ body: 'x', learned: LEARNED });
    const body = { text: '', bytes: 9, complete: true, problem: 'unsupported-encoding' } as const;
    expect(ids(extractSignals({ ...flow, request: { ...flow.request, body } }))).toContain('mcp.opaque');
  });

  it('a message in base64, as a suspicion', () => {
    for (const message of [INITIALIZE, [INITIALIZE]]) {
      const found = extract({ body: { to: 'relay', payload: Buffer.from(JSON.stringify(message)).toString('base64') } });
      expect(ids(found)).toEqual(['mcp.envelope']);
      expect(kind(found)).toBe('suspect');
    }
    const token = Buffer.from('{"alg":"HS256","typ":"JWT","and":"some more of the same"}').toString('base64');
    expect(kind(extract({ body: { token } }))).toBe('none');
  });
});
