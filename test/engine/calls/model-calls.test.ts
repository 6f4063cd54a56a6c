import { describe, expect, it } from 'vitest';
import { readModelAnswer } from '../../../src/engine/calls/model-answer.ts';
import { modelApiOf, providerOf } from '../../../src/engine/calls/model-api.ts';
import { readModelRequest } from '../../../src/engine/calls/model-request.ts';

describe('the address of a model API', () => {
  it.each([
    ['https://api.openai.com/v1/chat/completions', 'openai', 'chat-completions', ''],
    ['https://eu.api.openai.com/v1/responses', 'openai', 'responses', ''],
    ['https://api.openai.com/v1/embeddings', 'openai', 'embeddings', ''],
    ['https://api.openai.com/v1/completions', 'openai', 'completions', ''],
    ['https://chatgpt.com/backend-api/codex/responses', 'openai', 'responses', ''],
    ['https://api.anthropic.com/v1/messages?beta=true', 'anthropic', 'messages', ''],
    [
      'https://generativelanguage.googleapis.com/v1beta/models/gemini-3-pro:streamGenerateContent?alt=sse',
      'google',
      'generate-content',
      'gemini-3-pro',
    ],
    [
      'https://us-east1-aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/anthropic/models/claude-opus-4-5@20251101:rawPredict',
      'google-vertex',
      'vertex-predict',
      'claude-opus-4-5@20251101',
    ],
    ['https://api.mistral.ai/v1/fim/completions', 'mistral', 'chat-completions', ''],
    [
      'https://mine.openai.azure.com/openai/deployments/gpt-x/chat/completions?api-version=1',
      'azure',
      'chat-completions',
      'gpt-x',
    ],
    [
      'https://bedrock-runtime.eu-west-1.amazonaws.com/model/anthropic.claude-v2%3A1/invoke',
      'bedrock',
      'bedrock-invoke',
      'anthropic.claude-v2:1',
    ],
    ['https://bedrock-runtime.eu-west-1.amazonaws.com/model/m/converse-stream', 'bedrock', 'bedrock-converse', 'm'],
    ['http://10.0.0.5:11434/api/chat', 'other', 'ollama-chat', ''],
    ['http://vllm.corp.example:8000/v1/chat/completions', 'other', 'chat-completions', ''],
    ['https://openrouter.ai/api/v1/chat/completions', 'openrouter', 'chat-completions', ''],
    ['https://api.cohere.com/v2/chat', 'cohere', 'cohere-chat', ''],
    ['https://gateway.ai.cloudflare.com/v1/account/name/anthropic/v1/messages', 'other', 'messages', ''],
  ])('%s', (url, provider, form, model) => {
    expect(modelApiOf(url)).toMatchObject({ provider, form, model });
  });

  it.each([
    'https://api.openai.com/v1/models',
    'https://api.anthropic.com/v1/messages/count_tokens',
    'https://api.anthropic.com/v1/messages/batches',
    'https://chat.example/messages?sessionId=1',
    'https://mcp.example/mcp',
    'https://example.com/',
    'https://example.com/constructor',
    'https://example.com/a:toString',
    'not a url',
  ])('%s is none', (url) => {
    expect(modelApiOf(url)).toBeUndefined();
  });

  it('a host is whole or below a suffix', () => {
    expect(providerOf('api.openai.com.evil.example')).toBe('other');
    expect(providerOf('evilapi.openai.com')).toBe('other');
    expect(providerOf('europe-west4-aiplatform.googleapis.com')).toBe('google-vertex');
  });
});

