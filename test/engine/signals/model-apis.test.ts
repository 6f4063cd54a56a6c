import { describe, expect, it } from 'vitest';
import type { Message } from '../../../src/engine/flow.ts';
import { extractSignals } from '../../../src/engine/signals/extract.ts';
import { exchange, extract, kind } from './exchange.ts';

const URL_WITH_KEY = 'https://tools.example/sse?api_key=s3cret-value-0123456789';
const fn = (name: string): object => ({ type: 'function', name, parameters: {} });
const chatFn = (name: string): object => ({ type: 'function', function: { name, parameters: {} } });

describe('a model API is asked to call an MCP server:', () => {
  it.each<[string, unknown, string[]]>([
    [
      'OpenAI, by URL',
      { model: 'm', input: 'x', tools: [fn('a'), { type: 'mcp', server_label: 'dice', server_url: 'https://dice.example/sse' }] },
      ['https://dice.example/sse'],
    ],
    [
      'OpenAI, by connector',
      { model: 'm', tools: [{ type: 'mcp', server_label: 'cal', connector_id: 'connector_googlecalendar' }] },
      ['connector_googlecalendar'],
    ],
    ['OpenAI, by tunnel', { model: 'm', tools: [{ type: 'mcp', server_label: 'intranet', tunnel_id: 'tun_1' }] }, ['tun_1']],
    [
      'OpenAI, an approval',
      { model: 'm', input: [{ type: 'mcp_approval_response', approve: true, approval_request_id: 'r' }] },
      [],
    ],
    [
      'OpenAI, realtime secrets',
      { session: { type: 'realtime', tools: [{ type: 'mcp', server_label: 'd', server_url: 'https://d.example' }] } },
      ['https://d.example'],
    ],
    [
      'Anthropic',
      {
        model: 'm',
        messages: [],
        mcp_servers: [
          { type: 'url', url: 'https://a.example/mcp', name: 'a' },
          { type: 'url', url: 'https://b.example/mcp', name: 'b' },
        ],
      },
      ['https://a.example/mcp', 'https://b.example/mcp'],
    ],
    ['Anthropic, toolset', { model: 'm', messages: [], tools: [{ type: 'mcp_toolset', mcp_server_name: 'a' }] }, []],
    [
      'Anthropic, history',
      { model: 'm', messages: [{ role: 'assistant', content: [{ type: 'mcp_tool_use', server_name: 'a', name: 'x' }] }] },
      [],
    ],
    [
      'Gemini',
      { contents: [], tools: [{ mcpServers: [{ name: 'a', streamableHttpTransport: { url: 'https://g.example/mcp' } }] }] },
      ['https://g.example/mcp'],
    ],
    [
      'Gemini interactions',
      { input: 'x', tools: [{ type: 'mcp_server', name: 'a', url: 'https://g.example/mcp' }] },
      ['https://g.example/mcp'],
    ],
    ['Mistral', { inputs: 'x', tools: [{ type: 'connector', connector_id: 'c1' }] }, ['c1']],
    [
      'behind a very long conversation',
      {
        messages: Array(3000).fill({ role: 'user', content: [{ type: 'text', name: 'n'.repeat(900) }] }),
        tools: [{ type: 'mcp', server_label: 'd', server_url: 'https://d.example' }],
      },
      ['https://d.example'],
    ],
    [
      'in escapes',
      '{"model":"m","tools":[{"typ\\u0065":"\\u006dcp","server_label":"d","server_url":"https://d.example"}]}',
      ['https://d.example'],
    ],
  ])('%s', (_, body, servers) => {
    const found = extract({ url: 'https://api.model.example/v1/responses', body });
    expect(kind(found)).toBe('hosted');
    expect(found.mcp.servers).toEqual(servers);
  });

  it('Mistral, a new connector', () => {
    const found = extract({
      url: 'https://api.model.example/v1/connectors',
      body: { name: 'x', server: 'https://m.example/mcp' },
    });
    expect(kind(found)).toBe('hosted');
    const call = { url: 'https://api.model.example/v1/connectors/c1/tools/add/call', body: { arguments: {} } };
    expect(kind(extract(call))).toBe('hosted');
  });

  it('a credential for a server that is kept at the vendor', () => {
    const body = { auth: { type: 'mcp_oauth', mcp_server_url: 'https://v.example/mcp', access_token: 'x' } };
    expect(extract({ body }).mcp.servers).toEqual(['https://v.example/mcp']);
  });

  it('over a realtime WebSocket', () => {
    const flow = exchange({
      url: 'wss://api.model.example/v1/realtime',
      status: 101,
      answerHeaders: {},
      phase: 'response-headers',
    });
    const event = {
      type: 'session.update',
      session: { tools: [{ type: 'mcp', server_label: 'd', server_url: 'https://d.example' }] },
    };
    const message: Message = { direction: 'request', via: 'websocket', event: 'message', text: JSON.stringify(event), index: 0 };
    expect(kind(extractSignals({ ...flow, phase: 'message', message }))).toBe('hosted');
  });

  it.each<[string, unknown]>([
    ['an output item', { output: [{ type: 'mcp_list_tools', server_label: 'd' }] }],
    ['a content block', { content: [{ type: 'mcp_tool_use', server_name: 'd' }] }],
    ['a step', { steps: [{ type: 'mcp_server_tool_call', name: 'x' }] }],
  ])('the answer shows it by %s', (_, answer) => {
    expect(kind(extract({ body: { model: 'm', prompt: { id: 'p' } }, answer }))).toBe('hosted');
  });

  it.each<[string, unknown]>([
    ['an event name', { type: 'response.mcp_call.completed', item_id: 'x' }],
    ['an item', { type: 'response.output_item.added', item: { type: 'mcp_call', server_label: 'd' } }],
    ['a block', { type: 'content_block_start', content_block: { type: 'mcp_tool_use', server_name: 'd' } }],
  ])('the stream shows it by %s', (_, event) => {
    const flow = exchange({
      body: { model: 'm' },
      answerHeaders: { 'content-type': 'text/event-stream' },
      phase: 'response-headers',
    });
    const message: Message = { direction: 'response', via: 'sse', event: 'message', text: JSON.stringify(event), index: 0 };
    expect(kind(extractSignals({ ...flow, phase: 'message', message }))).toBe('hosted');
  });

  it('keeps no credential of the URL', () => {
    const found = extract({
      body: { tools: [{ type: 'mcp', server_label: 'd', server_url: URL_WITH_KEY, authorization: 'ya29.s3cret' }] },
    });
    expect(JSON.stringify(found)).not.toContain('s3cret');
  });
});

