// Simulation against enforcement: two weeks of recorded history go through the real engine into the real ClickHouse under a policy that
// logs. What `simulate` says another policy would have blocked has to be, request by request, what that policy blocks when the same
// history is played under it.

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { INSTALL_DIR } from '../../src/config.ts';
import { emptyPolicy, type Policy, policySchema } from '../../src/engine/policy/schema.ts';
import { createSimulation, type SimulationResult } from '../../src/engine/policy/simulate.ts';
import { compileSnapshot } from '../../src/engine/snapshot.ts';
import { loadSnapshotSource } from '../../src/load.ts';
import { readHistory } from '../../src/store/history.ts';
import { countGroups, listUnapprovedUse } from '../../src/store/suggest-queries.ts';
import { PEOPLE, play, recordedHistory } from '../engine/policy/history.ts';
import { openTemporaryStore, type TemporaryStore } from './temporary-store.ts';

const DAY = 86_400_000;
const END = Math.floor(Date.now() / DAY) * DAY;
const { rules } = loadSnapshotSource(join(INSTALL_DIR, 'rules')).source;
const logging = compileSnapshot({ rules, policy: emptyPolicy() });
const history = recordedHistory(END);

let store: TemporaryStore;

beforeAll(async () => {
  store = await openTemporaryStore();
  const { events } = play(history, logging);
  await store.insert('http_flow', events);
});

afterAll(async () => {
  await store?.close();
});

function policyOf(parts: Record<string, unknown>): Policy {
  return policySchema.parse({ approved: {}, modes: {}, exceptions: {}, groups: {}, ...parts });
}

/** Ids of the events that would be blocked, as read from the store page by page. */
async function simulate(policy: Policy, at?: number): Promise<{ blocked: Set<string>; result: SimulationResult }> {
  const { rules: compiled, policy: present } = logging;
  const simulation = createSimulation(compiled, present, compileSnapshot({ rules, policy }).policy, { at });
  const blocked = new Set<string>();
  for await (const page of readHistory(store.reader, { since: END - 15 * DAY }, 100)) {
    for (const event of page) if (simulation.add(event).proposed.blocked) blocked.add(event.event_id);
  }
  return { blocked, result: simulation.result() };
}

const ruleOf = (title: string): string => rules.find((rule) => rule.title === title)!.id;
const dateOf = (day: number): string => new Date(END + day * DAY).toISOString().slice(0, 10);

const blockAll = { modes: { default: 'block' } };
const approved = {
  servers: [
    { url: 'https://tools.northwind.example/mcp', tools: ['echo', 'get_*'] },
    { url: 'https://bridge.contoso.example', groups: ['engineering'] },
    { url: 'https://hub.contoso.example/sse', methods: ['tools/*'] },
    { url: 'https://dev.contoso.example/mcp', blockedTools: ['echo'], until: dateOf(-5) },
    { url: 'https://assist.contoso.example/mcp', via: 'portal' },
    { url: 'name:tracker' },
  ],
};

