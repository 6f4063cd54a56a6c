import { describe, expect, it } from 'vitest';
import { errorClassOf, resultOf, resultWithout } from '../../../src/engine/calls/outcome.ts';
import { answersIn, callsIn, callsOf, isCall, mayAnswer } from '../../../src/engine/calls/read-calls.ts';
import { NO_FACTS } from '../sample-flow.ts';

const rpc = (...messages: object[]): string => {
  const all = messages.map((message) => ({ jsonrpc: '2.0', ...message }));
  return JSON.stringify(all.length === 1 ? all[0] : all);
};

describe('the calls in a message', () => {
  it('name what they are about', () => {
    expect(callsIn(rpc({ id: 7, method: 'tools/call', params: { name: 'search', arguments: { q: 'x' } } }))).toEqual([
      { key: 'n7', method: 'tools/call', tool: 'search', resource: '', prompt: '' },
    ]);
    expect(callsIn(rpc({ id: 'a', method: 'resources/read', params: { uri: 'file:///a' } }))).toMatchObject([
      { key: 'sa', resource: 'file:///a', tool: '' },
    ]);
    expect(callsIn(rpc({ id: 1, method: 'prompts/get', params: { name: 'p' } }))).toMatchObject([{ prompt: 'p' }]);
  });

  it('do not count notifications, pings and answers', () => {
    const text = rpc(
      { method: 'notifications/initialized' },
      { id: 1, method: 'ping' },
      { id: 2, result: {} },
      { id: 3, method: 'tools/list' },
    );
    expect(callsIn(text)).toEqual([{ key: 'n3', method: 'tools/list', tool: '', resource: '', prompt: '', at: 3 }]);
  });

  it('are told by the verdict where there is just one', () => {
    const one = { ...NO_FACTS, tool: 'search', requests: [{ id: 4, method: 'tools/call' }] };
    expect(callsOf(one, undefined)).toEqual([{ key: 'n4', method: 'tools/call', tool: 'search', resource: '', prompt: '' }]);
    expect(callsOf({ ...one, requests: [{ id: undefined, method: 'tools/call' }] }, undefined)).toEqual([]);
    expect(callsOf(NO_FACTS, undefined)).toEqual([]);
  });

  it('tell 1 and "1" apart', () => {
    const keys = callsIn(rpc({ id: 1, method: 'a/b' }, { id: '1', method: 'a/b' }, { id: 'n1', method: 'a/b' })).map(
      ({ key }) => key,
    );
    expect(new Set(keys).size).toBe(3);
  });

  it('are bounded', () => {
    const many = rpc(
      ...Array.from({ length: 1000 }, (_, id) => ({ id, method: 'tools/call', params: { name: 'x'.repeat(5000) } })),
    );
    const calls = callsIn(many);
    expect(calls.length).toBeLessThanOrEqual(256);
    expect(calls.length).toBeGreaterThan(200);
    expect(calls[0]!.tool).toHaveLength(512);
  });

  it.each(['', '{', '[]', 'null', '{"jsonrpc":"2.0"}', '{"jsonrpc":"2.0","id":{},"method":5}', '[[[[', '"text"'])(
    'are none in %s',
    (text) => {
      expect(callsIn(text)).toEqual([]);
      expect(answersIn(text)).toEqual([]);
    },
  );

  it('must expect an answer', () => {
    expect(isCall({ id: 0, method: 'tools/list' })).toBe(true);
    expect(isCall({ id: undefined, method: 'tools/list' })).toBe(false);
    expect(isCall({ id: 1, method: 'notifications/cancelled' })).toBe(false);
  });
});

describe('the answers in a message', () => {
  it('are results, results of tools that failed, and errors', () => {
    const text = rpc(
      { id: 1, result: { content: [] } },
      { id: 2, result: { content: [], isError: true } },
      { id: 3, error: { code: -32601, message: 'secret' } },
      { id: 4, method: 'sampling/createMessage' },
    );
    expect(answersIn(text)).toEqual([
      { key: 'n1', outcome: 'ok', code: 0 },
      { key: 'n2', outcome: 'tool-error', code: 0 },
      { key: 'n3', outcome: 'error', code: -32601 },
    ]);
  });

  it('without an id answer all that were asked', () => {
    expect(answersIn(rpc({ id: null, error: { code: -32000 } }))).toEqual([{ key: '', outcome: 'error', code: -32000 }]);
  });

  it('isError inside the content says nothing', () => {
    const text = rpc({ id: 1, result: { content: [{ isError: true }], structuredContent: { isError: true } } });
    expect(answersIn(text)).toMatchObject([{ outcome: 'ok' }]);
  });

  it('codes that fit no column are left out', () => {
    for (const code of [2 ** 40, 1.5, '-32601', null])
      expect(answersIn(rpc({ id: 1, error: { code } }))).toMatchObject([{ code: 0 }]);
  });

  it('are looked for only where there may be some', () => {
    expect(mayAnswer('{"jsonrpc":"2.0","method":"notifications/progress"}')).toBe(false);
    expect(mayAnswer('{"id":1,"\\u0072esult":{}}')).toBe(true);
    expect(answersIn('{"jsonrpc":"2.0","id":1,"\\u0072esult":{}}')).toHaveLength(1);
  });
});

describe('what came of a call', () => {
  const ending = { status: 200, disposition: 'logged', error: '', read: 'no' } as const;

  it('is what its answer says', () => {
    expect(resultOf({ key: 'n1', outcome: 'error', code: -32602 })).toEqual({
      ...{ outcome: 'error', source: 'answer', code: -32602, error: 'invalid-params' },
    });
    expect(resultOf({ key: 'n1', outcome: 'tool-error', code: 0 })).toMatchObject({ outcome: 'tool-error', error: 'tool-error' });
    expect(resultOf({ key: 'n1', outcome: 'blocked', code: 0 })).toMatchObject({ outcome: 'blocked', source: 'exchange' });
  });

  it.each([
    ['blocked by policy', { disposition: 'blocked', read: 'document' }, 'blocked', 'exchange', ''],
    [
      'fault of the way',
      { disposition: 'failed', error: 'ERR_UPSTREAM_CONNECT: no', status: 0 },
      'failed',
      'exchange',
      'ERR_UPSTREAM_CONNECT',
    ],
    ['the client left', { disposition: 'failed', error: 'The client closed it', status: 0 }, 'unanswered', 'exchange', ''],
    ['refused', { status: 401 }, 'error', 'status', 'http-401'],
    ['accepted', { status: 202 }, 'unknown', 'exchange', ''],
    ['another answer in a document', { read: 'document' }, 'unanswered', 'exchange', ''],
    ['another answer in a stream', { read: 'stream' }, 'unknown', 'exchange', ''],
    ['nothing was read', {}, 'ok', 'status', ''],
    ['only glanced at', { read: 'glance' }, 'ok', 'glance', ''],
  ] as const)('without one: %s', (_what, change, outcome, source, error) => {
    expect(resultWithout('tools/call', { ...ending, ...change })).toEqual({ outcome, source, code: 0, error });
  });

  it('a subscription is answered by its stream', () => {
    expect(resultWithout('subscriptions/listen', { ...ending, read: 'stream' })).toMatchObject({
      outcome: 'ok',
      source: 'status',
    });
  });

  it('classes of errors hold nothing of their text', () => {
    expect([-32700, -32603, -32042, -32001, -32050, 5].map(errorClassOf)).toEqual([
      ...['parse-error', 'internal-error', 'url-elicitation-required', 'server-error', 'server-error', 'application-error'],
    ]);
  });
});
