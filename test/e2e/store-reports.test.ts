// Reports from the real ClickHouse engine: every figure against the same one computed here from the events themselves.
//
// The database is an older one: the first events are stored before there are rollups, the rest after the upgrade.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LlmCallEvent } from '../../src/engine/calls/call-events.ts';
import type { DlpMatchEvent, HttpFlowEvent } from '../../src/engine/event.ts';
import { compileFilter } from '../../src/engine/filter/compile.ts';
import { parseFilter } from '../../src/engine/filter/parse.ts';
import { TRAFFIC, type Traffic } from '../../src/engine/verdict.ts';
import { loadMigrations, migrate } from '../../src/store/migrate.ts';
import { periodOf, pointsOf } from '../../src/store/reports/period.ts';
import { createReports } from '../../src/store/reports/reports.ts';
import { auditEvent, flowEvent, uuid7 } from '../store/sample-event.ts';
import { openTemporaryStore, type TemporaryStore } from './temporary-store.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A whole hour, three days after the first event. */
const NOW = Math.floor(Date.now() / HOUR) * HOUR;
const UNAPPROVED = ['attached', 'hosted', 'shadow', 'bypass'];
const SERVERS = [...UNAPPROVED, 'approved', 'portal'];
const STOPPABLE = ['install', 'discovery', ...UNAPPROVED];

/** The same numbers in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const pick = numbers(7);
const FLOWS: HttpFlowEvent[] = Array.from({ length: 400 }, (_, index) => {
  const traffic = TRAFFIC[pick(TRAFFIC.length)]!;
  const user = pick(7);
  const server = `https://s${pick(6)}.example/mcp`;
  const named = Array.from({ length: 1 + pick(2) }, (_, at) =>
    traffic === 'hosted' ? `https://named${at}.example/mcp` : `local${at}`,
  );
  const stopped = UNAPPROVED.includes(traffic) && pick(4) === 0;
  const calls = pick(3) > 0;
  return flowEvent({
    ts: NOW - 1 - Math.floor((index * 3 * DAY) / 400) - pick(500),
    traffic,
    user_id: user === 6 ? '' : `user${user}`,
    user_groups: user === 6 ? [] : [`group${user % 3}`, 'all'],
    src_ip: `10.0.0.${user}`,
    server_key: traffic === 'none' || (traffic === 'discovery' && pick(2) === 0) ? '' : server,
    mcp_servers: traffic === 'hosted' || traffic === 'attached' ? named : [],
    action: stopped ? 'block' : ['approved', 'portal', 'none'].includes(traffic) ? 'allow' : 'log',
    disposition: stopped ? 'blocked' : pick(20) === 0 ? 'failed' : 'logged',
    rules: [`rule-${pick(4)}`, ...(pick(3) === 0 ? ['rule-9'] : [])],
    mcp_method: calls ? 'tools/call' : 'tools/list',
    mcp_tool: calls ? `tool${pick(3)}` : '',
    mcp_client_name: `client${user % 2}`,
    mcp_client_version: '1',
    mcp_server_name: server === 'https://s1.example/mcp' && traffic !== 'hosted' && traffic !== 'attached' ? 'one' : '',
    mcp_server_version: '',
    inspected: pick(10) === 0 ? 'passthrough' : 'yes',
    dlp_count: pick(6) === 0 ? 1 + pick(3) : 0,
    dlp_scan: '',
  });
}).reverse();
/** Stored before the upgrade; whether DLP read the content was not stored then. */
const OLD = FLOWS.slice(0, 250);
const NEW = FLOWS.slice(250).map((flow, index) => ({ ...flow, dlp_scan: (['complete', 'truncated', ''] as const)[index % 3]! }));
const ALL: HttpFlowEvent[] = [...OLD, ...NEW];

const MATCHES: DlpMatchEvent[] = ALL.flatMap((flow) => Array.from({ length: flow.dlp_count }, (_, at) => matchIn(flow, at)));

