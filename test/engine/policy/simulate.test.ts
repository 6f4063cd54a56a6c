import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/engine/decide.ts';
import { type HttpFlowEvent, toEvent } from '../../../src/engine/event.ts';
import type { Flow, LearnedServer } from '../../../src/engine/flow.ts';
import { compilePolicy } from '../../../src/engine/policy/compile.ts';
import { policySchema } from '../../../src/engine/policy/schema.ts';
import { createSimulation } from '../../../src/engine/policy/simulate.ts';
import { flowFromEvent } from '../../../src/engine/policy/stored-flow.ts';
import { createTally } from '../../../src/engine/policy/tally.ts';
import { compileSnapshot } from '../../../src/engine/snapshot.ts';
import type { Verdict } from '../../../src/engine/verdict.ts';
import { loadSnapshotSource } from '../../../src/load.ts';

const { rules } = loadSnapshotSource('rules').source;
const logging = snapshotOf({});
const T = Date.UTC(2026, 10, 20);
const CALL = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'echo', arguments: {} } };

function policyOf(parts: Record<string, unknown>) {
  return policySchema.parse({ approved: {}, modes: {}, exceptions: {}, groups: {}, ...parts });
}

function snapshotOf(parts: Record<string, unknown>) {
  return compileSnapshot({ rules, policy: policyOf(parts) });
}

/** A POST of JSON to a server, before any answer. */
function post(body: unknown, changes: Partial<Flow> = {}): Flow {
  const text = JSON.stringify(body);
  return {
    id: '0193a2b4-5c6d-7e8f-9a0b-1c2d3e4f5a6b',
    time: T,
    phase: 'request-body',
    client: { address: '10.0.0.1', port: 50_000 },
    principal: { user: 'ann', groups: ['staff'], device: '', source: 'header' },
    server: { host: 'tools.example', port: 443, address: '192.0.2.1' },
    tls: { sni: 'tools.example', alpn: 'h2', version: 'TLSv1.3', ja4: '' },
    inspected: 'yes',
    request: {
      method: 'POST',
      url: 'https://tools.example/mcp',
      httpVersion: '1.1',
      headers: { 'content-type': 'application/json' },
      body: { text, bytes: text.length, complete: true },
    },
    ...changes,
  };
}

function eventOf(flow: Flow, verdict: Verdict): HttpFlowEvent {
  const outcome = { endTime: T + 9, requestBytes: 1, responseBytes: 1, ttfbMs: 5, disposition: verdict.disposition, error: '' };
  return toEvent(flow, verdict, outcome, { tenant: 't', sensor: 's' });
}

/** Through the request and an answer, as it is stored. */
function recorded(flow: Flow, answer?: { status: number; type: string; text: string }, snapshot = logging): HttpFlowEvent {
  const asked = decide(flow, snapshot);
  if (answer === undefined || asked.action === 'block') return eventOf(flow, asked);
  const { status, type, text } = answer;
  const response = { status, headers: { 'content-type': type } };
  const headed: Flow = { ...flow, phase: 'response-headers', response };
  const body = { text, bytes: text.length, complete: true };
  const answered: Flow = { ...headed, phase: 'response-body', response: { ...response, body } };
  return eventOf(answered, decide(answered, snapshot, decide(headed, snapshot, asked)));
}

function simulate(events: readonly HttpFlowEvent[], parts: Record<string, unknown>, present: Record<string, unknown> = {}) {
  const simulation = createSimulation(logging.rules, compilePolicy(policyOf(present)), compilePolicy(policyOf(parts)));
  const outcomes = events.map((event) => simulation.add(event));
  return { outcomes, result: simulation.result() };
}

const block = { modes: { default: 'block' } };
const page = { status: 200, type: 'text/html', text: '<!doctype html><title>Saved</title><p>Your document was saved.</p>' };

