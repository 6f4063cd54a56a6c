import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, NONE } from '../../src/engine/decide.ts';
import type { Flow } from '../../src/engine/flow.ts';
import { emptyPolicy, policySchema } from '../../src/engine/policy/schema.ts';
import { judgeSample, type SampleResult } from '../../src/engine/rules/samples.ts';
import { compileSnapshot, type Snapshot } from '../../src/engine/snapshot.ts';
import type { Verdict } from '../../src/engine/verdict.ts';
import { loadSnapshotSource } from '../../src/load.ts';
import { flowTo, post, ruleWith } from './sample-flow.ts';

const { rules } = loadSnapshotSource('rules').source;
const snapshotWith = (policy: Record<string, unknown> = {}): Snapshot =>
  compileSnapshot({ rules, policy: policySchema.parse({ approved: {}, modes: {}, exceptions: {}, ...policy }) });
const logging = snapshotWith();
const blocking = snapshotWith({ modes: { default: 'block' } });

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'acme', version: '1' } },
};

describe('decide', () => {
  it('says none about ordinary traffic, and gives nothing of it away', () => {
    const verdict = decide(post('https://api.example/orders', { item: 'chair' }), blocking);
    expect(verdict).toMatchObject({
      traffic: 'none',
      action: 'allow',
      disposition: 'allowed',
      confidence: 0,
      signals: [],
      matches: [],
    });
    expect(verdict.reason).toBe('No sign of MCP.');
  });

  it('names a shadow server with reason, evidence and confidence', () => {
    const verdict = decide(post('https://tools.example/mcp', INITIALIZE), logging);
    expect(verdict).toMatchObject({ traffic: 'shadow', action: 'log', disposition: 'logged', policy: { step: 'default-mode' } });
    expect(verdict.confidence).toBeGreaterThan(90);
    expect(verdict.matches[0]?.evidence[0]?.value).toContain('mcp.body.initialize = 2025-06-18');
    expect(verdict.mcp).toMatchObject({ method: 'initialize', clientName: 'acme' });
  });

  it('blocks before the request leaves when policy says so', () => {
    const verdict = decide(post('https://tools.example/mcp', INITIALIZE), blocking);
    expect(verdict).toMatchObject({ action: 'block', disposition: 'blocked' });
  });

  it('lets what is approved pass', () => {
    const snapshot = snapshotWith({ approved: { servers: [{ url: 'https://tools.example' }] }, modes: { default: 'block' } });
    expect(decide(post('https://tools.example/mcp', INITIALIZE), snapshot)).toMatchObject({
      traffic: 'approved',
      action: 'allow',
    });
  });

  it.each(['passthrough', 'opaque'] as const)('says why it cannot judge %s traffic', (inspected) => {
    const verdict = decide(flowTo('https://tools.example/mcp', { inspected }), blocking);
    expect(verdict).toMatchObject({ traffic: 'none', action: 'allow' });
    expect(verdict.reason).toContain('Not inspected');
  });

  it('only escalates the action, and records the traffic of the last phase', () => {
    const request = post('https://tools.example/log', INITIALIZE);
    const first = decide(request, blocking);
    const answered: Flow = {
      ...request,
      phase: 'response-body',
      response: {
        status: 201,
        headers: { 'content-type': 'application/json' },
        body: { text: '{"_id":"1","result":"created"}', bytes: 30, complete: true },
      },
    };
    const second = decide(answered, blocking, first);
    expect(first.action).toBe('block');
    expect(second).toMatchObject({ action: 'block', disposition: 'blocked', policy: first.policy });
    expect(second.traffic).not.toBe('shadow');
    expect(second.reason).toContain(`Decided earlier: ${first.reason}`);
    expect(decide(answered, blocking, second).reason).toBe(second.reason);
  });

  it('reads on where the phase before stopped', () => {
    const head = flowTo('https://tools.example/sse', { request: { headers: { accept: 'text/event-stream' } } });
    const response = { status: 200, headers: { 'content-type': 'text/event-stream' } };
    const first = decide(head, logging);
    const second = decide({ ...head, phase: 'response-headers', response }, logging, first);
    const event = { direction: 'response', via: 'sse', event: 'endpoint', text: '/message?sessionId=1', index: 0 } as const;
    const third = decide({ ...head, phase: 'message', response, message: event }, logging, second);
    expect([first.traffic, second.traffic, third.traffic]).toEqual(['none', 'none', 'shadow']);
    expect(third.mcp).toMatchObject({ transport: 'http+sse' });
  });

  it('tries rules that need no signal on every flow', () => {
    const rule = ruleWith({ sel: { 'url.host': 'bad.example' }, condition: 'sel' });
    const snapshot = compileSnapshot({ rules: [rule], policy: emptyPolicy() });
    expect(decide(flowTo('https://bad.example/'), snapshot).traffic).toBe('shadow');
    expect(decide(flowTo('https://good.example/'), snapshot).traffic).toBe('none');
  });

  it('gives the same verdict for the same input', () => {
    const flow = post('https://tools.example/mcp', INITIALIZE);
    expect(decide(flow, logging)).toEqual(decide(structuredClone(flow), snapshotWith()));
  });

  it('turns a fault into a verdict that says so', () => {
    const broken = { inspected: 'yes' } as unknown as Flow;
    const verdict = decide(broken, logging);
    expect(verdict).toMatchObject({ traffic: 'none', action: 'allow', policy: { step: 'error' } });
    expect(verdict.reason).toContain('Internal fault');
  });

  it('judges any exchange without a fault', () => {
    const text = fc.oneof(
      fc.json(),
      fc.string({ maxLength: 200 }),
      fc.constantFrom('', '[]', '{', '\uFEFF{}', JSON.stringify(INITIALIZE), `[${JSON.stringify(INITIALIZE)}`),
    );
    const headers = fc.dictionary(
      fc.constantFrom(
        'accept',
        'content-type',
        'mcp-session-id',
        'mcp-protocol-version',
        'mcp-name',
        'user-agent',
        'www-authenticate',
        'upgrade',
      ),
      fc.string({ maxLength: 40 }),
    );
    const url = fc.oneof(fc.webUrl({ withQueryParameters: true, withFragments: true }), fc.string({ maxLength: 60 }));
    const body = text.map((value) => ({ text: value, bytes: value.length, complete: true }));
    const flow = fc.record({
      url,
      method: fc.constantFrom('GET', 'POST', 'DELETE', 'OPTIONS', 'X'),
      headers,
      body,
      answer: body,
      status: fc.integer({ min: 100, max: 599 }),
    });
    fc.assert(
      fc.property(flow, ({ url: target, method, headers: fields, body: sent, answer, status }) => {
        const start = flowTo(target, { request: { method, headers: fields } });
        const request = { ...start.request, body: sent };
        const response = { status, headers: fields };
        const event = { direction: 'response', via: 'sse', event: 'message', text: answer.text, index: 0 } as const;
        const flows: Flow[] = [
          start,
          { ...start, phase: 'request-body', request },
          { ...start, phase: 'response-headers', request, response },
          { ...start, phase: 'response-body', request, response: { ...response, body: answer } },
          { ...start, phase: 'message', request, response, message: event },
        ];
        let verdict: Verdict | undefined;
        for (const each of flows) {
          verdict = decide(each, blocking, verdict);
          expect(verdict.policy.step).not.toBe('error');
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('the shared verdict', () => {
  it('is frozen', () => {
    expect(Object.isFrozen(NONE)).toBe(true);
    expect(Object.isFrozen(NONE.mcp)).toBe(true);
  });
});

describe('a snapshot', () => {
  it('has an id that depends on the content alone', () => {
    const policy = emptyPolicy();
    const { id } = compileSnapshot({ rules, policy });
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    expect(compileSnapshot(structuredClone({ policy, rules })).id).toBe(id);
    expect(blocking.id).not.toBe(id);
    expect(compileSnapshot({ rules: rules.slice(1), policy }).id).not.toBe(id);
  });

  it('is frozen', () => {
    expect(Object.isFrozen(logging)).toBe(true);
    expect(Object.isFrozen(logging.rules)).toBe(true);
  });

  it('needs no shipped rule on a flow without signals', () => {
    expect(logging.index.always).toEqual([]);
  });
});

describe('the look-alikes among the shared samples', () => {
  const silent = rules.flatMap((rule) => rule.samples.silent).filter((sample) => typeof sample !== 'string');
  const names = new Set<SampleResult['sample']>();

  it.each(
    silent.filter(
      ({ name }) =>
        /^(a2a|acp|lsp|ethereum|graphql|sse-chat|atproto|elastic|chat-|issue-|npm-|web-|json-)/.test(name) &&
        !names.has(name) &&
        names.add(name),
    ),
  )('$name is not named as MCP by any rule in any phase', (sample) => {
    for (const { verdict } of judgeSample(sample, (flow, previous) => decide(flow, logging, previous))) {
      expect(['none', 'suspect']).toContain(verdict.traffic);
    }
  });
});
