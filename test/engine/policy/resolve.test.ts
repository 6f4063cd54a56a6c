import { describe, expect, it } from 'vitest';
import type { Flow } from '../../../src/engine/flow.ts';
import { compilePolicy } from '../../../src/engine/policy/compile.ts';
import { type Resolution, resolvePolicy } from '../../../src/engine/policy/resolve.ts';
import { policySchema } from '../../../src/engine/policy/schema.ts';
import type { McpFacts } from '../../../src/engine/verdict.ts';
import { callOf, type FlowChange, flowTo, matchOf, NO_FACTS } from '../sample-flow.ts';

const URL_ = 'https://tools.example/mcp';

interface Documents {
  servers?: unknown[];
  portals?: unknown[];
  default?: string;
  modes?: unknown[];
  blocked?: unknown[];
  exceptions?: unknown[];
  pause?: unknown;
  groups?: unknown;
}

function resolve(documents: Documents, flow: Flow, matches = [matchOf('shadow')], mcp: McpFacts = callOf('search')): Resolution {
  const { servers, portals, modes, blocked, exceptions, pause, groups = {} } = documents;
  const policy = policySchema.parse({
    approved: { servers, portals },
    modes: { default: documents.default, modes, blocked, pause },
    exceptions: { exceptions },
    groups: { groups },
  });
  return resolvePolicy(flow, mcp, matches, compilePolicy(policy));
}

const by = (user: string, groups: string[] = [], change: FlowChange = {}): Flow =>
  flowTo(URL_, { principal: { user, groups, device: '', source: 'proxy-auth' }, ...change });
const at = (time: string): Flow => flowTo(URL_, { time: Date.parse(time) });
const blockAll = { default: 'block' };

describe('without approvals', () => {
  it('a flow that no rule matches is none', () => {
    expect(resolve(blockAll, flowTo(URL_), [])).toMatchObject({ traffic: 'none', action: 'allow', policy: { step: 'none' } });
  });

  it('an MCP server is shadow and logged, with a reason', () => {
    expect(resolve({}, flowTo(URL_))).toEqual({
      traffic: 'shadow',
      action: 'log',
      policy: { step: 'default-mode', id: '', mode: 'log', comment: 'log' },
      reason: 'A rule: nobody approved this MCP server; the default mode is log.',
      rule: 'rule-1',
    });
  });

  it('weak evidence is never blocked by the default, but by a line of its own', () => {
    const suspect = [matchOf('suspect')];
    expect(resolve(blockAll, flowTo(URL_), suspect)).toMatchObject({ traffic: 'suspect', action: 'log' });
    expect(resolve({ modes: [{ traffic: 'suspect', mode: 'block' }] }, flowTo(URL_), suspect).action).toBe('block');
  });

  it('the strongest action and the strongest class of all matches count', () => {
    const matches = [matchOf('shadow', { ruleId: 'r1' }), matchOf('attached', { ruleId: 'r2' })];
    const result = resolve({ modes: [{ rule: 'r2', mode: 'block' }] }, flowTo(URL_), matches);
    expect(result).toMatchObject({ traffic: 'shadow', action: 'block', policy: { step: 'rule-mode', id: 'r2' } });
  });
});

