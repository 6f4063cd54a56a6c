import { describe, expect, it } from 'vitest';
import { checkPolicy, type KnownRule } from '../../../src/engine/policy/check.ts';
import { policySchema } from '../../../src/engine/policy/schema.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const URL_ = 'https://tools.example/mcp';
const RULES: KnownRule[] = [
  { id: 'r1', tags: ['mcp.test'], traffic: 'shadow' },
  { id: 'r2', tags: [], traffic: 'install' },
];

interface Documents {
  servers?: unknown[];
  portals?: unknown[];
  default?: string;
  pause?: unknown;
  modes?: unknown[];
  blocked?: unknown[];
  exceptions?: unknown[];
  groups?: unknown;
}

/** `document path: message` each. */
function check({ servers, portals, exceptions, groups, ...modes }: Documents) {
  const policy = policySchema.parse({ approved: { servers, portals }, modes, exceptions: { exceptions }, groups: { groups } });
  const { problems, warnings } = checkPolicy(policy, RULES, NOW);
  const [a, b] = [problems, warnings].map((list) =>
    list.map(({ document, path, message }) => `${document} ${path.join('.')}: ${message}`),
  );
  return { problems: a!, warnings: b! };
}
const warnings = (documents: Documents) => check(documents).warnings;

describe('approvals', () => {
  it.each<[string, Documents, string]>([
    ['expired', { servers: [{ url: URL_, until: '2026-11-19' }] }, 'approved servers.0.until: the approval of'],
    ['with a credential', { servers: [{ url: `${URL_}?api_key=0123456789abcdef0123456789abcdef` }] }, 'holds a credential'],
    [
      'below a portal',
      { servers: [{ url: URL_ }], portals: [{ url: 'https://tools.example' }] },
      'approved servers.0.url: https://tools.example/mcp lies below the portal https://tools.example',
    ],
    ['of a blocked server', { servers: [{ url: URL_ }], blocked: [{ url: `${URL_}/` }] }, 'blocked in modes.yml; the block wins'],
    [
      'direct and through the portal',
      { servers: [{ url: URL_ }, { url: 'https://TOOLS.example:443/mcp/', via: 'portal' }] },
      'approved through the portal only here and directly in servers.0; direct wins',
    ],
    [
      'twice for the same people',
      {
        servers: [
          { url: URL_, users: ['Ann', 'bob'] },
          { url: URL_, users: ['bob', 'ann'], tools: ['x'] },
        ],
      },
      'servers.0 approves https://tools.example/mcp for the same people already',
    ],
    [
      'whose tools are all blocked',
      { servers: [{ url: URL_, tools: ['read_*', 'search'], blockedTools: ['read*', 'search'] }] },
      'approved servers.0.tools: every tool of https://tools.example/mcp is in blockedTools',
    ],
  ])('%s are named', (_what, documents, expected) => {
    expect(warnings(documents).join('\n')).toContain(expected);
  });

  it('that go together are not', () => {
    const servers = [
      { url: URL_, groups: ['a'], via: 'portal' },
      { url: URL_, groups: ['b'], tools: ['read_*'], blockedTools: ['read_secret'] },
      { url: `${URL_}/deeper` },
      { url: URL_, groups: ['b'], until: '2027-01-01', when: 'port == 443' },
    ];
    expect(warnings({ servers, blocked: [{ url: 'https://tools.example' }] })).toEqual([]);
  });
});

