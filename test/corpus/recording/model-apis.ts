// The vendors' own client libraries with a model API on loopback that answers as the vendors' documentation says: with MCP servers that
// the vendor is to call, with tools that come from servers attached to the client, and with neither.

import type { IncomingMessage, RequestListener } from 'node:http';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { labelAs } from './label.ts';
import type { Recording } from './session.ts';

const OPENAI = 'openai 7.55.0';
const ANTHROPIC = '@anthropic-ai/sdk 1.10.0';
const kind = (client: string) => ({ transport: 'llm-api', spec: '-', client, server: 'test/corpus (answers are hand-written)' });
const provided = (client: string) => labelAs('llm-mcp', 'provider-side-mcp', kind(client));
const attached = (client: string) => labelAs('llm-mcp', 'client-side-mcp-tools', kind(client));
const plain = (client: string) => labelAs('not-mcp', 'llm-api-plain', kind(client));

const QUESTION = 'Which orders are late?';
const SCHEMA = { type: 'object' as const, properties: { id: { type: 'string' } }, required: ['id'] };
const MCP_TOOL = {
  type: 'mcp' as const,
  server_label: 'orders',
  server_url: 'https://tools.northwind.example/mcp',
  require_approval: 'never' as const,
};
const MCP_SERVER = { type: 'url' as const, name: 'orders', url: 'https://tools.northwind.example/mcp' };

export function modelApis(): Recording[] {
  const api = (name: string, label: Recording['label'], talk: Recording['talk']): Recording => ({
    name,
    origin: 'https://api.models.example',
    listener: modelServer,
    talk,
    label,
  });
  return [
    api('llm-mcp/openai-responses-mcp', provided(OPENAI), async (origin) => {
      const { responses } = openai(origin);
      const first = await responses.create({ model: 'm-1', input: QUESTION, tools: [MCP_TOOL] });
      await drain(await responses.create({ model: 'm-1', input: QUESTION, tools: [MCP_TOOL], stream: true }));
      await responses.create({
        model: 'm-1',
        previous_response_id: first.id,
        input: [{ type: 'mcp_approval_response', approve: true, approval_request_id: 'mcpr_1' }],
      });
      await responses.create({
        model: 'm-1',
        input: QUESTION,
        tools: [{ type: 'mcp', server_label: 'mail', connector_id: 'connector_gmail', require_approval: 'never' }],
      });
    }),
    api('llm-mcp/anthropic-mcp-servers', provided(ANTHROPIC), async (origin) => {
      const { messages } = anthropic(origin).beta;
      const asked = { model: 'm-1', max_tokens: 100, messages: [{ role: 'user' as const, content: QUESTION }] };
      await messages.create({ ...asked, mcp_servers: [MCP_SERVER], betas: ['mcp-client-2025-04-04'] });
      const tools = [{ type: 'mcp_toolset' as const, mcp_server_name: 'orders' }];
      await messages.create({ ...asked, mcp_servers: [MCP_SERVER], tools, betas: ['mcp-client-2025-11-20'] });
      await drain(
        await messages.create({ ...asked, mcp_servers: [MCP_SERVER], tools, betas: ['mcp-client-2025-11-20'], stream: true }),
      );
    }),
    api('llm-mcp/openai-attached-tools', attached(OPENAI), async (origin) => {
      const { chat, responses } = openai(origin);
      const named = { name: 'mcp__tracker__get_issue', description: 'Reads an issue', parameters: SCHEMA };
      const messages = [{ role: 'user' as const, content: QUESTION }];
      const tools = [{ type: 'function' as const, function: named }];
      await chat.completions.create({ model: 'm-1', messages, tools });
      await drain(await chat.completions.create({ model: 'm-1', messages, tools, stream: true }));
      await responses.create({ model: 'm-1', input: QUESTION, tools: [{ type: 'function', strict: false, ...named }] });
    }),
    api('llm-mcp/anthropic-attached-tools', attached(ANTHROPIC), async (origin) => {
      const { messages } = anthropic(origin);
      const tools = ['mcp__files__read_file', 'mcp__files__list_folder', 'mcp__tracker__get_issue'].map((name) => ({
        name,
        description: 'Offered by a local server',
        input_schema: SCHEMA,
      }));
      const asked = { model: 'm-1', max_tokens: 100, tools, messages: [{ role: 'user' as const, content: QUESTION }] };
      await messages.create(asked);
      await drain(await messages.create({ ...asked, stream: true }));
    }),
    api('not-mcp/openai-plain', plain(OPENAI), async (origin) => {
      const { chat, responses, embeddings, models } = openai(origin);
      const content = 'Explain what {"jsonrpc":"2.0","method":"tools/list"} and the tool type "mcp" mean in MCP.';
      const tool = { name: 'get_issue', description: 'Reads an issue', parameters: SCHEMA };
      await models.list();
      await responses.create({ model: 'm-1', input: content });
      await drain(await responses.create({ model: 'm-1', input: content, stream: true }));
      await chat.completions.create({
        model: 'm-1',
        messages: [{ role: 'user', content }],
        tools: [{ type: 'function', function: tool }],
      });
      await drain(await chat.completions.create({ model: 'm-1', messages: [{ role: 'user', content }], stream: true }));
      await embeddings.create({ model: 'e-1', input: [content], encoding_format: 'float' });
    }),
    api('not-mcp/anthropic-plain', plain(ANTHROPIC), async (origin) => {
      const { messages } = anthropic(origin);
      const asked = {
        model: 'm-1',
        max_tokens: 100,
        messages: [{ role: 'user' as const, content: 'How do I add an entry to mcp_servers, and what is mcp_toolset?' }],
        tools: [{ name: 'read_file', description: 'Reads a file of the project', input_schema: SCHEMA }],
      };
      await messages.create(asked);
      await drain(await messages.create({ ...asked, stream: true }));
      await messages.countTokens({ model: 'm-1', messages: asked.messages });
    }),
  ];
}