describe('modes', () => {
  it('later lines win', () => {
    const block = { tag: 'mcp.test', mode: 'block' };
    const log = { rule: 'rule-1', mode: 'log' };
    expect(resolve({ modes: [block, log] }, flowTo(URL_)).action).toBe('log');
    expect(resolve({ modes: [log, block] }, flowTo(URL_))).toMatchObject({ action: 'block', policy: { step: 'tag-mode' } });
  });

  it('a line counts from its date on', () => {
    const modes = [{ traffic: 'shadow', mode: 'block', after: '2026-12-04' }];
    expect(resolve({ modes }, at('2026-12-03T23:59:59Z')).action).toBe('log');
    expect(resolve({ modes }, at('2026-12-04T00:00:00Z')).action).toBe('block');
  });

  it.each<[Record<string, unknown>, string]>([
    [{ users: ['Ann'] }, 'block'],
    [{ users: ['bob'] }, 'log'],
    [{ groups: ['finance', 'legal'] }, 'block'],
    [{ users: ['bob'], groups: ['legal'] }, 'block'],
    [{ networks: ['10.0.0.0/8'] }, 'block'],
    [{ networks: ['192.168.0.0/16'] }, 'log'],
    [{ hosts: ['*.example'] }, 'block'],
    [{ hosts: ['example'] }, 'log'],
    [{ when: 'tool == "search"' }, 'block'],
    [{ when: 'tool == "other"' }, 'log'],
    [{ groups: ['legal'], hosts: ['other.example'] }, 'log'],
  ])('a line scoped to %j gives %s', (scope, action) => {
    const modes = [{ traffic: 'shadow', mode: 'block', ...scope }];
    expect(resolve({ modes }, by('ann', ['legal'])).action).toBe(action);
  });

  it('a line counts until its date, whose day is included', () => {
    const modes = [{ traffic: 'shadow', mode: 'block', until: '2026-12-04' }];
    expect(resolve({ modes }, at('2026-12-04T23:59:59Z')).action).toBe('block');
    expect(resolve({ modes }, at('2026-12-05T00:00:00Z')).action).toBe('log');
  });

  it('a line for everything is a default for whom it fits: later lines win, and weak evidence is not blocked', () => {
    const modes = [
      { all: true, mode: 'block', groups: ['finance'] },
      { traffic: 'install', mode: 'log' },
    ];
    const finance = by('ann', ['finance']);
    expect(resolve({ modes }, finance)).toMatchObject({
      action: 'block',
      policy: { step: 'default-mode', id: 'all', mode: 'block' },
      reason: 'A rule: nobody approved this MCP server; the mode of all is block.',
    });
    expect(resolve({ modes }, by('bob')).action).toBe('log');
    expect(resolve({ modes }, finance, [matchOf('install')]).action).toBe('log');
    expect(resolve({ modes }, finance, [matchOf('suspect')]).action).toBe('log');
  });

  it('a line with a canary share holds for the same people each time, and for more of them as it grows', () => {
    const people = Array.from({ length: 200 }, (_, index) => `user-${index}`);
    const blocked = (canary: string) =>
      people.filter((user) => resolve({ modes: [{ traffic: 'shadow', mode: 'block', canary }] }, by(user)).action === 'block');
    expect(blocked('10%').length).toBeGreaterThan(5);
    expect(blocked('10%').length).toBeLessThan(40);
    expect(blocked('50%')).toEqual(expect.arrayContaining(blocked('10%')));
    expect(blocked('100%')).toEqual(people);
  });

  it('groups of groups.yml count as those of sign-in do', () => {
    const modes = [{ traffic: 'shadow', mode: 'block', groups: ['finance'] }];
    const groups = { finance: { groups: ['controlling'] }, controlling: { users: ['Ann'] } };
    expect(resolve({ modes, groups }, by('ann')).action).toBe('block');
    expect(resolve({ modes, groups }, by('bob')).action).toBe('log');
    const when = [{ traffic: 'shadow', mode: 'block', when: '"finance" in groups' }];
    expect(resolve({ modes: when, groups }, by('ann')).action).toBe('block');
  });

  it('off for a rule makes the rule not count; off for a class keeps the class and lets it pass', () => {
    expect(resolve({ modes: [{ rule: 'rule-1', mode: 'off' }] }, flowTo(URL_))).toMatchObject({
      traffic: 'none',
      action: 'allow',
    });
    expect(resolve({ modes: [{ traffic: 'shadow', mode: 'off' }] }, flowTo(URL_))).toMatchObject({
      traffic: 'shadow',
      action: 'allow',
    });
    const two = [matchOf('shadow'), matchOf('shadow', { ruleId: 'rule-2' })];
    expect(resolve({ modes: [{ rule: 'rule-1', mode: 'off' }] }, flowTo(URL_), two)).toMatchObject({
      traffic: 'shadow',
      action: 'log',
    });
  });
});