function matchIn(flow: HttpFlowEvent, at: number): DlpMatchEvent {
  const card = at % 2 === 0;
  return {
    ...{ kind: 'dlp_match', ts: flow.ts, event_id: uuid7(flow.ts), tenant: flow.tenant, sensor: flow.sensor },
    ...{ parent_id: flow.event_id, parent_kind: 'http_flow', user_id: flow.user_id, user_groups: flow.user_groups },
    ...{ dst_host: flow.dst_host, server_key: flow.server_key, traffic: flow.traffic, mcp_method: flow.mcp_method },
    ...{ mcp_tool: flow.mcp_tool, direction: 'request', detector: card ? 'payment-card' : 'jwt' },
    ...{ category: card ? 'financial' : 'credential', severity: card ? 'high' : 'medium', confidence: 'high', validated: 1 },
    ...{ field: 'request.body', offset: 0, length: 16, decoded: '', match_hash: 'a', masked: '****', action: 'log' },
    ...{ disposition: flow.disposition === 'blocked' ? 'blocked' : card ? 'redacted' : 'logged', policy_id: 'p', evidence: '' },
  };
}

const LLM_CALLS = ALL.filter(({ traffic }) => traffic === 'hosted').map(
  (flow, index): LlmCallEvent => ({
    ...{ kind: 'llm_call', ts: flow.ts, event_id: uuid7(flow.ts), tenant: flow.tenant, sensor: flow.sensor },
    ...{ parent_id: flow.event_id, user_id: flow.user_id, dst_host: flow.dst_host, traffic: flow.traffic, road: 'direct' },
    ...{ action: flow.action, disposition: flow.disposition, provider: 'anthropic', api: 'messages', model_requested: 'm' },
    ...{ model: 'm', stream: 0, status: 200, input_tokens: 100 + index, output_tokens: 10, ttft_ms: 1, duration_ms: 2 },
    ...{ req_bytes: 1, resp_bytes: 1, cost_usd: index % 2 === 0 ? '0.001000000' : null },
  }),
);

let store: TemporaryStore;
let ask: ReturnType<typeof createReports>;

beforeAll(async () => {
  store = await openTemporaryStore({ version: 12 });
  ask = createReports(() => store.reader);
  await store.insert(
    'http_flow',
    OLD.map(({ dlp_scan: _, ...before }) => before),
  );
  await store.insert(
    'dlp_match',
    MATCHES.filter(({ parent_id }) => OLD.some(({ event_id }) => event_id === parent_id)),
  );
  // An upgrade that was cut off in the middle of a backfill.
  const half = loadMigrations().filter(({ name }) => name < 'use_hour_mv' || !name.startsWith('use_hour_mv'));
  await migrate(store.writer, { database: 'daylight', migrations: half.filter(({ version }) => version <= 19) });
  const started = `INSERT INTO daylight.use_hour (t, tenant, server_key, user, traffic, n, requests) SELECT toStartOfHour(ts), tenant, server_key, user_id,
    toString(traffic), 1, 1 FROM daylight.http_flow LIMIT 100`;
  await store.writer.command({ query: started });
  await migrate(store.writer, { database: 'daylight' });
  await store.insert('http_flow', NEW);
  await store.insert(
    'dlp_match',
    MATCHES.filter(({ parent_id }) => NEW.some(({ event_id }) => event_id === parent_id)),
  );
  await store.insert('llm_call', LLM_CALLS);
});

afterAll(async () => {
  await store?.close();
});

const who = (flow: HttpFlowEvent): string => flow.user_id || flow.src_ip;
const countBy = <T>(items: readonly T[], key: (item: T) => string): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(items, key)].map(([name, group]) => [name, group.length]));
const distinct = (values: readonly string[]): number => new Set(values).size;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const last = (flows: readonly HttpFlowEvent[]): number => Math.max(...flows.map(({ ts }) => ts));
const isBlocked = (flow: HttpFlowEvent): boolean => flow.disposition === 'blocked';

/** Servers that a flow is about. */
function keysOf(flow: HttpFlowEvent): string[] {
  if (flow.traffic === 'hosted' && flow.mcp_servers.length > 0) return [...flow.mcp_servers];
  if (flow.traffic === 'attached' && flow.mcp_servers.length > 0) return flow.mcp_servers.map((name) => `attached:${name}`);
  return [flow.server_key];
}

