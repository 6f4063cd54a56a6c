import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Flow, Phase } from '../../../src/engine/flow.ts';
import { type Extraction, extractSignals } from '../../../src/engine/signals/extract.ts';
import { call, exchange, INITIALIZE, LEARNED } from './exchange.ts';

const PHASES: Phase[] = ['connect', 'request-headers', 'request-body', 'response-headers', 'response-body'];

const anyFlow = fc
  .record({
    url: fc.constantFrom(
      'https://mcp.a.example/mcp',
      'https://a.example/',
      'https://a.example/.well-known/oauth-protected-resource/mcp',
      'no url',
      'https://a.example/v1/messages?session_id=1',
    ),
    method: fc.constantFrom('GET', 'POST', 'DELETE', 'OPTIONS', 'PUT'),
    headers: fc.dictionary(
      fc.constantFrom(
        'accept',
        'content-type',
        'mcp-session-id',
        'mcp-protocol-version',
        'mcp-method',
        'mcp-name',
        'user-agent',
        'anthropic-beta',
        'access-control-request-headers',
      ),
      fc.oneof(
        fc.constantFrom('application/json', 'text/event-stream', '2025-06-18', 'tools/call', 'mcp-session-id', '=?base64?!?='),
        fc.string({ unit: 'binary' }),
      ),
    ),
    body: fc.oneof(
      fc.constantFrom<unknown>(
        INITIALIZE,
        call('tools/call', { name: 'x' }),
        [call('ping'), call('resources/list')],
        { tools: [{ type: 'mcp', server_label: 'x' }] },
        { tools: [{ name: 'mcp__a__b' }] },
      ),
      fc.string({ unit: 'binary' }),
      fc.json(),
    ),
    status: fc.constantFrom(200, 201, 202, 401, 404),
    answer: fc.oneof(
      fc.constantFrom<unknown>(
        '',
        'Accepted',
        'data: {"jsonrpc":"2.0","id":1,"result":{}}\n\n',
        { jsonrpc: '2.0', id: 1, result: { tools: [{ name: 'a', inputSchema: {} }] } },
        { ok: true },
      ),
      fc.json(),
    ),
    answerHeaders: fc.dictionary(
      fc.constantFrom('content-type', 'mcp-session-id', 'www-authenticate'),
      fc.constantFrom('application/json', 'text/event-stream', 'Bearer resource_metadata="x"'),
    ),
    learned: fc.option(fc.constant(LEARNED), { nil: undefined }),
  })
  .map(({ learned, ...given }) => exchange(learned ? { ...given, learned } : given));

/** What is known of a flow at a phase. */
function at(flow: Flow, phase: Phase): Flow {
  const { response, request, ...rest } = flow;
  const { body, ...head } = request;
  const place = PHASES.indexOf(phase);
  return {
    ...rest,
    phase,
    request: place >= 2 ? request : head,
    ...(response && place >= 3 && { response: place >= 4 ? response : { status: response.status, headers: response.headers } }),
  };
}

describe('an extraction', () => {
  it('phase by phase gives what it gives at once', () => {
    fc.assert(
      fc.property(anyFlow, (flow) => {
        let found: Extraction | undefined;
        for (const phase of PHASES) found = extractSignals(at(flow, phase), found);
        expect(found).toEqual(extractSignals(at(flow, 'response-body')));
      }),
      { numRuns: 400 },
    );
  });

  it('changes nothing that it was given, and is plain JSON', () => {
    fc.assert(
      fc.property(anyFlow, (flow) => {
        const before = structuredClone(flow);
        const first = extractSignals(at(flow, 'request-body'));
        const copy = structuredClone(first);
        const last = extractSignals(flow, first);
        expect(flow).toEqual(before);
        expect(first).toEqual(copy);
        expect(structuredClone(last)).toEqual(last);
      }),
      { numRuns: 200 },
    );
  });

  it('of a phase that has been read is the same again', () => {
    const flow = exchange({ body: INITIALIZE });
    const found = extractSignals(flow);
    expect(extractSignals(flow, found)).toBe(found);
  });

  it('stays small over a long stream', () => {
    const flow = exchange({
      headers: { accept: 'text/event-stream' },
      answerHeaders: { 'content-type': 'text/event-stream' },
      phase: 'response-headers',
    });
    let found = extractSignals(flow);
    for (let index = 0; index < 2000; index++) {
      const text = JSON.stringify({
        jsonrpc: '2.0',
        method: 'notifications/message',
        params: { level: 'info', data: `line ${index}` },
      });
      found = extractSignals(
        { ...flow, phase: 'message', message: { direction: 'response', via: 'sse', event: 'message', text, index } },
        found,
      );
    }
    expect(found.score).toMatchObject({ kind: 'mcp', decided: true });
    expect(JSON.stringify(found).length).toBeLessThan(3000);
  });
});
