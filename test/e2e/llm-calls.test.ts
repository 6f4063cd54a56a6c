// Each call to a model API becomes a row with model, tokens and cost: the vendors' own client libraries, against a server that answers as
// their APIs do; whole, streamed, compressed, refused, and through a gateway. What passes is not changed.

import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { ProxyAgent } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LlmCallEvent } from '../../src/engine/calls/call-events.ts';
import { fetchBy } from './doors.ts';
import { eventually, startTestProxy, type TestProxy } from './proxy.ts';
import { LONG, modelServer } from './servers/model-server.ts';
import { serveTls, type TestServer } from './servers/tls-server.ts';

let proxy: TestProxy;
let dispatcher: ProxyAgent;
let through: typeof fetch;
let server: TestServer;

beforeAll(async () => {
  proxy = await startTestProxy({ gateways: [{ host: 'gateway.localhost', name: 'AI gateway', provider: 'openai' }] });
  server = await serveTls(proxy, 'models.localhost', modelServer);
  dispatcher = new ProxyAgent({ uri: `http://127.0.0.1:${proxy.port}`, requestTls: { ca: proxy.ca } });
  through = fetchBy(dispatcher);
});
afterAll(async () => {
  await dispatcher?.destroy();
  server?.close();
  await proxy?.stop();
});
beforeEach(() => {
  proxy.llmCalls.length = 0;
});

const openai = (origin = server.origin): OpenAI =>
  new OpenAI({ apiKey: 'none', baseURL: `${origin}/v1`, maxRetries: 0, fetch: through });