const uses = (flows: readonly HttpFlowEvent[]) => flows.flatMap((flow) => keysOf(flow).map((key) => ({ flow, key })));

interface Case {
  name: string;
  from: number;
  to: number;
  filter: string;
}

const CASES: Case[] = [
  { name: 'three days', from: NOW - 3 * DAY, to: NOW, filter: '' },
  { name: 'a day, from the middle of an hour', from: NOW - DAY - 1_234_567, to: NOW - 999, filter: '' },
  { name: 'two hours', from: NOW - 2 * HOUR - 30_000, to: NOW - 45_000, filter: '' },
  { name: 'three days with a filter that everything fits', from: NOW - 3 * DAY, to: NOW, filter: 'confidence:>=0' },
  { name: 'two days of shadow traffic', from: NOW - 2 * DAY, to: NOW, filter: 'traffic:shadow,hosted' },
  { name: 'one user', from: NOW - 3 * DAY, to: NOW, filter: 'user:user2 disposition:blocked,logged' },
];

describe.each(CASES)('reports on $name', ({ from, to, filter }) => {
  const tree = parseFilter(filter, { now: NOW });
  const scope = { from, to, filter: tree };
  const period = periodOf(scope);
  const fits = compileFilter(tree);
  const during = (start: number, end: number) => ALL.filter((flow) => flow.ts >= start && flow.ts < end && fits(flow));
  const flows = during(period.from, period.to);
  const before = during(period.previous, period.from);
  const mcp = flows.filter(({ traffic }) => traffic !== 'none');
  const matchesOf = (among: readonly HttpFlowEvent[]) => {
    const ids = new Set(among.map(({ event_id }) => event_id));
    return MATCHES.filter(({ parent_id }) => ids.has(parent_id));
  };
  const at = (ts: number): number => Math.floor(ts / period.step) * period.step;

  function headline(among: readonly HttpFlowEvent[]): Record<string, number> {
    const seen = among.filter(({ traffic }) => traffic !== 'none');
    const used = uses(seen).filter(({ key }) => key !== '');
    const ids = new Set(among.map(({ event_id }) => event_id));
    const calls = LLM_CALLS.filter(({ parent_id }) => ids.has(parent_id));
    return {
      mcpServers: distinct(used.filter(({ flow }) => SERVERS.includes(flow.traffic)).map(({ key }) => key)),
      shadowServers: distinct(used.filter(({ flow }) => flow.traffic === 'shadow').map(({ key }) => key)),
      users: distinct(seen.map(who)),
      requests: seen.length,
      blocked: seen.filter(isBlocked).length,
      dlpFindings: matchesOf(among).length,
      hosted: seen.filter(({ traffic }) => traffic === 'hosted').length,
      tokens: sum(calls.map((call) => (call.input_tokens ?? 0) + (call.output_tokens ?? 0))),
      spend: Number(sum(calls.map((call) => Number(call.cost_usd ?? 0))).toFixed(9)),
    };
  }

  /** By the day where there are three. */
  const roadStep = to - from >= 3 * DAY ? Math.max(DAY, period.step) : period.step;

  /** Users at each point, by road. */
  function roads() {
    const road = (t: number, ...classes: Traffic[]) =>
      distinct(
        flows.filter(({ ts, traffic }) => Math.floor(ts / roadStep) * roadStep === t && classes.includes(traffic)).map(who),
      );
    return pointsOf({ ...period, step: roadStep }).map((t) => ({
      ...{ t, portal: road(t, 'portal'), approved: road(t, 'approved'), shadow: road(t, 'shadow', 'bypass') },
    }));
  }

  test('the overview', async () => {
    const report = await ask.overview(scope);
    const [now, then] = [headline(flows), headline(before)];
    expect(report.headline).toEqual(
      Object.fromEntries(Object.keys(now).map((name) => [name, { value: now[name], previous: then[name] }])),
    );
    expect(report.step).toBe(period.step);
    expect(report.timeline).toEqual(
      pointsOf(period).map((t) => ({
        t,
        counts: countBy(
          flows.filter(({ ts }) => at(ts) === t),
          ({ traffic }) => traffic,
        ),
      })),
    );
    expect([report.adoptionStep, report.adoption]).toEqual([roadStep, roads()]);
    const stopped = mcp.filter(({ action, traffic }) => action === 'log' && STOPPABLE.includes(traffic));
    expect(report.wouldBlock).toEqual({
      requests: stopped.length,
      users: distinct(stopped.map(who)),
      servers: distinct(uses(stopped).flatMap(({ key }) => (key === '' ? [] : [key]))),
    });
    const unapproved = uses(mcp).filter(({ flow, key }) => UNAPPROVED.includes(flow.traffic) && key !== '');
    const ranked = Object.entries(countBy(unapproved, ({ key }) => key)).sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
    expect(report.top.servers.map(({ serverKey, n }) => [serverKey, n])).toEqual(ranked.slice(0, 10));
    for (const { serverKey, users, blocked, name } of report.top.servers) {
      const own = unapproved.filter(({ key }) => key === serverKey).map(({ flow }) => flow);
      expect([users, blocked]).toEqual([distinct(own.map(who)), own.filter(isBlocked).length]);
      expect(name).toBe(serverKey === 'https://s1.example/mcp' ? 'one' : '');
    }
    const busy = Object.entries(countBy(mcp, who)).sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
    expect(report.top.users.map(({ user, n }) => [user, n])).toEqual(busy.slice(0, 10));
    const called = flows.filter(({ mcp_method, mcp_tool }) => mcp_method === 'tools/call' && mcp_tool !== '');
    const tools = countBy(called, (flow) => `${flow.mcp_tool} ${flow.server_key}`);
    expect(report.top.tools.map(({ n }) => n)).toEqual(
      Object.values(tools)
        .sort((a, b) => b - a)
        .slice(0, 10),
    );
    for (const { tool, serverKey, n, users } of report.top.tools) {
      const own = called.filter((flow) => flow.mcp_tool === tool && flow.server_key === serverKey);
      expect([n, users]).toEqual([own.length, distinct(own.map(who))]);
    }
  });

  test('servers, in pages', async () => {
    const found = await pages(
      (page) => ask.servers(scope, page),
      ({ lastSeen, serverKey }) => ({ ts: lastSeen, id: serverKey }),
      3,
    );
    const used = Map.groupBy(
      uses(mcp).filter(({ key }) => key !== ''),
      ({ key }) => key,
    );
    expect(found.map(({ serverKey }) => serverKey).toSorted()).toEqual([...used.keys()].toSorted());
    expect(found.map(({ lastSeen }) => lastSeen)).toEqual(found.map(({ lastSeen }) => lastSeen).toSorted((a, b) => b - a));
    for (const server of found) {
      const own = used.get(server.serverKey)!.map(({ flow }) => flow);
      expect(server).toMatchObject({
        ...{ n: own.length, users: distinct(own.map(who)), blocked: own.filter(isBlocked).length, lastSeen: last(own) },
        ...{ traffic: [...new Set(own.map(({ traffic }) => traffic))].toSorted(), tools: 0, findings: 0, highFindings: 0 },
      });
      const ever = uses(ALL.filter(({ traffic }) => traffic !== 'none')).filter(({ key }) => key === server.serverKey);
      expect(server.firstSeen).toBe(Math.min(...ever.map(({ flow }) => flow.ts)));
      expect(server.transport).toEqual(['streamable-http']);
    }
  });

  test('one server', async () => {
    const key = 'https://s1.example/mcp';
    const report = await ask.server(key, scope);
    const own = uses(flows)
      .filter((use) => use.key === key)
      .map(({ flow }) => flow);
    expect(report!.timeline).toEqual(
      pointsOf(period).map((t) => {
        const there = own.filter(({ ts }) => at(ts) === t);
        return { t, n: there.length, blocked: there.filter(isBlocked).length };
      }),
    );
    expect(Object.fromEntries(report!.userList.map(({ user, n }) => [user, n]))).toEqual(countBy(own, who));
    expect(report!.name).toBe('one');
    expect(await ask.server('https://nowhere.example/mcp', scope)).toBeUndefined();
  });

  test('people, in pages', async () => {
    const found = await pages(
      (page) => ask.people(scope, page),
      ({ lastSeen, user }) => ({ ts: lastSeen, id: user }),
      2,
    );
    const people = Map.groupBy(mcp, who);
    expect(found.map(({ user }) => user).toSorted()).toEqual([...people.keys()].toSorted());
    for (const person of found) {
      const own = people.get(person.user)!;
      const servers = uses(own).filter(({ flow, key }) => key !== '' && SERVERS.includes(flow.traffic));
      expect(person).toEqual({
        user: person.user,
        groups: own[0]!.user_groups,
        n: own.length,
        servers: distinct(servers.map(({ key }) => key)),
        shadow: distinct(servers.filter(({ flow }) => flow.traffic === 'shadow').map(({ key }) => key)),
        blocked: own.filter(isBlocked).length,
        dlp: matchesOf(flows).filter(({ user_id }) => user_id === person.user).length,
        lastSeen: last(own),
      });
    }
  });

  test('one person', async () => {
    for (const user of ['user2', '10.0.0.6']) {
      const own = flows.filter((flow) => who(flow) === user);
      const seen = own.filter(({ traffic }) => traffic !== 'none');
      const report = await ask.person(user, scope);
      if (seen.length === 0) {
        expect(report).toBeUndefined();
        continue;
      }
      expect(report).toMatchObject({ user, n: seen.length, firstSeen: Math.min(...seen.map(({ ts }) => ts)) });
      const used = Map.groupBy(
        uses(own).filter(({ key }) => key !== ''),
        ({ key }) => key,
      );
      expect(Object.fromEntries(report!.serverList.map(({ serverKey, n }) => [serverKey, n]))).toEqual(
        Object.fromEntries([...used].map(([key, list]) => [key, list.length])),
      );
      expect(report!.addresses).toEqual([...new Set(own.map(({ src_ip }) => src_ip))]);
      expect(report!.clients).toEqual([...new Set(own.map(({ mcp_client_name }) => `${mcp_client_name} 1`))]);
      expect(sum(report!.tools.map(({ n }) => n))).toBe(own.filter(({ mcp_tool }) => mcp_tool !== '').length);
      expect(sum(report!.timeline.map(({ n }) => n))).toBe(own.length);
      expect(sum(report!.timeline.map(({ blocked }) => blocked))).toBe(own.filter(isBlocked).length);
    }
  });

  test('DLP: detectors, time line, coverage, and the list in pages', async () => {
    const summary = await ask.dlpSummary(scope);
    const found = matchesOf(flows);
    const byDetector = [...Map.groupBy(found, ({ detector }) => detector)].map(([detector, own]) => ({
      ...{ detector, family: own[0]!.category, n: own.length },
      users: distinct(own.flatMap(({ user_id }) => (user_id === '' ? [] : [user_id]))),
      servers: distinct(own.flatMap(({ server_key }) => (server_key === '' ? [] : [server_key]))),
      blocked: own.filter(({ disposition }) => disposition === 'blocked').length,
      redacted: own.filter(({ disposition }) => disposition === 'redacted').length,
    }));
    expect(summary.byDetector).toEqual(byDetector.toSorted((a, b) => b.n - a.n || (a.detector < b.detector ? -1 : 1)));
    expect(summary.timeline.map(({ t, n }) => [t, n])).toEqual(
      pointsOf(period).map((t) => [t, found.filter(({ ts }) => at(ts) === t).length]),
    );
    const scanned = (word: string) => mcp.filter(({ dlp_scan }) => dlp_scan === word).length;
    expect(summary.coverage).toMatchObject({ covered: scanned('complete'), partly: scanned('truncated'), not: scanned('') });
    const exact = matchesOf(during(from, to));
    const listed = await pages(
      (page) => ask.matches(scope, page),
      ({ ts, event_id }) => ({ ts, id: event_id }),
      4,
    );
    expect(listed.map(({ event_id }) => event_id).toSorted()).toEqual(exact.map(({ event_id }) => event_id).toSorted());
    expect(listed.map(({ ts }) => ts)).toEqual(exact.map(({ ts }) => ts).toSorted((a, b) => b - a));
  });

  test('events, in pages, and their number', async () => {
    const exact = during(from, to);
    const listed = await pages(
      (page) => ask.events(scope, page),
      ({ ts, event_id }) => ({ ts, id: event_id }),
      90,
    );
    expect(listed.map(({ event_id }) => event_id).toSorted()).toEqual(exact.map(({ event_id }) => event_id).toSorted());
    expect(listed.map(({ ts }) => ts)).toEqual(exact.map(({ ts }) => ts).toSorted((a, b) => b - a));
    expect(listed[0]).toEqual(exact.find(({ event_id }) => event_id === listed[0]?.event_id));
    expect(await ask.countEvents(scope)).toBe(exact.length);
  });

  test('the map', async () => {
    const { nodes, links } = await ask.map(scope);
    const pairs = countBy(
      uses(flows).filter(({ flow, key }) => key !== '' && SERVERS.includes(flow.traffic)),
      ({ flow, key }) => `user:${who(flow)} server:${key}`,
    );
    const drawn = links.filter(({ source }) => source.startsWith('user:'));
    expect(Object.fromEntries(drawn.map(({ source, target, n }) => [`${source} ${target}`, n]))).toEqual(pairs);
    for (const { source, target } of links) {
      expect(nodes.filter(({ id }) => id === source)).toHaveLength(1);
      expect(nodes.filter(({ id }) => id === target)).toHaveLength(1);
    }
  });

  test('adoption', async () => {
    const report = await ask.adoption(scope);
    expect([report.step, report.timeline]).toEqual([roadStep, roads()]);
    const people = [...Map.groupBy(flows, who)].map(([user, own]) => ({
      groups: user.startsWith('10.') ? [] : own[0]!.user_groups,
      sanctioned: own.some(({ traffic }) => traffic === 'portal' || traffic === 'approved'),
      shadow: own.some(({ traffic }) => traffic === 'shadow' || traffic === 'bypass'),
    }));
    expect(report.people).toEqual({
      sanctioned: people.filter(({ sanctioned, shadow }) => sanctioned && !shadow).length,
      shadow: people.filter(({ sanctioned, shadow }) => shadow && !sanctioned).length,
      both: people.filter(({ sanctioned, shadow }) => shadow && sanctioned).length,
    });
    for (const { group, users, sanctioned, shadow } of report.groups) {
      const members = people.filter((one) => one.groups.includes(group) && (one.sanctioned || one.shadow));
      expect([users, sanctioned, shadow]).toEqual([
        members.length,
        members.filter((one) => one.sanctioned).length,
        members.filter((one) => one.shadow).length,
      ]);
    }
    expect(report.groups.length).toBe(
      distinct(people.filter((one) => one.sanctioned || one.shadow).flatMap(({ groups }) => groups)),
    );
  });

  test('rules', async () => {
    const report = await ask.ruleUse(scope);
    const hits = Map.groupBy(
      flows.flatMap((flow) => flow.rules.map((rule) => ({ flow, rule }))),
      ({ rule }) => rule,
    );
    expect(report.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
      [...hits]
        .map(([id, own]) => ({
          ...{
            id,
            hits: own.length,
            users: distinct(own.map(({ flow }) => who(flow))),
            lastHit: last(own.map(({ flow }) => flow)),
          },
        }))
        .toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    );
    const history = await ask.ruleHistory('rule-1', scope);
    expect(history.map(({ t, n }) => [t, n])).toEqual(
      pointsOf(period).map((t) => [t, flows.filter(({ ts, rules }) => at(ts) === t && rules.includes('rule-1')).length]),
    );
  });

  test('findings, one for each kind, server and user', async () => {
    const found = await ask.findings(scope);
    const expected = countBy(
      uses(flows).filter(({ flow, key }) => key !== '' && UNAPPROVED.includes(flow.traffic)),
      ({ flow, key }) => `${flow.traffic} ${key} ${who(flow)}`,
    );
    const leaks = countBy(matchesOf(flows), ({ server_key, user_id }) => `dlp ${server_key} ${user_id}`);
    expect(Object.fromEntries(found.map(({ kind, serverKey, user, count }) => [`${kind} ${serverKey} ${user}`, count]))).toEqual({
      ...expected,
      ...leaks,
    });
    expect(distinct(found.map(({ id }) => id))).toBe(found.length);
  });

  test('compliance', async () => {
    const report = await ask.compliance(scope);
    const figures = Object.fromEntries(report.figures.map(({ id, value }) => [id, value]));
    const { requests, users, mcpServers, blocked } = headline(flows);
    expect(figures).toMatchObject({ requests, users, mcpServers, blocked, dlpFindings: matchesOf(flows).length });
    expect(report).toMatchObject({ from: period.from, to: period.to });
  });
});