describe('approvals', () => {
  const approval = { url: URL_, owner: 'platform' };

  it('override a block mode', () => {
    expect(resolve({ ...blockAll, servers: [approval] }, flowTo(`${URL_}/x?y=1`))).toEqual({
      traffic: 'approved',
      action: 'allow',
      policy: { step: 'approval', id: URL_, mode: 'log', comment: 'block' },
      reason: 'A rule: approved by https://tools.example/mcp, owner platform.',
      rule: 'rule-1',
    });
  });

  it('say nothing about traffic that is not MCP', () => {
    expect(resolve({ servers: [approval] }, flowTo(URL_), []).traffic).toBe('none');
  });

  it('end with their date, whose day is included', () => {
    const servers = [{ ...approval, until: '2026-12-04' }];
    expect(resolve({ servers }, at('2026-12-04T23:59:59Z')).traffic).toBe('approved');
    expect(resolve({ servers }, at('2026-12-05T00:00:00Z'))).toMatchObject({ traffic: 'shadow', action: 'log' });
  });

  it('hold for their users and groups only', () => {
    const servers = [{ ...approval, users: ['ann'], groups: ['engineering'] }];
    expect(resolve({ servers }, by('ANN')).traffic).toBe('approved');
    expect(resolve({ servers }, by('bob', ['engineering'])).traffic).toBe('approved');
    const refused = resolve({ ...blockAll, servers }, by('bob', ['legal']));
    expect(refused).toMatchObject({ traffic: 'shadow', action: 'block' });
    expect(refused.reason).toContain('not for this user or time');
  });

  it('hold under their condition only', () => {
    const servers = [{ ...approval, when: 'address.startsWith("10.1.")' }];
    expect(resolve({ servers }, flowTo(URL_)).traffic).toBe('approved');
    expect(resolve({ servers }, flowTo(URL_, { client: { address: '10.2.0.1', port: 1 } })).traffic).toBe('shadow');
  });

  it('allow the named tools and methods, and the methods that keep a session going', () => {
    const servers = [{ ...approval, tools: ['search', 'read_*'], methods: ['tools/*'] }];
    expect(resolve({ servers }, flowTo(URL_)).action).toBe('allow');
    expect(resolve({ servers }, flowTo(URL_), undefined, callOf('read_file')).action).toBe('allow');
    const refused = resolve({ servers }, flowTo(URL_), undefined, callOf('delete_all'));
    expect(refused).toMatchObject({ traffic: 'approved', action: 'block', policy: { step: 'approval', id: URL_ } });
    expect(refused.reason).toContain('tool delete_all is outside the approval');
    const method = (name: string): McpFacts => ({ ...NO_FACTS, method: name, requests: [{ id: 1, method: name }] });
    expect(resolve({ servers }, flowTo(URL_), undefined, method('initialize')).action).toBe('allow');
    expect(resolve({ servers }, flowTo(URL_), undefined, method('resources/read')).action).toBe('block');
  });

  it('refuse the tools that are blocked, whatever else they allow', () => {
    const servers = [{ ...approval, tools: ['read_*'], blockedTools: ['read_secret', 'read_k*'] }];
    const action = (tool: string) => resolve({ servers }, flowTo(URL_), undefined, callOf(tool)).action;
    expect(['read_file', 'read_secret', 'read_keys', 'search'].map(action)).toEqual(['allow', 'block', 'block', 'block']);
    const others = [{ ...approval, blockedTools: ['delete_*'] }];
    expect(resolve({ servers: others }, flowTo(URL_), undefined, callOf('search')).action).toBe('allow');
    const refused = resolve({ servers: others }, flowTo(URL_), undefined, callOf('delete_all'));
    expect(refused).toMatchObject({ action: 'block', policy: { step: 'approval' } });
  });

  it('refuse a batch of tool calls that the list of tools cannot be checked against', () => {
    const servers = [{ ...approval, tools: ['search'] }];
    const call = { id: 1, method: 'tools/call' };
    const batch: McpFacts = { ...callOf('search'), batch: true, requests: [call, { ...call, id: 2 }] };
    expect(resolve({ servers }, flowTo(URL_), undefined, batch).action).toBe('block');
  });

  it('join: what any approval that fits allows is allowed', () => {
    const servers = [
      { ...approval, groups: ['a'], tools: ['search'] },
      { ...approval, groups: ['b'], tools: ['write'] },
    ];
    const flow = by('ann', ['a', 'b']);
    expect(resolve({ servers }, flow, undefined, callOf('write')).action).toBe('allow');
    expect(resolve({ servers }, by('ann', ['a']), undefined, callOf('write')).action).toBe('block');
  });

  it('through the portal make a direct visit a bypass, ruled by the modes', () => {
    const servers = [{ ...approval, via: 'portal' }];
    expect(resolve({ servers }, flowTo(URL_))).toMatchObject({ traffic: 'bypass', action: 'log' });
    const modes = [{ traffic: 'bypass', mode: 'block' }];
    expect(resolve({ servers, modes }, flowTo(URL_))).toMatchObject({
      action: 'block',
      policy: { step: 'traffic-mode', id: 'bypass' },
    });
    expect(resolve({ servers: [...servers, approval] }, flowTo(URL_)).traffic).toBe('approved');
  });

  it('of an origin let the steps before a session pass', () => {
    const flow = flowTo('https://tools.example/.well-known/oauth-protected-resource/mcp');
    const result = resolve({ ...blockAll, servers: [approval] }, flow, [matchOf('discovery')]);
    expect(result).toMatchObject({ traffic: 'discovery', action: 'allow' });
  });

  it('do not hold for a Host that names another server than the bytes go to', () => {
    const flow = { ...flowTo(URL_), server: { host: 'evil.example', port: 443, address: '' } };
    expect(resolve({ ...blockAll, servers: [approval] }, flow)).toMatchObject({ traffic: 'shadow', action: 'block' });
  });

  it('hold for a CONNECT to an address whose certificate was verified for the name', () => {
    const flow = { ...flowTo(URL_), server: { host: '203.0.113.7', port: 443, address: '203.0.113.7' } };
    expect(resolve({ servers: [approval] }, flow).traffic).toBe('approved');
    const unnamed = { ...flow, tls: { ...flow.tls, sni: '' } };
    expect(resolve({ servers: [approval] }, unnamed).traffic).toBe('shadow');
  });

  it('of an event stream cover the endpoint that it named on the same origin', () => {
    const learned = {
      url: 'https://tools.example/message',
      stream: 'https://tools.example/sse',
      transport: 'http+sse' as const,
      generation: '' as const,
      serverName: '',
      serverVersion: '',
      lastSeen: 0,
      blocked: false,
    };
    const servers = [{ url: 'https://tools.example/sse' }];
    expect(resolve({ servers }, flowTo('https://tools.example/message?sessionId=1', { learned })).traffic).toBe('approved');
    const elsewhere = flowTo('https://evil.example/message?sessionId=1', {
      learned: { ...learned, url: 'https://evil.example/message' },
    });
    expect(resolve({ servers }, elsewhere).traffic).toBe('shadow');
  });
});