describe('the tools of the client show attached servers:', () => {
  it.each<[string, unknown, string[]]>([
    [
      'Claude Code',
      { messages: [], tools: [{ name: 'Bash' }, { name: 'mcp__github__create_issue' }, { name: 'mcp__my_db__query' }] },
      ['github', 'my_db'],
    ],
    [
      'Codex',
      { input: [], tools: [{ type: 'namespace', name: 'mcp__ops', tools: [{ type: 'function', name: 'add' }] }] },
      ['ops'],
    ],
    ['chat completions', { messages: [], tools: [chatFn('mcp__ops__add')] }, ['ops']],
    [
      'Gemini CLI',
      { contents: [], tools: [{ functionDeclarations: [{ name: 'read_file' }, { name: 'mcp_ops_add' }] }] },
      ['ops'],
    ],
    ['opencode', { messages: [], tools: [chatFn('ops_add'), chatFn('list_mcp_resources'), chatFn('read_mcp_resource')] }, []],
    [
      'deferred tools',
      {
        messages: [
          { role: 'user', content: '<available-deferred-tools>\nmcp__ops__add\nmcp__ops__echo\n</available-deferred-tools>' },
        ],
        tools: [{ name: 'ToolSearch' }],
      },
      ['ops'],
    ],
    [
      'a list of servers in the prompt',
      { messages: [{ role: 'system', content: '### MCP servers\n- mcp__ops__add: adds' }] },
      ['ops'],
    ],
    [
      'a call in the history',
      { messages: [{ role: 'assistant', content: [{ type: 'tool_use', name: 'mcp__ops__add', input: {} }] }] },
      ['ops'],
    ],
  ])('%s', (_, body, servers) => {
    const found = extract({ body });
    expect(kind(found)).toBe('attached');
    expect(found.mcp.servers).toEqual(servers);
  });

  it('an agent protocol that carries messages of servers is a suspicion', () => {
    expect(kind(extract({ body: { jsonrpc: '2.0', id: 1, method: 'mcp/message', params: { connectionId: 'c' } } }))).toBe(
      'suspect',
    );
  });

  it('an editor that hands servers to an agent is a suspicion', () => {
    const params = { cwd: '/w', mcpServers: [{ name: 'fs', command: 'npx' }] };
    expect(kind(extract({ body: { jsonrpc: '2.0', id: 1, method: 'session/new', params } }))).toBe('suspect');
  });
});

describe('says nothing:', () => {
  it.each<[string, unknown]>([
    ['a plain call', { model: 'm', messages: [{ role: 'user', content: 'hi' }], tools: [chatFn('get_weather')] }],
    [
      'a prompt about MCP',
      {
        model: 'm',
        messages: [{ role: 'user', content: 'Is {"type":"mcp","server_url":"https://x.example"} right? I use mcp__x__y too.' }],
      },
    ],
    [
      'a message quoted in a prompt',
      { model: 'm', input: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'x' } }) },
    ],
    ['a tool that reads resources, offered without servers', { messages: [], tools: [chatFn('read_mcp_resource')] }],
    ['a tool with mcp in its name', { messages: [], tools: [chatFn('explain_mcp')] }],
    ['type mcp without a server', { tools: [{ type: 'mcp' }] }],
  ])('%s', (_, body) => expect(kind(extract({ body }))).toBe('none'));

  it('the beta header without servers', () => {
    const headers = { 'content-type': 'application/json', 'anthropic-beta': 'mcp-client-2025-11-20' };
    expect(kind(extract({ headers, body: { model: 'm', messages: [] } }))).toBe('none');
    expect(kind(extract({ headers, body: { model: 'm', messages: [{ role: 'user', content: 'mcp?' }] } }))).toBe('none');
  });
});