/** A whole list, read page by page. */
async function pages<Item>(
  read: (page: { limit: number; after?: { ts: number; id: string } }) => Promise<Item[]>,
  positionOf: (item: Item) => { ts: number; id: string },
  limit: number,
): Promise<Item[]> {
  const all: Item[] = [];
  for (;;) {
    const page = await read(all.length === 0 ? { limit } : { limit, after: positionOf(all.at(-1)!) });
    all.push(...page);
    if (page.length < limit) return all;
  }
}

test('administrative acts come in pages, newest first', async () => {
  const acts = Array.from({ length: 7 }, (_, index) => auditEvent({ ts: NOW - index * 1_000, action: `act.${index}` }));
  await store.insert('audit_log', acts);
  const scope = { from: NOW - DAY, to: NOW + 1 };
  const listed = await pages(
    (page) => ask.audit(scope, page),
    ({ ts, event_id }) => ({ ts, id: event_id }),
    2,
  );
  expect(listed).toEqual(acts);
});

test('administrative acts are found by who, act, object, outcome and words, and one by its id', async () => {
  const ts = NOW - 20 * DAY;
  const acts = [
    auditEvent({ ts, actor: 'Ana', action: 'policy.approve', object_type: 'server', object_id: 'https://a.example/mcp' }),
    auditEvent({
      ts: ts - 1,
      actor: 'ben',
      action: 'policy.mode',
      object_type: 'mode',
      object_id: 'shadow',
      reason: "O'Neil asked",
    }),
    auditEvent({
      ts: ts - 2,
      actor: 'ben',
      action: 'session.start',
      object_type: 'session',
      object_id: 'ben',
      outcome: 'denied',
    }),
  ];
  await store.insert('audit_log', acts);
  const found = async (search: Parameters<typeof ask.audit>[2]) =>
    (await ask.audit({ from: ts - DAY, to: ts + DAY }, { limit: 10 }, search)).map((act) =>
      acts.findIndex((each) => each.event_id === act.event_id),
    );
  expect(await found({})).toEqual([0, 1, 2]);
  expect(await found({ actor: 'ana' })).toEqual([0]);
  expect(await found({ action: 'policy.*' })).toEqual([0, 1]);
  expect(await found({ action: 'policy.mode' })).toEqual([1]);
  expect(await found({ object: 'A.EXAMPLE' })).toEqual([0]);
  expect(await found({ object: 'mode' })).toEqual([1]);
  expect(await found({ outcome: 'denied', actor: 'ben' })).toEqual([2]);
  expect(await found({ words: ["o'neil", 'BEN'] })).toEqual([1]);
  expect(await found({ words: ["'; DROP TABLE audit_log; --"] })).toEqual([]);
  expect(await found({ words: ['ben', 'ana'] })).toEqual([]);
  expect(await ask.act(acts[1]!.event_id)).toEqual(acts[1]);
  expect(await ask.act(uuid7())).toBeUndefined();
});