const POLICIES: Record<string, { parts: Record<string, unknown>; at?: number }> = {
  'block as the default': { parts: blockAll },
  'block for a class of traffic, and for one that is suspicion only': {
    parts: {
      modes: {
        modes: [
          { traffic: 'shadow', mode: 'block' },
          { traffic: 'suspect', mode: 'block' },
        ],
      },
    },
  },
  'block for a tag, which answers carry': { parts: { modes: { modes: [{ tag: 'mcp.response', mode: 'block' }] } } },
  'block for a rule about requests': {
    parts: { modes: { modes: [{ rule: ruleOf('MCP session opened with initialize'), mode: 'block' }] } },
  },
  'block for a rule about answers, after which the server stays blocked': {
    parts: { modes: { modes: [{ rule: ruleOf('Answer of an MCP server'), mode: 'block' }] } },
  },
  'block for a rule that goes by what was learnt': {
    parts: { modes: { modes: [{ rule: ruleOf('Traffic of a known MCP server'), mode: 'block' }] } },
  },
  'approvals with tools, methods, groups, dates, and through the portal': { parts: { ...blockAll, approved } },
  'exceptions for a rule, a host and a user, until they end': {
    parts: {
      ...blockAll,
      exceptions: {
        exceptions: [
          { id: 'ex-1', user: 'bob', until: dateOf(-7), comment: 'c', by: 'b' },
          { id: 'ex-2', host: 'tools.fabrikam.example', until: dateOf(9), comment: 'c', by: 'b' },
          { id: 'ex-3', rule: ruleOf('MCP session opened with initialize'), until: dateOf(-3), comment: 'c', by: 'b' },
        ],
      },
    },
  },
  'block for groups, networks, hosts, a share of the clients, and from a date on': {
    parts: {
      modes: {
        modes: [
          { traffic: 'shadow', mode: 'block', groups: ['field'] },
          { tag: 'mcp.hosted', mode: 'block', networks: ['10.0.0.0/16'] },
          { traffic: 'install', mode: 'block', hosts: ['*.example'], after: dateOf(-6) },
          { all: true, mode: 'block', canary: '50%' },
        ],
      },
      groups: { groups: { field: { users: ['cy'], groups: ['sales'] } } },
    },
  },
  'conditions on what only one phase knows': {
    parts: { modes: { modes: [{ traffic: 'shadow', mode: 'block', when: 'server == "" || tool == "echo"' }] } },
  },
  'blocked servers, and one that is excepted': {
    parts: {
      approved,
      modes: {
        blocked: [{ url: 'https://hub.contoso.example/sse' }, { url: 'https://tools.northwind.example', until: dateOf(-2) }],
      },
      exceptions: { exceptions: [{ id: 'ex-1', host: 'hub.contoso.example', until: dateOf(-9), comment: 'c', by: 'b' }] },
    },
  },
  'a line of next month, as of then': {
    parts: { modes: { modes: [{ traffic: 'shadow', mode: 'block', after: dateOf(30) }] }, approved },
    at: END + 31 * DAY,
  },
};

describe('plays two weeks of recorded history, simulates block, switches, and the blocked set equals the simulated one', () => {
  test.for(Object.entries(POLICIES))('%s', async ([, { parts, at }]) => {
    const policy = policyOf(parts);
    const { blocked, result } = await simulate(policy, at);
    const enforced = play(history, compileSnapshot({ rules, policy }), at);
    expect([...blocked].toSorted()).toEqual([...enforced.blocked].toSorted());
    expect(blocked.size).toBeGreaterThan(0);
    expect(blocked.size).toBeLessThan(history.length);
    expect(result).toMatchObject({ blocked: { requests: blocked.size }, newly_blocked: { requests: blocked.size }, cut: 0 });
    expect(result.confidence.reduce((sum, each) => sum + each, 0)).toBe(blocked.size);
  });

  test('for the mode of every rule, every tag and every class', async () => {
    const targets = [
      ...rules.map(({ id }) => ({ rule: id })),
      ...[...new Set(rules.flatMap(({ tags }) => tags))].map((tag) => ({ tag })),
      ...(['install', 'discovery', 'attached', 'hosted', 'bypass'] as const).map((traffic) => ({ traffic })),
    ];
    const { events } = play(history, logging);
    for (const target of targets) {
      const policy = policyOf({ modes: { modes: [{ ...target, mode: 'block' }] } });
      const snapshot = compileSnapshot({ rules, policy });
      const simulation = createSimulation(logging.rules, logging.policy, snapshot.policy);
      const blocked = events.filter((event) => simulation.add(event).proposed.blocked).map(({ event_id }) => event_id);
      expect([target, blocked]).toEqual([target, [...play(history, snapshot).blocked]]);
    }
  });

  test('and what is blocked at present is told from what the history of a blocking policy holds', () => {
    for (const { parts, at } of Object.values(POLICIES)) {
      if (at !== undefined) continue;
      const snapshot = compileSnapshot({ rules, policy: policyOf(parts) });
      const { events, blocked } = play(history, snapshot);
      const simulation = createSimulation(snapshot.rules, snapshot.policy, logging.policy);
      const present = events.filter((event) => simulation.add(event).present.blocked).map(({ event_id }) => event_id);
      expect(present.toSorted()).toEqual([...blocked].toSorted());
      expect(simulation.result()).toMatchObject({ blocked: { requests: 0 }, no_longer_blocked: { requests: blocked.size } });
    }
  });
});