describe('what a row keeps beside its columns', () => {
  test('is nothing in the usual case', () => {
    expect(recorded(post(CALL)).policy_facts).toBe('');
    expect(recorded(post({ hello: 'world' }), page).policy_facts).toBe('');
  });

  test('rules that the answer refuted: the request would have been blocked before', () => {
    const event = recorded(post(CALL), page);
    expect(event).toMatchObject({ traffic: 'none', rules: [] });
    const { outcomes } = simulate([event], block);
    expect(outcomes[0]).toMatchObject({
      present: { blocked: false },
      proposed: { blocked: true, onAnswer: false, traffic: 'shadow' },
    });
  });

  test('the methods of a batch, and that tools were called more than once', () => {
    const batch = [CALL, { ...CALL, id: 2 }, { jsonrpc: '2.0', id: 3, method: 'resources/list' }, CALL];
    const event = recorded(post(batch));
    expect(JSON.parse(event.policy_facts)).toEqual({ methods: ['tools/call', 'tools/call', 'resources/list'] });
    const approve = (limits: object) => ({ ...block, approved: { servers: [{ url: 'https://tools.example/mcp', ...limits }] } });
    const blocked = (limits: object) => simulate([event], approve(limits)).outcomes[0]!.proposed.blocked;
    expect(blocked({})).toBe(false);
    expect(blocked({ tools: ['echo'] })).toBe(true);
    expect(blocked({ methods: ['tools/*'] })).toBe(true);
    expect(blocked({ methods: ['tools/*', 'resources/*'] })).toBe(false);
  });

  test('the stream that named an endpoint, under which it is approved', () => {
    const learned: LearnedServer = {
      url: 'https://tools.example/messages',
      stream: 'https://tools.example/sse',
      transport: 'http+sse',
      generation: '2024-11-05',
      serverName: '',
      serverVersion: '',
      lastSeen: T,
      blocked: false,
    };
    const request = {
      ...post(CALL).request,
      url: 'https://tools.example/messages?sessionId=8f14e45f-ceea-467f-a83c-5d1b2a3c4d5e',
    };
    const event = recorded(post(CALL, { request, learned }));
    const approved = (url: string) => ({ ...block, approved: { servers: [{ url }] } });
    expect(simulate([event], approved('https://tools.example/sse')).result.blocked.requests).toBe(0);
    expect(simulate([event], approved('https://tools.example/other')).result.blocked.requests).toBe(1);
  });

  test('a path that redaction makes look unambiguous', () => {
    const request = { ...post(CALL).request, url: 'https://tools.example/token/..%2fa1b2c3d4e5f6/mcp' };
    const event = recorded(post(CALL, { request }));
    const approved = { ...block, approved: { servers: [{ url: 'https://tools.example/token' }] } };
    expect(decide(post(CALL, { request }), snapshotOf(approved)).action).toBe('block');
    expect([event.url, event.policy_facts]).toEqual(['https://tools.example/token/{redacted}/mcp', '{"path":null}']);
    expect(simulate([event], approved).outcomes[0]!.proposed.blocked).toBe(true);
  });

  test('another Host than the bytes go to is approved for nothing', () => {
    const event = recorded(post(CALL, { server: { host: 'other.example', port: 443, address: '' } }));
    const approved = {
      ...block,
      approved: { servers: [{ url: 'https://tools.example/mcp' }, { url: 'https://other.example' }] },
    };
    expect(simulate([event], approved).outcomes[0]!.proposed.blocked).toBe(true);
  });

  test('no more than there is room for, and says so', () => {
    const methods = Array.from({ length: 200 }, (_, id) => ({ jsonrpc: '2.0', id, method: `${'x'.repeat(120)}${id}` }));
    const { policy_facts } = recorded(post([CALL, ...methods]));
    expect(policy_facts.length).toBeLessThan(8_192);
    expect(policy_facts).toContain('"cut":1');
  });

  test('and a row that is damaged, or of an older version, is decided by its columns', () => {
    const event = recorded(post(CALL));
    const matches = new Map(logging.rules.map((rule) => [rule.id, { ...rule, ruleId: rule.id, evidence: [] }]));
    expect(flowFromEvent({ ...event, policy_facts: '{"earlier":' }, matches)).toMatchObject({
      cut: true,
      judgements: [{ asked: true }],
    });
    const { policy_facts: _, ...older } = event;
    expect(flowFromEvent(older as HttpFlowEvent, matches).judgements).toHaveLength(1);
  });
});