describe('portals of our own', () => {
  it('are portal traffic and allowed', () => {
    const portals = [{ url: 'https://tools.example' }];
    expect(resolve({ ...blockAll, portals }, flowTo(URL_))).toMatchObject({ traffic: 'portal', action: 'allow' });
  });
});

describe('hosted and attached traffic', () => {
  const hosted = (...servers: string[]): McpFacts => ({ ...NO_FACTS, servers });
  const llm = flowTo('https://api.vendor.example/v1/responses');
  const servers = [{ url: 'https://tools.example' }, { url: 'name:connector_gmail' }];
  const rule = (mcp: McpFacts, traffic: 'hosted' | 'attached' = 'hosted', documents: Documents = {}): Resolution =>
    resolve({ ...blockAll, servers, ...documents }, llm, [matchOf(traffic)], mcp);

  it('is judged by the servers that it names, all of them', () => {
    expect(rule(hosted('https://tools.example/mcp'))).toMatchObject({ traffic: 'hosted', action: 'allow' });
    expect(rule(hosted('https://tools.example/mcp', 'connector_gmail')).action).toBe('allow');
    expect(rule(hosted('https://tools.example/mcp', 'https://tools.example.evil.com/mcp')).action).toBe('block');
    expect(rule(hosted()).action).toBe('block');
  });

  it('is not approved by an approval of the model API', () => {
    expect(rule(hosted('https://x.example/mcp'), 'hosted', { servers: [{ url: 'https://api.vendor.example' }] }).action).toBe(
      'block',
    );
  });

  it('is blocked by a block of a delegated server, whatever the modes say', () => {
    const documents = { default: 'log', servers: [], blocked: [{ url: 'https://bad.example' }] };
    expect(rule(hosted('https://bad.example/sse'), 'hosted', documents)).toMatchObject({
      action: 'block',
      policy: { step: 'server-block' },
    });
  });

  it('approves attached servers by name', () => {
    expect(rule(hosted('connector_gmail'), 'attached').action).toBe('allow');
    expect(rule(hosted('connector_gmail', 'github'), 'attached').action).toBe('block');
  });
});

