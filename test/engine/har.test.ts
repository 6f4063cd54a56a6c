import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Flow } from '../../src/engine/flow.ts';
import { type HarEntry, HarProblem, judgeHar, readHar } from '../../src/engine/har.ts';
import { NO_MCP } from '../../src/engine/signals/draft.ts';
import { extractSignals } from '../../src/engine/signals/extract.ts';
import type { Verdict } from '../../src/engine/verdict.ts';
import { call, INITIALIZE } from './signals/exchange.ts';

type Change = Record<string, unknown>;

function entry(request: Change = {}, response: Change = {}, more: Change = {}): Change {
  return {
    startedDateTime: '2026-11-20T09:00:00.000Z',
    request: { method: 'GET', url: 'https://work.example/', httpVersion: 'HTTP/1.1', headers: [], ...request },
    response: { status: 200, headers: [], content: { size: 0, mimeType: '' }, ...response },
    ...more,
  };
}

function read(...entries: unknown[]): HarEntry[] {
  return readHar(JSON.stringify({ log: { version: '1.2', entries } }), {
    decompress: (bytes, coding) => (coding === 'gzip' ? gunzipSync(bytes) : undefined),
  });
}

const json = (body: unknown): Change => ({ postData: { mimeType: 'application/json', text: JSON.stringify(body) } });

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof HarProblem) return error.message;
    throw error;
  }
  return '';
}

describe('reading a recording', () => {
  it('gives the whole exchange', () => {
    const [read1] = read(
      entry(
        {
          method: 'POST',
          url: 'https://work.example:8443/mcp',
          headers: [
            { name: 'Accept', value: 'a' },
            { name: 'accept', value: 'b' },
          ],
          ...json(INITIALIZE),
        },
        { status: 202, headers: [{ name: 'X-A', value: '1' }], content: { mimeType: 'text/plain', text: 'Accepted' } },
        { _label: { label: 'mcp' } },
      ),
    );
    expect(read1).toMatchObject({
      index: 0,
      label: { label: 'mcp' },
      flow: {
        phase: 'response-body',
        time: Date.parse('2026-11-20T09:00:00Z'),
        server: { host: 'work.example', port: 8443 },
        request: { method: 'POST', headers: { accept: 'a, b' }, body: { text: JSON.stringify(INITIALIZE), complete: true } },
        response: { status: 202, headers: { 'x-a': '1', 'content-type': 'text/plain' }, body: { text: 'Accepted' } },
      },
    });
  });

  it('decodes base64 and content codings', () => {
    const text = gzipSync(JSON.stringify(INITIALIZE)).toString('base64');
    const headers = [{ name: 'content-encoding', value: 'gzip' }];
    const other = [{ name: 'content-encoding', value: 'exotic' }];
    const [first, second, third] = read(
      entry({ method: 'POST', headers, postData: { text, _encoding: 'base64' } }),
      entry({ method: 'POST', headers: other, postData: { text, _encoding: 'base64' } }),
      entry(
        { method: 'POST', headers, postData: { text: 'AAAA', _encoding: 'base64' } },
        { content: { text: Buffer.from('größe').toString('base64'), encoding: 'base64' } },
      ),
    );
    expect(first?.flow.request.body?.text).toBe(JSON.stringify(INITIALIZE));
    expect(second?.flow.request.body?.problem).toBe('unsupported-encoding');
    expect(third?.flow.request.body?.problem).toBe('bad-encoding');
    expect(third?.flow.response?.body?.text).toBe('größe');
  });

  it('makes a form of its parameters', () => {
    const [only] = read(
      entry({
        method: 'POST',
        postData: { mimeType: 'application/x-www-form-urlencoded', params: [{ name: 'a b', value: '1&2' }] },
      }),
    );
    expect(only?.flow.request.body?.text).toBe('a+b=1%262');
  });

  it('splits event streams and WebSocket messages', () => {
    const stream = entry(
      {},
      {
        headers: [{ name: 'Content-Type', value: 'text/event-stream' }],
        content: { text: 'event: endpoint\ndata: /m\n\ndata: {}\n\n' },
      },
    );
    const socket = entry(
      { url: 'wss://work.example/ws' },
      { status: 101 },
      {
        _webSocketMessages: [
          { type: 'send', time: 0, opcode: 1, data: 'a' },
          { type: 'receive', time: 0, opcode: 2, data: 'AAAA' },
          { type: 'receive', time: 0, opcode: 1, data: 'b' },
        ],
      },
    );
    const [first, second] = read(stream, socket);
    expect(first?.messages.map(({ event, text, index }) => [event, text, index])).toEqual([
      ['endpoint', '/m', 0],
      ['message', '{}', 1],
    ]);
    expect(second?.messages.map(({ direction, via, text }) => [direction, via, text])).toEqual([
      ['request', 'websocket', 'a'],
      ['response', 'websocket', 'b'],
    ]);
  });

  it('keeps a prefix of a long body, and the outline of all of it', () => {
    const body = { params: { name: 'x', arguments: { pad: 'y'.repeat(5000) } }, id: 1, jsonrpc: '2.0', method: 'tools/call' };
    const [only] = readHar(JSON.stringify({ log: { entries: [entry({ method: 'POST', ...json(body) })] } }), { prefix: 100 });
    expect(only?.flow.request.body).toMatchObject({
      complete: false,
      outline: { complete: true, root: { method: 'tools/call' } },
    });
  });

  it.each<[string, string, RegExp]>([
    ['no JSON', '{', /not JSON.*HAR 1\.2/s],
    ['no entries', '{"log":{}}', /log\.entries/],
    ['another document', '[]', /log\.entries/],
    ['null', 'null', /log\.entries/],
  ])('refuses %s', (_, text, message) => expect(messageOf(() => readHar(text))).toMatch(message));

  it.each<[string, unknown, RegExp]>([
    ['an entry that is no object', 7, /^Entry 1: the entry:/],
    ['an entry without request', { response: {} }, /^Entry 1: `request`:/],
    ['an entry without URL', entry({ url: undefined }), /^Entry 1: `request\.url`:/],
    ['a status that is no number', entry({}, { status: 'ok' }), /^Entry 1: `response\.status`:/],
    ['headers that are no list', entry({ headers: {} }), /^Entry 1: `request\.headers`:.*remove the entry/],
  ])('names %s and the fix', (_, broken, message) => expect(messageOf(() => read(entry(), broken))).toMatch(message));

  it('never fails in another way', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.array(fc.jsonValue()).map((entries) => JSON.stringify({ log: { entries } })),
        ),
        (text) => {
          messageOf(() => readHar(text));
        },
      ),
    );
  });
});