test('one DLP finding is found by its id', async () => {
  expect(await ask.match(MATCHES[0]!.event_id)).toEqual(MATCHES[0]);
  expect(await ask.match(uuid7())).toBeUndefined();
});

test('what a rule matched in the record comes with its newest exchanges', async () => {
  const own = ALL.filter(({ rules, ts }) => rules.includes('rule-9') && ts >= NOW - 2 * DAY);
  const newest = own.toSorted((a, b) => b.ts - a.ts).slice(0, 10);
  expect(
    await createReports(
      () => store.reader,
      () => NOW,
    ).ruleRecorded('rule-9', NOW - 2 * DAY),
  ).toEqual({
    n: own.length,
    users: distinct(own.map(who)),
    servers: distinct(own.flatMap(({ server_key }) => (server_key === '' ? [] : [server_key]))),
    blocked: own.filter(isBlocked).length,
    examples: newest.map(({ event_id }) => event_id),
  });
});

test('an insert that is sent again counts once in every rollup', async () => {
  const tenant = 'again';
  const values = [flowEvent({ tenant, ts: NOW - 9 * DAY })].map((event) => ({ ...event, kind: undefined }));
  for (let time = 0; time < 3; time++) {
    await store.writer.insert({
      table: 'daylight.http_flow',
      values,
      format: 'JSONEachRow',
      clickhouse_settings: {
        async_insert: 0,
        date_time_input_format: 'best_effort',
        insert_deduplication_token: 'again',
        deduplicate_blocks_in_dependent_materialized_views: 1,
      },
    });
  }
  for (const [table, column] of [
    ['traffic_minute', 'n'],
    ['use_hour', 'requests'],
    ['tool_hour', 'exchanges'],
    ['rule_hour', 'n'],
  ]) {
    const query = `SELECT sum(${column}) AS n FROM ${table} WHERE tenant = '${tenant}'`;
    expect(await (await store.reader.query({ query, format: 'JSONEachRow' })).json()).toEqual([{ n: '1' }]);
  }
});