describe('a blocked server', () => {
  const blocked = [{ url: 'https://tools.example' }];

  it.each(['/x/..%2fmcp', '/mcp%2F', '/x//../mcp', '/mcp\\'])(
    'is not reached by %s, which it may read as the blocked path',
    (path) => {
      const documents = { blocked: [{ url: 'https://tools.example/mcp' }], servers: [{ url: 'https://tools.example' }] };
      expect(resolve(documents, flowTo(`https://tools.example${path}`)).action).toBe('block');
      expect(resolve(documents, flowTo(`https://other.example${path}`)).action).toBe('log');
      expect(resolve(documents, flowTo('https://tools.example/a/mcp')).action).toBe('allow');
    },
  );

  it('is refused whatever the modes say', () => {
    const modes = [{ rule: 'rule-1', mode: 'log' }];
    expect(resolve({ modes, blocked }, flowTo(URL_))).toMatchObject({
      traffic: 'shadow',
      action: 'block',
      policy: { step: 'server-block', id: 'https://tools.example', comment: 'log' },
    });
  });

  it('yields to an approval that is more specific, and to nothing less', () => {
    expect(resolve({ blocked, servers: [{ url: URL_ }] }, flowTo(URL_)).traffic).toBe('approved');
    expect(resolve({ blocked, servers: [{ url: 'https://tools.example' }] }, flowTo(URL_)).action).toBe('block');
  });

  it('is free again after its date', () => {
    const dated = [{ url: 'https://tools.example', until: '2026-11-19' }];
    expect(resolve({ blocked: dated }, flowTo(URL_)).action).toBe('log');
  });
});

const LEARNED = {
  url: URL_,
  transport: 'streamable-http' as const,
  generation: '' as const,
  serverName: '',
  serverVersion: '',
  lastSeen: 0,
};

describe('a server that was blocked on its answer', () => {
  const learned = { ...LEARNED, blocked: true };
  const flow = flowTo(URL_, { learned });

  it('stays blocked while the line that blocked it stands', () => {
    const modes = [{ rule: 'rule-of-the-answer', mode: 'block' }];
    expect(resolve({ modes }, flow)).toMatchObject({ action: 'block', policy: { step: 'rule-mode', id: 'rule-of-the-answer' } });
    expect(resolve({ modes: [...modes, { rule: 'rule-of-the-answer', mode: 'log' }] }, flow).action).toBe('log');
    expect(resolve({}, flow).action).toBe('log');
  });

  it('is free when somebody approves it', () => {
    const modes = [{ rule: 'rule-of-the-answer', mode: 'block' }];
    expect(resolve({ modes, servers: [{ url: URL_ }] }, flow).traffic).toBe('approved');
  });
});

