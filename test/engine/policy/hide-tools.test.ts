import { describe, expect, it } from 'vitest';
import type { Flow } from '../../../src/engine/flow.ts';
import { compilePolicy } from '../../../src/engine/policy/compile.ts';
import { hideTools, toolFilterOf } from '../../../src/engine/policy/hide-tools.ts';
import { policySchema } from '../../../src/engine/policy/schema.ts';
import { type FlowChange, flowTo, NO_FACTS } from '../sample-flow.ts';

const URL_ = 'https://tools.example/mcp';
const TOOLS = ['search', 'read_file', 'read_secret', 'delete_all'];
const by = (user: string, groups: string[] = [], change: FlowChange = {}): Flow =>
  flowTo(URL_, { principal: { user, groups, device: '', source: 'proxy-auth' }, ...change });

function visible(
  servers: unknown[],
  flow = flowTo(URL_),
  more: { modes?: unknown; exceptions?: unknown; groups?: unknown } = {},
) {
  const { modes = {}, exceptions = {}, groups = {} } = more;
  const policy = compilePolicy(policySchema.parse({ approved: { servers }, modes, exceptions, groups }));
  const filter = toolFilterOf(flow, NO_FACTS, policy);
  return filter === undefined ? 'all' : TOOLS.filter(filter);
}

describe('the tools that somebody gets to see', () => {
  const limited = { url: URL_, tools: ['search', 'read_*'], blockedTools: ['read_secret'], hideTools: true };

  it('are those that the approval lets be called', () => {
    expect(visible([limited])).toEqual(['search', 'read_file']);
    expect(visible([{ url: URL_, blockedTools: ['delete_*'], hideTools: true }])).toEqual(['search', 'read_file', 'read_secret']);
  });

  it('are all of them unless an approval hides some here, now, for them', () => {
    expect(visible([{ ...limited, hideTools: undefined }])).toBe('all');
    expect(visible([limited], flowTo('https://other.example/mcp'))).toBe('all');
    expect(visible([{ ...limited, until: '2026-11-19' }])).toBe('all');
    expect(visible([{ ...limited, users: ['ann'] }], by('bob'))).toBe('all');
  });

  it('join, as what may be called does', () => {
    const servers = [limited, { url: URL_, groups: ['admins'], tools: ['delete_all'] }];
    expect(visible(servers, by('ann'))).toEqual(['search', 'read_file']);
    expect(visible(servers, by('ann', ['admins']))).toEqual(['search', 'read_file', 'delete_all']);
    expect(visible(servers, by('ann'), { groups: { groups: { admins: { users: ['ann'] } } } })).toContain('delete_all');
  });

  it('are all during a pause, and for whom an exception lets calls pass', () => {
    const pause = { until: '2026-11-20T12:10:00Z', comment: 'demo' };
    expect(visible([limited], undefined, { modes: { pause } })).toBe('all');
    const exception = { id: 'ex-1', user: 'ann', until: '2026-12-31', comment: 'c', by: 'kim' };
    expect(visible([limited], by('ann'), { exceptions: { exceptions: [exception] } })).toBe('all');
    expect(visible([limited], by('bob'), { exceptions: { exceptions: [exception] } })).toEqual(['search', 'read_file']);
  });
});

describe('hiding tools in a message', () => {
  const allowed = (name: string): boolean => name === 'search';
  const listing = (...names: unknown[]) => ({
    jsonrpc: '2.0',
    id: 1,
    result: { tools: names.map((name) => ({ name, x: 'ü\n' })), nextCursor: 'n' },
  });

  it('keeps everything but the tools that are hidden', () => {
    expect(JSON.parse(hideTools(JSON.stringify(listing('search', 'delete')), allowed)!)).toEqual(listing('search'));
    const batch = [{ jsonrpc: '2.0', id: 2, result: {} }, listing('delete'), listing('search')];
    expect(JSON.parse(hideTools(JSON.stringify(batch), allowed)!)).toEqual([batch[0], listing(), listing('search')]);
    expect(hideTools(`\ufeff${JSON.stringify(listing('a'))}`, allowed)).toBe(JSON.stringify(listing()));
  });

  it('leaves numbers as they were written', () => {
    const written = (tools: string): string =>
      `{"id":12345678901234567890,"result":{"tools":[{"name":"search","inputSchema":{"maximum":9223372036854775807,"minimum":-1.0}}${tools}]}}`;
    expect(hideTools(written(',{"name":"delete"}'), allowed)).toBe(written(''));
  });

  it('takes out what is no tool that could be called', () => {
    const odd = { result: { tools: [null, 'search', [], {}, { name: 7 }, { name: 'search' }] } };
    expect(hideTools(JSON.stringify(odd), allowed)).toBe('{"result":{"tools":[{"name":"search"}]}}');
  });

  it.each([
    ['nothing is hidden', JSON.stringify(listing('search'))],
    ['there is no list', '{"jsonrpc":"2.0","id":1,"result":{"content":[{"tools":[{"name":"x"}]}]}}'],
    ['the list is none', '{"result":{"tools":{"name":"x"}}}'],
    ['it is no JSON', '{"result":{"tools":[{"name":"x"'],
    ['it is text', 'tools'],
    ['it is null', 'null'],
  ])('changes nothing where %s', (_why, text) => {
    expect(hideTools(text, allowed)).toBeUndefined();
  });

  it('does not fail on a message that is nested deeper than it can be written', () => {
    const deep = `{"result":{"tools":[{"name":"x"}],"y":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`;
    expect(() => hideTools(deep, allowed)).not.toThrow();
  });
});
