import { describe, expect, it } from 'vitest';
import type { Flow } from '../../src/engine/flow.ts';
import { learn, learnedKey } from '../../src/engine/learn.ts';
import { NO_MCP } from '../../src/engine/signals/draft.ts';
import { extractSignals } from '../../src/engine/signals/extract.ts';
import type { Action, Verdict } from '../../src/engine/verdict.ts';
import { call, type Exchange, exchange, INITIALIZE, LEARNED } from './signals/exchange.ts';

function verdictOn(flow: Flow, action: Action = 'log'): Verdict {
  const extraction = extractSignals(flow);
  return {
    traffic: extraction.score.decided ? 'shadow' : 'none',
    action,
    disposition: 'logged',
    reason: '',
    confidence: extraction.score.confidence,
    signals: extraction.signals,
    matches: [],
    findings: [],
    mcp: extraction.mcp ?? NO_MCP,
    policy: { step: 'default-mode', id: '', mode: 'log', comment: '' },
    extraction,
  };
}

function learnt(given: Exchange, action?: Action): ReturnType<typeof learn> {
  const flow = exchange(given);
  return learn(flow, verdictOn(flow, action));
}

const ANSWER = {
  jsonrpc: '2.0',
  id: 0,
  result: { protocolVersion: '2025-06-18', capabilities: {}, serverInfo: { name: 'ops', version: '2' } },
};

describe('a server is remembered', () => {
  it('when it has answered as an MCP server', () => {
    expect(learnt({ url: 'https://Work.Example:443/api/assist/?key=s3cret', body: INITIALIZE, answer: ANSWER })).toEqual([
      {
        url: 'https://work.example/api/assist',
        transport: 'streamable-http',
        generation: '2025-06-18',
        serverName: 'ops',
        serverVersion: '2',
        lastSeen: 0,
        blocked: false,
      },
    ]);
  });

  it('as blocked, when its answer was blocked', () => {
    expect(learnt({ body: INITIALIZE, answer: ANSWER }, 'block')).toMatchObject([{ blocked: true }]);
  });

  it('together with the endpoint that its stream names, so that POSTs to it are attributed', () => {
    const text = 'event: endpoint\ndata: /messages?sessionId=1\n\n';
    const servers = learnt({
      url: 'https://work.example/sse',
      headers: { accept: 'text/event-stream' },
      answer: text,
      answerHeaders: { 'content-type': 'text/event-stream' },
    });
    expect(servers.map(({ url, transport }) => [url, transport])).toEqual([
      ['https://work.example/sse', 'http+sse'],
      ['https://work.example/messages', 'http+sse'],
    ]);
  });

  it('again, when a request that fits is answered, with what was known of it', () => {
    expect(learnt({ body: call('ping'), learned: LEARNED, answer: { jsonrpc: '2.0', id: 1, result: {} } })).toMatchObject([
      { url: LEARNED.url, serverName: 'ops', generation: '2025-06-18' },
    ]);
  });
});

describe('nothing is remembered', () => {
  it.each<[string, Exchange]>([
    ['before the answer', { body: INITIALIZE }],
    ['when the server refuses', { body: INITIALIZE, status: 404, answer: 'Not found', answerHeaders: {} }],
    ['when the answer is not that of an MCP server', { body: call('tools/call', { name: 'x' }), answer: { result: 'created' } }],
    ['when an acceptance proves nothing', { body: call('tools/call', { name: 'x' }), status: 202, answerHeaders: {} }],
    ['of ordinary traffic', { body: { a: 1 }, answer: { ok: true } }],
    ['of a model API', { body: { tools: [{ type: 'mcp', server_label: 'd', server_url: 'https://d.example' }] }, answer: {} }],
  ])('%s', (_, given) => expect(learnt(given)).toEqual([]));
});

it.each([
  ['https://a.example', 'https://a.example/'],
  ['https://A.example.:443/x/?q=1#f', 'https://a.example/x'],
  ['http://a.example:80/', 'http://a.example/'],
  ['https://a.example:8443/x', 'https://a.example:8443/x'],
  ['https://user:pw@a.example/x', 'https://a.example/x'],
  ['https://[2001:db8::1]:8443/mcp', 'https://[2001:db8::1]:8443/mcp'],
  ['wss://a.example/ws', 'https://a.example/ws'],
  ['ws://a.example:80/ws', 'http://a.example/ws'],
])('the key of %s is %s', (url, key) => expect(learnedKey(url)).toBe(key));