describe('exceptions', () => {
  const exception = { id: 'ex-1', until: '2026-12-31', comment: 'migration', by: 'bob' };
  const lifted = (change: Record<string, unknown>, flow = by('ann'), documents: Documents = blockAll): Resolution =>
    resolve({ ...documents, exceptions: [{ ...exception, ...change }] }, flow);

  it('turn a block into a log', () => {
    const result = lifted({ host: 'tools.example' });
    expect(result).toMatchObject({
      traffic: 'shadow',
      action: 'log',
      policy: { step: 'exception', id: 'ex-1', comment: 'block' },
    });
    expect(result.reason).toContain('Exception ex-1 by bob lets it pass until 2026-12-31.');
  });

  it('hold only for the rule, host and user that they name', () => {
    expect(lifted({ rule: 'rule-1' }).action).toBe('log');
    expect(lifted({ rule: 'rule-2' }).action).toBe('block');
    expect(lifted({ host: '*.example', user: 'Ann' }).action).toBe('log');
    expect(lifted({ host: '*.example', user: 'bob' }).action).toBe('block');
    expect(lifted({ host: 'other.example' }).action).toBe('block');
  });

  it('end with their date', () => {
    expect(lifted({ host: 'tools.example', until: '2026-11-19' }).action).toBe('block');
  });

  it('lift the block of a server only if they name its host', () => {
    const documents = { blocked: [{ url: 'https://tools.example' }] };
    expect(lifted({ rule: 'rule-1' }, undefined, documents).action).toBe('block');
    expect(lifted({ user: 'ann' }, undefined, documents).action).toBe('block');
    expect(lifted({ host: 'tools.example' }, undefined, documents).action).toBe('log');
  });

  it('do not make anything stricter', () => {
    expect(lifted({ host: 'tools.example' }, undefined, {})).toMatchObject({ action: 'log', policy: { step: 'default-mode' } });
  });
});

describe('a pause', () => {
  const pause = { until: '2026-11-20T12:10:00Z', comment: 'demo breaks', by: 'kim' };
  const during = at('2026-11-20T12:09:59Z');

  it('turns every block into a log, says so, and keeps the class', () => {
    expect(resolve({ ...blockAll, pause }, during)).toMatchObject({
      traffic: 'shadow',
      action: 'log',
      policy: { step: 'pause', id: '2026-11-20T12:10:00Z', mode: 'log', comment: 'block' },
      reason:
        'A rule: nobody approved this MCP server; the default mode is block. Protection is paused until 2026-11-20T12:10:00Z by kim (demo breaks).',
    });
  });

  it('lets blocked servers and forbidden tools pass, too', () => {
    expect(resolve({ blocked: [{ url: URL_ }], pause }, during)).toMatchObject({ action: 'log', policy: { step: 'pause' } });
    const servers = [{ url: URL_, tools: ['read'] }];
    expect(resolve({ servers, pause }, during)).toMatchObject({ traffic: 'approved', action: 'log', policy: { step: 'pause' } });
    const learned = { ...LEARNED, blocked: true };
    const modes = [{ rule: 'rule-of-the-answer', mode: 'block' }];
    expect(resolve({ modes, pause }, { ...during, learned }).action).toBe('log');
  });

  it('ends by itself', () => {
    expect(resolve({ ...blockAll, pause }, at('2026-11-20T12:10:00Z'))).toMatchObject({
      action: 'block',
      policy: { step: 'default-mode' },
    });
  });

  it('changes nothing about what is not blocked', () => {
    expect(resolve({ pause }, during)).toMatchObject({ action: 'log', policy: { step: 'default-mode' } });
    const exceptions = [{ id: 'ex-1', host: 'tools.example', until: '2026-12-31', comment: 'c', by: 'bob' }];
    expect(resolve({ ...blockAll, pause, exceptions }, during).policy.step).toBe('exception');
  });
});
