// The recorded sessions, call by call: every request of a client is a call, and its answer is found where it was recorded.

import { describe, expect, test } from 'vitest';
import { judgeByShippedRules, OWN_CORPUS, readCorpus } from '../../../bench/eval/corpus.ts';
import { hasCalls } from '../../../src/engine/calls/mcp-call.ts';
import { readModelAnswer } from '../../../src/engine/calls/model-answer.ts';
import { modelApiOf } from '../../../src/engine/calls/model-api.ts';
import { readModelRequest } from '../../../src/engine/calls/model-request.ts';
import { answersIn, callsIn, callsOf } from '../../../src/engine/calls/read-calls.ts';
import { type HarEntry, judgeHar } from '../../../src/engine/har.ts';

const judge = judgeByShippedRules();
const sessions = [...readCorpus(OWN_CORPUS)].map(({ name, entries }) => ({ name, entries: [...entries] }));

/** Ids of the answers in an entry: in its document, or in its messages. */
function answeredIn({ flow, messages }: HarEntry): Set<string> {
  const texts = messages.filter(({ direction }) => direction === 'response').map(({ text }) => text);
  if (texts.length === 0) texts.push(flow.response?.body?.text ?? '');
  return new Set(texts.flatMap((text) => answersIn(text).map(({ key }) => key)));
}

describe('calls to MCP servers', () => {
  const withCalls = sessions.map(({ name, entries }) => {
    const judged = judgeHar(entries, judge).filter(({ verdict }) => hasCalls(verdict.traffic));
    const calls = judged.flatMap(({ entry, verdict }) => {
      const sent = entry.messages.filter(({ direction }) => direction === 'request').flatMap(({ text }) => callsIn(text));
      const posted = entry.flow.request.body ? callsOf(verdict.mcp, entry.flow.request.body) : [];
      return [...sent, ...posted].map((call) => ({ call, entry }));
    });
    return { name, calls, answered: new Set(judged.flatMap(({ entry }) => [...answeredIn(entry)])) };
  });

  test.for(withCalls.filter(({ calls }) => calls.length > 0))('$name', ({ calls, answered }) => {
    for (const { call, entry } of calls) {
      expect(call.method).toMatch(/^[a-z]+\/|^initialize$/);
      const status = entry.flow.response?.status ?? 0;
      if (status === 200 && call.method !== 'subscriptions/listen') expect(answeredIn(entry), call.method).toContain(call.key);
      if (status === 202) expect(answered, call.method).toContain(call.key);
    }
  });

  test('there are many, of all kinds', () => {
    const methods = withCalls.flatMap(({ calls }) => calls.map(({ call }) => call.method));
    expect(methods.length).toBeGreaterThan(60);
    for (const method of ['initialize', 'server/discover', 'tools/list', 'tools/call']) expect(methods).toContain(method);
    expect(withCalls.flatMap(({ calls }) => calls.map(({ call }) => call.tool))).toContain('echo');
  });
});

describe('calls to model APIs', () => {
  const calls = sessions.flatMap(({ name, entries }) =>
    entries.flatMap(({ flow }) => {
      const api = modelApiOf(flow.request.url);
      const request = api && flow.request.body && readModelRequest(api, flow.request.body.text);
      return request ? [{ name, api, request, answer: readModelAnswer(flow.response?.body?.text ?? '', '') }] : [];
    }),
  );

  test('are found in the sessions with model APIs, and in no other', () => {
    expect(new Set(calls.map(({ name }) => name.replace(/^.*\//, '')))).toEqual(
      new Set([
        ...['anthropic-attached-tools', 'anthropic-mcp-servers', 'openai-attached-tools', 'openai-responses-mcp'],
        ...['anthropic-plain', 'openai-plain'],
      ]),
    );
    expect(new Set(calls.map(({ api }) => api?.form))).toEqual(
      new Set(['chat-completions', 'responses', 'embeddings', 'messages']),
    );
  });

  test('name model and tools, and tell streams', () => {
    for (const { request } of calls) expect(request.model).toMatch(/^[me]-1$/);
    expect(calls.some(({ request }) => request.stream)).toBe(true);
    expect(calls.flatMap(({ request }) => request.tools)).toContain('mcp__files__read_file');
    const counted = calls.filter(({ answer }) => answer.usage);
    expect(counted.length).toBeGreaterThan(3);
    for (const { answer } of counted) expect(answer).toMatchObject({ model: 'm-1', usage: { input: 24, output: 5 } });
  });
});