test('pages of the history overlap nowhere and leave nothing out', async () => {
  const ids: string[] = [];
  for await (const page of readHistory(store.reader, { since: END - 15 * DAY }, 7))
    ids.push(...page.map(({ event_id }) => event_id));
  const { events } = play(history, logging);
  expect(ids).toEqual(
    events.toSorted((a, b) => a.ts - b.ts || (a.event_id < b.event_id ? -1 : 1)).map(({ event_id }) => event_id),
  );
});

describe('use without an approval', () => {
  const since = END - 15 * DAY;

  test('is told for each server, by whom, with which tools, most used first', async () => {
    const uses = await listUnapprovedUse(store.reader, { since });
    const days = uses.map(({ user_days }) => user_days);
    expect(days).toEqual(days.toSorted((a, b) => b - a));
    const { events } = play(history, logging);
    const key = 'https://tools.northwind.example/mcp';
    const own = events.filter(({ server_key, traffic, mcp_servers }) =>
      traffic === 'hosted' ? mcp_servers.includes(key) : traffic === 'shadow' && server_key === key,
    );
    const of = (name: 'mcp_tool' | 'user_id', value: string) => own.filter((event) => event[name] === value).length;
    const use = uses.find(({ server_key }) => server_key === key)!;
    expect(use).toMatchObject({
      requests: own.length,
      blocked: 0,
      traffic: ['hosted', 'shadow'],
      first_seen: own[0]!.ts,
      last_seen: own.at(-1)!.ts,
    });
    expect(use.users).toBe(new Set(own.map(({ user_id, src_ip }) => user_id || src_ip)).size);
    expect(use.user_days).toBe(
      new Set(own.map(({ user_id, src_ip, ts }) => `${user_id || src_ip} ${Math.floor(ts / DAY)}`)).size,
    );
    for (const { name, calls } of use.tools) expect(calls).toBe(of('mcp_tool', name));
    for (const { name, known, groups } of use.people) {
      if (known) expect(groups).toEqual(PEOPLE.find(({ user }) => user === name)!.groups.toSorted());
      else expect(name).toMatch(/^10\./);
    }
  });

  test('counts for the servers that a model is told of, and for those attached to a client', async () => {
    const keys = (await listUnapprovedUse(store.reader, { since })).map(({ server_key }) => server_key);
    const named = play(history, logging).events.filter(({ traffic }) => traffic === 'hosted' || traffic === 'attached');
    const wanted = named.flatMap(({ traffic, mcp_servers }) =>
      mcp_servers.map((server) => (traffic === 'attached' ? `attached:${server}` : server)),
    );
    expect(wanted.length).toBeGreaterThan(0);
    expect(keys).toEqual(expect.arrayContaining(wanted));
  });

  test('can be limited to what several people use', async () => {
    const all = await listUnapprovedUse(store.reader, { since });
    const common = await listUnapprovedUse(store.reader, { since, minUsers: 3 });
    expect(common).toEqual(all.filter(({ users }) => users >= 3));
    const sizes = await countGroups(store.reader, since);
    expect(Object.fromEntries(sizes)).toEqual({ engineering: 2, sales: 1, staff: 2 });
  });

  test('through a WebSocket says that calls cannot be told apart', async () => {
    const [socket] = (await listUnapprovedUse(store.reader, { since })).filter(({ server_key }) =>
      server_key.includes('live.northwind'),
    );
    expect(socket).toMatchObject({ several_calls: true, tools: [{}] });
  });
});