test('messages that a portal of ours took itself count without an exchange, those of an exchange do not count twice', async () => {
  const from = NOW - 20 * DAY;
  const call = {
    ...{
      ts: from,
      tenant: 'default',
      sensor: 'test',
      user_id: 'pia',
      server_key: 'https://inside.example/mcp',
      traffic: 'portal',
    },
    ...{ road: 'portal', action: 'allow', disposition: 'allowed', transport: 'streamable-http', method: 'tools/call' },
    ...{ outcome: 'ok', outcome_source: 'answer', tool: 'find', status: 200, duration_ms: 5 },
  };
  const flow = flowEvent({ ts: from, traffic: 'portal', user_id: 'pia', server_key: call.server_key, mcp_tool: 'find' });
  await store.insert('http_flow', [flow]);
  await store.insert('mcp_call', [
    { ...call, event_id: uuid7(from), parent_id: flow.event_id },
    { ...call, event_id: uuid7(from), outcome: 'tool-error' },
    { ...call, event_id: uuid7(from), method: 'tools/list', tool: '' },
  ]);
  const filter = parseFilter('', { now: NOW });
  const { headline, top } = await ask.overview({ from: from - HOUR, to: from + DAY, filter });
  expect(headline.requests.value).toBe(3);
  expect(headline.users.value).toBe(1);
  expect(top.tools).toEqual([{ tool: 'find', serverKey: call.server_key, n: 2, users: 1 }]);
  expect(await ask.callsOf(flow)).toMatchObject([{ method: 'tools/call', tool: 'find', outcome: 'ok', duration_ms: 5 }]);
});