describe('a request to a model API', () => {
  const api = modelApiOf('https://api.openai.com/v1/chat/completions')!;

  it('tells model, stream and tools, wherever they stand', () => {
    const body = {
      messages: [{ role: 'user', content: 'x'.repeat(10_000), model: 'not this', tools: [{ name: 'nor this' }] }],
      tools: [{ type: 'function', function: { name: 'a', parameters: { name: 'no' } } }, { type: 'web_search' }, { name: 'c' }],
      ...{ stream: true, model: 'gpt-5.5' },
    };
    expect(readModelRequest(api, JSON.stringify(body))).toEqual({
      model: 'gpt-5.5',
      stream: true,
      toolCount: 3,
      tools: ['a', 'web_search', 'c'],
    });
  });

  it('names at most 64 tools', () => {
    const tools = Array.from({ length: 300 }, (_, index) => ({ name: `${index}${'x'.repeat(500)}` }));
    const read = readModelRequest(api, JSON.stringify({ model: 'm', messages: [], tools }))!;
    expect(read.toolCount).toBe(300);
    expect(read.tools).toHaveLength(64);
    expect(read.tools[0]).toHaveLength(128);
  });

  it.each([
    '',
    '[]',
    '{}',
    '{"model":"m"}',
    '{"messages":[]}',
    '{"model":5,"messages":[]}',
    '{"jsonrpc":"2.0","method":"x","id":1}',
    'nonsense',
  ])('is not %s', (text) => {
    expect(readModelRequest(api, text)).toBeUndefined();
  });

  it('of Ollama streams unless told otherwise', () => {
    const ollama = modelApiOf('http://localhost:11434/api/generate')!;
    expect(readModelRequest(ollama, '{"model":"m","prompt":"x"}')?.stream).toBe(true);
    expect(readModelRequest(ollama, '{"model":"m","prompt":"x","stream":false}')?.stream).toBe(false);
  });
});

describe('the answer of a model API', () => {
  it('cannot be faked by what the model writes', () => {
    const content = '"usage":{"prompt_tokens":1,"completion_tokens":1} "model":"fake" "finish_reason":"fake"';
    const text = JSON.stringify({
      ...{ model: 'real', choices: [{ message: { content }, finish_reason: 'length' }] },
      usage: { prompt_tokens: 10, completion_tokens: 20 },
    });
    expect(readModelAnswer(text, '')).toEqual({
      ...{ model: 'real', finishReason: 'length' },
      usage: { input: 10, output: 20, cached: 0, cacheWrite: 0, reasoning: 0 },
    });
  });

  it('may lack its middle', () => {
    const head = '{"id":"c","model":"real","choices":[{"message":{"content":"xxxxx';
    const tail =
      'xxx"},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":6,"prompt_tokens_details":{"cached_tokens":2}}}';
    expect(readModelAnswer(head, tail)).toMatchObject({
      model: 'real',
      finishReason: 'stop',
      usage: { input: 5, output: 6, cached: 2 },
    });
  });

  it('without counts has none', () => {
    expect(readModelAnswer('{"model":"m","usage":null}', '').usage).toBeUndefined();
    expect(readModelAnswer('{"usage":{"input_tokens":-5,"output_tokens":1.5}}', '').usage).toBeUndefined();
    expect(readModelAnswer('', '')).toEqual({ model: '', finishReason: '', usage: undefined });
  });

  it('an object that is cut off, or too long to be one of counts, is passed over', () => {
    expect(readModelAnswer('{"usage":{"input_tokens":5', '').usage).toBeUndefined();
    expect(readModelAnswer(`{"usage":{"input_tokens":5,"x":"${'y'.repeat(10_000)}"}}`, '').usage).toBeUndefined();
  });

  it('of Bedrock may be wrapped in base64', () => {
    const metrics = '{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":11,"outputTokenCount":12}}';
    const text = `\u0000\u0000{"bytes":"${btoa('{"type":"message_start","message":{"model":"claude"}}')}"}\u0000{"bytes":"${btoa(metrics)}","p":"ab"}`;
    expect(readModelAnswer(text, '')).toMatchObject({ model: 'claude', usage: { input: 11, output: 12 } });
  });

  it('of Cohere counts in a part of its own', () => {
    const usage = { billed_units: { input_tokens: 1, output_tokens: 1 }, tokens: { input_tokens: 70, output_tokens: 8 } };
    expect(readModelAnswer(JSON.stringify({ usage }), '').usage).toMatchObject({ input: 70, output: 8 });
  });

  it('takes linear time on hostile text', () => {
    for (const piece of ['"usage":{', '"usage" : {"a":', '"bytes":"AAAA', '"model"   ', '{'.repeat(9)]) {
      readModelAnswer(piece.repeat(5_000).slice(0, 16_384), piece.repeat(10_000).slice(0, 32_768));
    }
  }, 2_000);
});