const anthropic = (): Anthropic => new Anthropic({ apiKey: 'none', baseURL: server.origin, maxRetries: 0, fetch: through });
const row = (): Promise<LlmCallEvent> => eventually('a call', () => proxy.llmCalls[0]);
const ask = (path: string, body: object, headers: Record<string, string> = {}) =>
  through(`${server.origin}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

const USER = [{ role: 'user' as const, content: 'Which orders are late?' }];
const parameters = { type: 'object' as const, properties: {} };
const TOOLS = ['get_order', 'mcp__tracker__get_issue'].map((name) => ({
  type: 'function' as const,
  function: { name, parameters },
}));

describe('OpenAI', () => {
  it('chat completions, compressed', async () => {
    const { choices } = await openai().chat.completions.create({ model: 'gpt-5.5', messages: USER, tools: TOOLS });
    expect(choices[0]?.message.content).toHaveLength(LONG);
    expect(await row()).toMatchObject({
      ...{
        kind: 'llm_call',
        provider: 'other',
        api: 'chat-completions',
        model_requested: 'gpt-5.5',
        model: 'gpt-5.5-2026-04-23',
      },
      ...{ stream: 0, status: 200, finish_reason: 'stop', road: 'direct', dst_host: 'models.localhost', traffic: 'attached' },
      ...{ input_tokens: 1000, output_tokens: 200, cached_tokens: 400, reasoning_tokens: 50 },
      ...{ tools_offered: 2, tools: ['get_order', 'mcp__tracker__get_issue'] },
      // 600 at 5 dollars a million, 400 at 0.5, 200 at 30.
      cost_usd: '0.009200000',
    });
  });

  it('a stream says at its end what it took, if it was asked to', async () => {
    const asked = { model: 'gpt-5.5', messages: USER, stream: true, stream_options: { include_usage: true } } as const;
    let words = 0;
    for await (const { choices } of await openai().chat.completions.create(asked)) words += choices.length;
    expect(words).toBe(1501);
    expect(await row()).toMatchObject({
      stream: 1,
      input_tokens: 1000,
      output_tokens: 200,
      cost_usd: '0.009200000',
      finish_reason: 'stop',
    });
  });

  it('a stream that was not asked has no tokens and no cost, whatever its words say', async () => {
    for await (const _chunk of await openai().chat.completions.create({ model: 'gpt-5.5', messages: USER, stream: true }));
    const call = await row();
    expect(call).toMatchObject({ stream: 1, cost_usd: null, finish_reason: 'stop' });
    expect(call.input_tokens).toBeUndefined();
  });

  it.each([false, true])('responses, streamed: %s', async (stream) => {
    const asked = {
      model: 'gpt-5-mini',
      input: 'Which orders are late?',
      stream,
      tools: [{ type: 'function' as const, name: 'get_order', parameters, strict: false }],
    };
    const answer = await openai().responses.create(asked);
    if (Symbol.asyncIterator in answer) for await (const _event of answer);
    expect(await row()).toMatchObject({
      ...{ api: 'responses', model: 'gpt-5-mini', stream: stream ? 1 : 0, input_tokens: 500, output_tokens: 90 },
      ...{ cached_tokens: 100, reasoning_tokens: 64, tools: ['get_order'], cost_usd: '0.000282500' },
    });
  });

  it('embeddings', async () => {
    await openai().embeddings.create({ model: 'text-embedding-3-small', input: ['a'], encoding_format: 'float' });
    expect(await row()).toMatchObject({ api: 'embeddings', input_tokens: 8, output_tokens: 0, cost_usd: '0.000000160' });
  });

  it('servers that the vendor is to call are named', async () => {
    const mcp = { type: 'mcp' as const, server_label: 'orders', server_url: 'https://tools.northwind.example/mcp' };
    await openai().responses.create({ model: 'gpt-5-mini', input: 'x', tools: [mcp] });
    expect(await row()).toMatchObject({
      traffic: 'hosted',
      mcp_servers: ['https://tools.northwind.example/mcp'],
      tools: ['mcp'],
    });
  });

  it('a refusal is a call, too', async () => {
    await openai()
      .chat.completions.create({ model: 'refused', messages: USER })
      .catch(() => {});
    expect(await row()).toMatchObject({ status: 429, error: 'http-429', cost_usd: null });
    expect(JSON.stringify(proxy.llmCalls)).not.toContain('slow down');
  });
});

describe('Anthropic', () => {
  const asked = { model: 'claude-sonnet-4-6', max_tokens: 100, messages: USER };

  it('cached input counts as input', async () => {
    await anthropic().messages.create({ ...asked, tools: [{ name: 'count', input_schema: parameters }] });
    expect(await row()).toMatchObject({
      ...{ api: 'messages', model: 'claude-sonnet-4-6', finish_reason: 'tool_use', tools: ['count'] },
      ...{ input_tokens: 2130, cached_tokens: 2000, cache_write_tokens: 100, output_tokens: 77 },
      // 30 at 3, 2000 at 0.3, 100 at 3.75, 77 at 15.
      cost_usd: '0.002220000',
    });
  });

  it('a stream counts input at its beginning and output at its end', async () => {
    for await (const _event of await anthropic().messages.create({ ...asked, stream: true }));
    expect(await row()).toMatchObject({ stream: 1, input_tokens: 2130, output_tokens: 42, finish_reason: 'end_turn' });
  });
});

describe('others', () => {
  const contents = [{ role: 'user', parts: [{ text: 'hello' }] }];

  it.each(['generateContent', 'streamGenerateContent'])('Google, %s', async (verb) => {
    const tools = [{ functionDeclarations: [{ name: 'a' }, { name: 'b' }] }];
    await (await ask(`/v1beta/models/gemini-2.5-pro:${verb}?alt=sse`, { contents, tools })).text();
    expect(await row()).toMatchObject({
      ...{ api: 'generate-content', model_requested: 'gemini-2.5-pro', model: 'gemini-2.5-pro', tools: ['a', 'b'] },
      ...{ stream: verb === 'generateContent' ? 0 : 1, finish_reason: 'STOP' },
      ...{ input_tokens: 60, output_tokens: 35, cached_tokens: 20, reasoning_tokens: 10 },
    });
  });

  it('Bedrock, as a binary event stream', async () => {
    const body = { messages: [], toolConfig: { tools: [{ toolSpec: { name: 'lookup' } }] } };
    await (await ask('/model/us.anthropic.claude-opus-4-5-20251101-v1%3A0/converse-stream', body)).arrayBuffer();
    expect(await row()).toMatchObject({
      ...{ api: 'bedrock-converse', model: 'us.anthropic.claude-opus-4-5-20251101-v1:0', stream: 1, tools: ['lookup'] },
      ...{ input_tokens: 11, output_tokens: 22, finish_reason: 'end_turn', cost_usd: '0.000605000' },
    });
  });

  it('Ollama, which streams lines of JSON', async () => {
    await (await ask('/api/chat', { model: 'llama3', messages: USER })).text();
    expect(await row()).toMatchObject({
      api: 'ollama-chat',
      model: 'llama3',
      stream: 1,
      input_tokens: 26,
      output_tokens: 298,
      cost_usd: null,
    });
  });

  it('what only looks like a model API by its path is none', async () => {
    await (await ask('/v1/responses', { survey: 7, answers: ['a'] })).text();
    await (await ask('/api/chat', { room: 'lobby', message: 'hello' })).text();
    await (await ask('/v1/embeddings', { model: 'e', input: 'last' })).text();
    expect((await row()).model_requested).toBe('e');
  });
});

it('a call through a gateway of policy is marked', async () => {
  const gateway = await serveTls(proxy, 'gateway.localhost', modelServer);
  await openai(gateway.origin).chat.completions.create({ model: 'gpt-5.5', messages: USER });
  expect(await row()).toMatchObject({ road: 'gateway', gateway: 'AI gateway', provider: 'openai' });
  gateway.close();
});

it('a call that is broken off is a row without an answer', async () => {
  const broken = await serveTls(
    proxy,
    'broken.localhost',
    (incoming) => void incoming.on('end', () => incoming.socket.destroy()).resume(),
  );
  await openai(broken.origin)
    .chat.completions.create({ model: 'gpt-5.5', messages: USER })
    .catch(() => {});
  expect(await row()).toMatchObject({ disposition: 'failed', error: expect.stringMatching(/^ERR_/), cost_usd: null });
  broken.close();
});