const openai = (origin: string) => new OpenAI({ apiKey: 'none', baseURL: `${origin}/v1`, maxRetries: 0 });
const anthropic = (origin: string) => new Anthropic({ apiKey: 'none', baseURL: origin, maxRetries: 0 });

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _event of stream);
}

interface Asked {
  stream?: boolean;
  tools?: { type?: string }[];
  mcp_servers?: unknown[];
}

const modelServer: RequestListener = async (incoming, outgoing) => {
  const text = await bodyOf(incoming);
  const asked = (text === '' ? {} : JSON.parse(text)) as Asked;
  const path = incoming.url ?? '';
  const events = asked.stream ? eventsFor(path) : undefined;
  if (events !== undefined) {
    outgoing.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    for (const { event, data } of events) {
      outgoing.write(
        `${event === '' ? '' : `event: ${event}\n`}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`,
      );
    }
    outgoing.end();
    return;
  }
  outgoing.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answerFor(path, asked)));
};

function answerFor(path: string, asked: Asked): object {
  if (path.startsWith('/v1/messages/count_tokens')) return { input_tokens: 24 };
  if (path.startsWith('/v1/messages')) {
    const called = asked.mcp_servers
      ? [
          { type: 'mcp_tool_use', id: 'mcptoolu_1', name: 'list_orders', server_name: 'orders', input: {} },
          { type: 'mcp_tool_result', tool_use_id: 'mcptoolu_1', is_error: false, content: [{ type: 'text', text: '17' }] },
        ]
      : [];
    return {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'm-1',
      content: [...called, { type: 'text', text: 'Order 17.' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 24, output_tokens: 5 },
    };
  }
  if (path.startsWith('/v1/responses')) {
    const hosted = asked.tools?.some(({ type }) => type === 'mcp');
    const listed = { type: 'mcp_list_tools', id: 'mcpl_1', server_label: 'orders', tools: [{ name: 'list', input_schema: {} }] };
    const message = { type: 'message', id: 'msg_1', role: 'assistant', content: [{ type: 'output_text', text: 'Order 17.' }] };
    return {
      id: 'resp_1',
      object: 'response',
      model: 'm-1',
      status: 'completed',
      output: [...(hosted ? [listed] : []), message],
    };
  }
  if (path.startsWith('/v1/embeddings')) {
    return { object: 'list', model: 'e-1', data: [{ object: 'embedding', index: 0, embedding: [0.1, 0.2] }] };
  }
  if (path.startsWith('/v1/models')) return { object: 'list', data: [{ id: 'm-1', object: 'model', owned_by: 'models' }] };
  const message = { role: 'assistant', content: 'Order 17.' };
  return { id: 'chat_1', object: 'chat.completion', model: 'm-1', choices: [{ index: 0, message, finish_reason: 'stop' }] };
}

function eventsFor(path: string): { event: string; data: string | object }[] {
  const typed = (list: { type: string; [member: string]: unknown }[]) => list.map((data) => ({ event: data.type, data }));
  if (path.startsWith('/v1/messages')) {
    const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm-1', content: [], usage: { input_tokens: 24 } };
    return typed([
      { type: 'message_start', message },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Order 17.' } },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 5 } },
      { type: 'message_stop' },
    ]);
  }
  if (path.startsWith('/v1/responses')) {
    const response = { id: 'resp_1', object: 'response', model: 'm-1', status: 'completed', output: [] };
    return typed([
      { type: 'response.created', response: { ...response, status: 'in_progress' } },
      { type: 'response.output_text.delta', item_id: 'msg_1', output_index: 0, content_index: 0, delta: 'Order 17.' },
      { type: 'response.completed', response },
    ]);
  }
  const chunk = { id: 'chat_1', object: 'chat.completion.chunk', model: 'm-1' };
  return [
    { event: '', data: { ...chunk, choices: [{ index: 0, delta: { role: 'assistant', content: 'Order 17.' } }] } },
    { event: '', data: '[DONE]' },
  ];
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  return Buffer.concat(await incoming.toArray()).toString();
}