describe('judging a recording', () => {
  function judge(flow: Flow, previous?: Verdict): Verdict {
    const extraction = extractSignals(flow, previous?.extraction);
    return {
      traffic: extraction.score.decided ? 'shadow' : 'none',
      action: 'log',
      disposition: 'logged',
      reason: flow.phase,
      confidence: extraction.score.confidence,
      signals: extraction.signals,
      matches: [],
      findings: [],
      mcp: extraction.mcp ?? NO_MCP,
      policy: { step: 'none', id: '', mode: 'log', comment: '' },
      extraction,
    };
  }
  const sse = {
    headers: [{ name: 'content-type', value: 'text/event-stream' }],
    content: { text: 'event: endpoint\ndata: /m?sessionId=1\n\n' },
  };
  const stream = entry({ url: 'https://work.example/sse', headers: [{ name: 'accept', value: 'text/event-stream' }] }, sse);
  const ping = entry(
    {
      method: 'POST',
      url: 'https://work.example/m?sessionId=1',
      headers: [{ name: 'content-type', value: 'application/json' }],
      ...json(call('ping')),
    },
    { status: 202 },
  );

  it('goes in order, and remembers servers', () => {
    expect(judgeHar(read(stream, ping), judge).map(({ verdict }) => verdict.traffic)).toEqual(['shadow', 'shadow']);
    expect(judgeHar(read(ping, stream), judge).map(({ verdict }) => verdict.traffic)).toEqual(['none', 'shadow']);
  });

  it('goes through the phases of each entry, with the verdict on the request apart', () => {
    const seen: string[] = [];
    const [only] = judgeHar(read(entry({ method: 'POST', ...json({}) }, sse)), (flow, previous) => {
      seen.push(flow.phase);
      if (flow.phase === 'request-headers') expect(flow.request.body).toBe(undefined);
      if (flow.phase === 'response-headers') expect(flow.response?.body).toBe(undefined);
      return judge(flow, previous);
    });
    expect(seen).toEqual(['request-headers', 'request-body', 'response-headers', 'message', 'response-body']);
    expect(only?.requestVerdict.reason).toBe('request-body');
    expect(only?.verdict.reason).toBe('response-body');
  });

  it('judges the messages of a WebSocket', () => {
    const socket = entry(
      { url: 'wss://work.example/ws' },
      { status: 101 },
      { _webSocketMessages: [{ type: 'send', data: JSON.stringify(INITIALIZE) }] },
    );
    expect(judgeHar(read(socket), judge)[0]?.verdict).toMatchObject({ traffic: 'shadow', mcp: { transport: 'websocket' } });
  });
});