describe('modes', () => {
  const block = { traffic: 'shadow', mode: 'block' };

  it.each<[string, Documents, string]>([
    ['for a rule that is gone', { modes: [{ rule: 'r9', mode: 'log' }] }, 'modes modes.0.rule: there is no rule r9'],
    ['for a tag that nothing bears', { modes: [{ tag: 'x', mode: 'log' }] }, 'modes modes.0.tag: no rule has the tag x'],
    ['that ended', { modes: [{ ...block, until: '2026-11-19' }] }, 'modes modes.0.until: the entry for traffic shadow ended'],
    [
      'that begin after their end',
      { modes: [{ ...block, after: '2026-12-05', until: '2026-12-04' }] },
      'modes modes.0.after: 2026-12-05 is not before the end on 2026-12-04',
    ],
    ['whose pause is over', { pause: { until: '2026-11-20T11:00:00Z', comment: 'c' } }, 'modes pause.until: the pause ended'],
    ['whose pause is long', { pause: { until: '2026-11-22T11:00:00Z', comment: 'c' } }, 'more than a day from now'],
    ['with an expired block', { blocked: [{ url: URL_, until: '2026-11-19' }] }, 'modes blocked.0.until: the block of'],
    [
      'with a block inside another',
      { blocked: [{ url: URL_, until: '2027-01-01' }, { url: 'https://tools.example' }] },
      'modes blocked.0.url: https://tools.example/mcp is blocked by blocked.1 already',
    ],
    ['with the same block twice', { blocked: [{ url: URL_ }, { url: URL_ }] }, 'modes blocked.1.url:'],
  ])('%s are named', (_what, documents, expected) => {
    const found = warnings(documents);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  it.each<[string, object, object]>([
    ['the same again', block, { ...block, mode: 'log' }],
    ['everything', { rule: 'r1', mode: 'log' }, { all: true, mode: 'block' }],
    ['more people', { ...block, users: ['Ann'] }, { ...block, users: ['ann', 'bob'], groups: ['x'] }],
    ['more hosts', { ...block, hosts: ['a.example'] }, { ...block, hosts: ['b.example', 'a.example'] }],
    ['a larger share', { ...block, canary: '10%' }, { ...block, canary: '50%' }],
    ['a date that has come', block, { ...block, after: '2026-11-20' }],
    ['a longer time', { ...block, until: '2026-12-01' }, { ...block, until: '2026-12-31' }],
    ['the same condition', { ...block, when: 'port == 443' }, { ...block, when: 'port == 443' }],
  ])('an entry is named that a later one for %s always overrides', (_what, earlier, later) => {
    expect(warnings({ modes: [earlier, later] }).join('\n')).toMatch(/^modes modes\.0: the entry for .* has no effect: modes\.1/);
  });

  it.each<[string, object, object]>([
    ['another class', block, { traffic: 'bypass', mode: 'log' }],
    ['some people', block, { ...block, groups: ['x'] }],
    ['other people', { ...block, users: ['ann'] }, { ...block, users: ['bob'] }],
    ['a date to come', block, { ...block, after: '2026-12-04' }],
    ['a time', block, { ...block, until: '2026-12-04' }],
    ['a share', block, { ...block, canary: '50%' }],
    ['a network', block, { ...block, networks: ['10.0.0.0/8'] }],
    ['a condition', block, { ...block, when: 'port == 443' }],
  ])('an entry is not named because of a later one for %s', (_what, earlier, later) => {
    expect(warnings({ modes: [earlier, later] })).toEqual([]);
  });
});

describe('exceptions', () => {
  const exception = { id: 'ex-1', host: 'tools.example', until: '2026-12-31', comment: 'c', by: 'bob' };
  const except = (change: object, documents: Documents = { default: 'block' }) =>
    warnings({ ...documents, exceptions: [{ ...exception, ...change }] });

  it('expired, as good as endless, and for a rule that is gone are named', () => {
    expect(except({ until: '2026-11-19' })[0]).toContain('exceptions exceptions.0.until: exception ex-1 expired');
    expect(except({ until: '2028-01-01' })[0]).toContain('more than a year');
    expect(except({ rule: 'r9' })[0]).toContain('there is no rule r9');
    expect(except({})).toEqual([]);
  });

  it('with one id are a problem, for the same thing a warning', () => {
    const { problems, warnings } = check({ default: 'block', exceptions: [exception, { ...exception, host: 'TOOLS.example' }] });
    expect(problems).toEqual(['exceptions exceptions.1.id: id ex-1 is used twice; give each its own']);
    expect(warnings[0]).toContain('is for the same as ex-1');
  });

  it.each<[string, object, Documents]>([
    ['nothing is blocked at all', {}, {}],
    ['what blocks has ended', {}, { modes: [{ traffic: 'shadow', mode: 'block', until: '2026-11-01' }] }],
    ['other hosts are blocked', {}, { modes: [{ all: true, mode: 'block', hosts: ['*.other.example'] }] }],
    ['others are blocked', { host: undefined, user: 'ann' }, { modes: [{ all: true, mode: 'block', users: ['bob'] }] }],
    ['other rules are blocked', { rule: 'r2' }, { modes: [{ traffic: 'shadow', mode: 'block' }] }],
    ['another server is limited', {}, { servers: [{ url: 'https://other.example', tools: ['x'] }] }],
  ])('are named where %s', (_what, change, documents) => {
    expect(except(change, documents).join('\n')).toContain('nothing blocks what exception ex-1 lets pass');
  });

  it.each<[string, object, Documents]>([
    ['the class', { rule: 'r1' }, { modes: [{ traffic: 'bypass', mode: 'block' }] }],
    ['a tag, some day', { rule: 'r1' }, { modes: [{ tag: 'mcp.test', mode: 'block', after: '2027-01-01' }] }],
    ['the host', { host: '*.example' }, { modes: [{ all: true, mode: 'block', hosts: ['tools.example'] }] }],
    ['a group the user may be in', { user: 'ann' }, { modes: [{ all: true, mode: 'block', users: ['bob'], groups: ['x'] }] }],
    ['a tool', {}, { servers: [{ url: URL_, blockedTools: ['x'] }] }],
    ['the server', {}, { blocked: [{ url: URL_ }] }],
  ])('are not named where policy may block %s', (_what, change, documents) => {
    expect(except(change, documents).filter((line) => line.startsWith('exceptions'))).toEqual([]);
  });
});

describe('groups', () => {
  it('that hold each other are a problem, named with the whole circle', () => {
    const groups = { a: { groups: ['b'] }, b: { groups: ['c'] }, c: { groups: ['a'] } };
    expect(check({ groups }).problems).toEqual([
      'groups groups.a.groups: the groups hold each other in a circle: a > b > c > a; remove one of these references',
    ]);
  });

  it('that nobody defines are named', () => {
    expect(warnings({ groups: { a: { users: ['ann'], groups: ['b'] } } })).toEqual([
      'groups groups.a.groups.0: there is no group b in this file; it holds only whom sign-in puts in it',
    ]);
  });

  const unknown: Documents = {
    servers: [{ url: URL_, users: ['ann', 'Bob'], groups: ['b', 'c'] }],
    modes: [{ traffic: 'shadow', mode: 'block', users: ['eve'] }],
    exceptions: [{ id: 'ex-1', user: 'mallory', until: '2026-12-31', comment: 'c', by: 'bob' }],
  };

  it('that list people are what users and groups of policy are compared with', () => {
    expect(warnings({ ...unknown, default: 'block', groups: { a: { users: ['ANN', 'bob'], groups: ['b'] } } })).toEqual([
      expect.stringContaining('groups groups.a.groups.0'),
      expect.stringContaining('approved servers.0.groups.1: there is no group c'),
      expect.stringContaining('modes modes.0.users.0: no group in groups.yml has the user eve'),
      expect.stringContaining('exceptions exceptions.0.user: no group in groups.yml has the user mallory'),
    ]);
  });

  it('without people say nothing about names', () => {
    expect(warnings({ ...unknown, default: 'block', groups: { a: { groups: ['a2'] }, a2: { groups: ['x'] } } })).toHaveLength(1);
  });
});

it('thousands of entries are checked in no time worth speaking of', () => {
  const many = <T>(make: (index: number) => T) => Array.from({ length: 4_000 }, (_, index) => make(index));
  const documents = {
    servers: many((index) => ({ url: `https://h${index}.example/mcp`, tools: ['x'] })),
    modes: many((index) => ({ traffic: 'shadow', mode: 'block', users: [`u${index}`] })),
    blocked: many((index) => ({ url: `https://b${index}.example/mcp` })),
    exceptions: many((index) => ({ id: `ex-${index}`, host: `h${index}.example`, until: '2026-12-31', comment: 'c', by: 'bob' })),
    groups: Object.fromEntries(many((index) => [`g${index}`, { groups: [`g${index + 1}`] }]).slice(0, 1_999)),
  };
  expect(check(documents).problems).toEqual([]);
}, 10_000);
