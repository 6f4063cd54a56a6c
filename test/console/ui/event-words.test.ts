import { describe, expect, it } from 'vitest';
import { whatOf, whereOf, whoOf } from '../../../src/console/ui/pages/activity/event-words.ts';

const event = { mcp_method: '', mcp_tool: '', mcp_resource: '', mcp_prompt: '', http_method: 'POST', path: '/mcp' };

describe('an exchange in a few words', () => {
  it('says who: a name, else an address', () => {
    expect(whoOf({ user_id: 'ana', src_ip: '10.0.0.1' })).toBe('ana');
    expect(whoOf({ user_id: '', src_ip: '10.0.0.1' })).toBe('10.0.0.1');
  });

  it('says where: the server, and for a model API what it was told of', () => {
    const where = {
      server_key: 'https://mcp.example.com/mcp',
      dst_host: 'mcp.example.com',
      mcp_servers: [],
      traffic: 'shadow' as const,
    };
    expect(whereOf(where)).toBe('mcp.example.com/mcp');
    expect(whereOf({ ...where, server_key: '' })).toBe('mcp.example.com');
    const hosted = {
      server_key: '',
      dst_host: 'api.openai.com',
      mcp_servers: ['https://mcp.exa.ai/mcp', 'x'],
      traffic: 'hosted' as const,
    };
    expect(whereOf(hosted)).toBe('mcp.exa.ai/mcp +1 via api.openai.com');
  });

  it('says what: the method and its object, else the request', () => {
    expect(whatOf(event)).toBe('POST /mcp');
    expect(whatOf({ ...event, mcp_method: 'tools/list' })).toBe('tools/list');
    expect(whatOf({ ...event, mcp_method: 'tools/call', mcp_tool: 'search' })).toBe('tools/call  search');
    expect(whatOf({ ...event, mcp_method: 'resources/read', mcp_resource: 'file:///a' })).toBe('resources/read  file:///a');
  });
});