test('coverage leaves out programs that get through to the same host far more often than they leave without a word', async () => {
  const ts = NOW - 40 * DAY;
  const row = { ts, tenant: 'default', sensor: 's', who: '', ja4: '', last_ts: ts };
  const seen = (application: string, covered: number, host: string) => [
    { ...row, state: 'refused', who: 'ana', application, ja4: 't13', dst_host: host, n: 2 },
    ...(covered > 0 ? [{ ...row, state: 'covered', application, dst_host: host, n: covered }] : []),
  ];
  await store.insert('client_count', [
    ...seen('Node', 8, 'often.example'),
    ...seen('Java', 7, 'seldom.example'),
    ...seen('Slack', 0, 'never.example'),
    ...seen('', 100, 'unnamed.example'),
  ]);
  const { failing } = await ask.coverage({ from: ts - HOUR, to: ts + DAY, filter: parseFilter('', { now: NOW }) });
  expect(failing.map(({ host }) => host).toSorted()).toEqual(['never.example', 'seldom.example', 'unnamed.example']);
});

test('reports say so while there is no ClickHouse', async () => {
  const none = createReports(() => undefined);
  await expect(none.overview({ from: 0, to: 1, filter: parseFilter('', { now: NOW }) })).rejects.toMatchObject({
    code: 'ERR_NOT_RUNNING',
  });
});
