// A model API that answers as the vendors' do, without a model: OpenAI (chat, responses, embeddings), Anthropic, Google, Bedrock and
// Ollama; as documents and as streams, plain or compressed. What it answers is theirs in form, with counts that tests can tell apart.

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

interface Asked {
  model?: string;
  stream?: boolean;
  stream_options?: { include_usage?: boolean };
}

/** Characters of the text that long answers have. */
export const LONG = 200_000;

export const modelServer: RequestListener = async (incoming, outgoing) => {
  const asked = JSON.parse(Buffer.concat(await incoming.toArray()).toString() || '{}') as Asked;
  const path = (incoming.url ?? '').split('?')[0]!;
  const model = `${asked.model ?? 'gemini-2.5-pro'}`;
  if (model === 'refused') {
    outgoing.writeHead(429, { 'content-type': 'application/json' }).end('{"error":{"message":"slow down","type":"rate_limit"}}');
  } else if (path.endsWith('/chat/completions')) chat(incoming, outgoing, asked, model);
  else if (path.endsWith('/responses')) responses(outgoing, asked, model);
  else if (path.endsWith('/embeddings')) {
    const data = [{ object: 'embedding', index: 0, embedding: [0.1, 0.2] }];
    json(outgoing, { object: 'list', model, data, usage: { prompt_tokens: 8, total_tokens: 8 } });
  } else if (path.endsWith('/v1/messages')) messages(outgoing, asked, model);
  else if (path.includes(':')) gemini(outgoing, path);
  else if (path.endsWith('/converse-stream')) converse(outgoing);
  else if (path === '/api/chat') ollama(outgoing, model);
  else outgoing.writeHead(404).end();
};

function json(outgoing: ServerResponse, body: object, headers: Record<string, string> = {}): void {
  outgoing.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

function events(outgoing: ServerResponse, list: readonly (object | string)[]): void {
  outgoing.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  for (const data of list) {
    const name = typeof data === 'object' && 'type' in data ? `event: ${data.type}\n` : '';
    outgoing.write(`${name}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
  }
  outgoing.end();
}

function chat({ headers }: IncomingMessage, outgoing: ServerResponse, asked: Asked, model: string): void {
  const usage = {
    ...{ prompt_tokens: 1000, completion_tokens: 200, total_tokens: 1200 },
    prompt_tokens_details: { cached_tokens: 400 },
    completion_tokens_details: { reasoning_tokens: 50 },
  };
  if (!asked.stream) {
    const choices = [{ index: 0, message: { role: 'assistant', content: 'x'.repeat(LONG) }, finish_reason: 'stop' }];
    const body = JSON.stringify({ id: 'c1', object: 'chat.completion', model: `${model}-2026-04-23`, choices, usage });
    const isGzip = String(headers['accept-encoding']).includes('gzip');
    outgoing.writeHead(200, { 'content-type': 'application/json', ...(isGzip && { 'content-encoding': 'gzip' }) });
    outgoing.end(isGzip ? gzipSync(body) : body);
    return;
  }
  const chunk = { id: 'c1', object: 'chat.completion.chunk', model };
  const words = Array.from({ length: 1500 }, (_, index) => ({
    ...{ ...chunk, usage: null },
    choices: [{ index: 0, delta: { content: `word ${index} says "usage":{"prompt_tokens":7}` }, finish_reason: null }],
  }));
  const last = { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: null };
  const counted = asked.stream_options?.include_usage ? [{ ...chunk, choices: [], usage }] : [];
  events(outgoing, [...words, last, ...counted, '[DONE]']);
}

function responses(outgoing: ServerResponse, asked: Asked, model: string): void {
  const message = {
    type: 'message',
    id: 'm',
    role: 'assistant',
    content: [{ type: 'output_text', text: 'x'.repeat(LONG), annotations: [] }],
  };
  const usage = {
    ...{ input_tokens: 500, output_tokens: 90, total_tokens: 590 },
    ...{ input_tokens_details: { cached_tokens: 100 }, output_tokens_details: { reasoning_tokens: 64 } },
  };
  const begun = { id: 'r1', object: 'response', status: 'in_progress', model, output: [], usage: null };
  const done = { ...begun, status: 'completed', output: [message], usage, user: null, metadata: {} };
  if (!asked.stream) json(outgoing, done);
  else
    events(outgoing, [
      { type: 'response.created', response: begun },
      { type: 'response.completed', response: done },
    ]);
}

function messages(outgoing: ServerResponse, asked: Asked, model: string): void {
  const usage = { input_tokens: 30, cache_read_input_tokens: 2000, cache_creation_input_tokens: 100, output_tokens: 1 };
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model, content: [], stop_reason: null, usage };
  if (!asked.stream) {
    const content = [{ type: 'tool_use', id: 't', name: 'count', input: { usage: { output_tokens: 999_999 } } }];
    json(outgoing, { ...message, content, stop_reason: 'tool_use', usage: { ...usage, output_tokens: 77 } });
    return;
  }
  const deltas = Array.from({ length: 1200 }, () => ({
    ...{ type: 'content_block_delta', index: 0 },
    delta: { type: 'text_delta', text: 'More of it. '.repeat(8) },
  }));
  events(outgoing, [
    { type: 'message_start', message },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    ...deltas,
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 42 } },
    { type: 'message_stop' },
  ]);
}

function gemini(outgoing: ServerResponse, path: string): void {
  const part = (text: string, candidatesTokenCount: number, finishReason?: string) => ({
    candidates: [{ content: { role: 'model', parts: [{ text }] }, ...(finishReason && { finishReason }) }],
    usageMetadata: { promptTokenCount: 60, candidatesTokenCount, thoughtsTokenCount: 10, cachedContentTokenCount: 20 },
    modelVersion: 'gemini-2.5-pro',
  });
  if (path.endsWith('streamGenerateContent')) events(outgoing, [part('a', 1), part('b', 25, 'STOP')]);
  else json(outgoing, part('ab', 25, 'STOP'));
}

/** Frames of application/vnd.amazon.eventstream, without the checksums that only a client would verify. */
function converse(outgoing: ServerResponse): void {
  outgoing.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
  const frame = (payload: object): Buffer =>
    Buffer.concat([Buffer.from([0, 0, 1, 0, 0, 0, 0, 9]), Buffer.from(JSON.stringify(payload))]);
  outgoing.write(frame({ contentBlockIndex: 0, delta: { text: 'Hello' } }));
  outgoing.write(frame({ stopReason: 'end_turn' }));
  outgoing.end(frame({ metrics: { latencyMs: 9 }, usage: { inputTokens: 11, outputTokens: 22, totalTokens: 33 } }));
}

function ollama(outgoing: ServerResponse, model: string): void {
  outgoing.writeHead(200, { 'content-type': 'application/x-ndjson' });
  outgoing.write(`${JSON.stringify({ model, message: { role: 'assistant', content: 'Hi' }, done: false })}\n`);
  outgoing.end(
    `${JSON.stringify({ model, message: {}, done: true, done_reason: 'stop', prompt_eval_count: 26, eval_count: 298 })}\n`,
  );
}