describe('a simulation', () => {
  const events = [recorded(post(CALL)), recorded(post({ ...CALL, method: 'tools/list', params: {} }))];

  test('tells what is new from what is blocked already, and what would pass again', () => {
    expect(simulate(events, block).result).toMatchObject({
      events: 2,
      blocked: { requests: 2, users: 1, servers: 1, tools: 1 },
      newly_blocked: { requests: 2 },
      no_longer_blocked: { requests: 0 },
      traffic: [{ name: 'shadow', requests: 2, newly: 2, no_longer: 0 }],
      users: [{ name: 'ann', requests: 2 }],
      servers: [{ name: 'https://tools.example/mcp', requests: 2 }],
      tools: [{ name: 'echo', server: 'https://tools.example/mcp', requests: 1 }],
    });
    expect(simulate(events, block, block).result).toMatchObject({ blocked: { requests: 2 }, newly_blocked: { requests: 0 } });
    expect(simulate(events, {}, block).result).toMatchObject({
      blocked: { requests: 0 },
      no_longer_blocked: { requests: 2, users: 1 },
    });
  });

  test('names the approvals and exceptions that let pass what the modes would block', () => {
    const url = 'https://tools.example/mcp';
    expect(simulate(events, { ...block, approved: { servers: [{ url }] } }).result.saved).toMatchObject([
      { by: 'approval', id: url, requests: 2 },
    ]);
    const exception = { id: 'ex-1', user: 'Ann', until: '2026-12-01', comment: 'c', by: 'b' };
    expect(simulate(events, { ...block, exceptions: { exceptions: [exception] } }).result.saved).toMatchObject([
      { by: 'exception', id: 'ex-1', requests: 2 },
    ]);
    expect(simulate(events, { approved: { servers: [{ url }] } }).result.saved).toEqual([]);
  });

  test('leaves a pause out: it ends by itself', () => {
    const pause = { until: '2027-01-01T00:00:00Z', comment: 'outage' };
    expect(simulate(events, { modes: { default: 'block', pause } }).result.blocked.requests).toBe(2);
    expect(simulate(events, block, { modes: { default: 'block', pause } }).result.newly_blocked.requests).toBe(0);
  });

  test('leaves what DLP blocked blocked', () => {
    const event: HttpFlowEvent = {
      ...events[0]!,
      action: 'block',
      disposition: 'blocked',
      policy_step: 'dlp',
      policy_id: 'keys',
    };
    const approved = { approved: { servers: [{ url: 'https://tools.example/mcp' }] } };
    expect(simulate([event], approved).outcomes[0]).toMatchObject({ present: { blocked: true }, proposed: { blocked: true } });
  });

  test('says which events matched rules that are no longer there', () => {
    const event = { ...events[0]!, rules: ['00000000-0000-4000-8000-000000000000'] };
    expect(simulate([event], block).result).toMatchObject({ unknown_rules: 1, blocked: { requests: 0 } });
  });

  test('reports those it is asked for, and replays all', () => {
    const { policy } = snapshotOf(block);
    const reports = ({ user_id }: HttpFlowEvent) => user_id === 'bob';
    const simulation = createSimulation(logging.rules, logging.policy, policy, { reports });
    for (const event of [events[0]!, { ...events[1]!, user_id: 'bob' }])
      expect(simulation.add(event).proposed.blocked).toBe(true);
    expect(simulation.result()).toMatchObject({ events: 1, blocked: { requests: 1 }, users: [{ name: 'bob' }] });
  });
});

test('a tally counts further names together when there is no room', () => {
  const tally = createTally(2);
  for (const [index, name] of ['a', 'b', 'a', 'c', 'd'].entries())
    tally.add(name, `e${index}`, { present: false, proposed: true });
  expect(tally.top(5)).toEqual([
    { name: 'a', requests: 2, newly: 2, no_longer: 0, events: ['e0', 'e2'] },
    { name: 'b', requests: 1, newly: 1, no_longer: 0, events: ['e1'] },
  ]);
  expect([tally.names('newly'), tally.names('no_longer'), tally.others]).toEqual([2, 0, 2]);
});
