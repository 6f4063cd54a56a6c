import { describe, expect, it } from 'vitest';
import { type SeenCall, seenCall, toMcpCallEvent } from '../../../src/engine/calls/mcp-call.ts';
import { resultOf } from '../../../src/engine/calls/outcome.ts';
import { callsIn } from '../../../src/engine/calls/read-calls.ts';
import { NONE } from '../../../src/engine/decide.ts';
import { callExcerpt } from '../../../src/engine/excerpt.ts';
import type { Finding, Traffic, Verdict } from '../../../src/engine/verdict.ts';
import { callOf, flowTo } from '../sample-flow.ts';

const ORIGIN = { tenant: 'default', sensor: 'test' };
const flow = flowTo('https://mcp.example/mcp', { response: { status: 200, headers: {} } });
const verdictOf = (traffic: Traffic, findings: readonly Finding[] = []): Verdict => ({
  ...NONE,
  traffic,
  findings,
  mcp: callOf('search'),
});
const end = {
  ...resultOf({ key: 'n1', outcome: 'ok', code: 0 }),
  time: flow.time + 12.4,
  bytes: 100,
  disposition: 'logged' as const,
};
const call: SeenCall = {
  ...{ key: 'n1', method: 'tools/call', tool: 'search', resource: '', prompt: '' },
  ...{ time: flow.time, bytes: 50, excerpt: '', findings: 0 },
};

describe('the row of a call', () => {
  it('leaves out what has the default of its column', () => {
    expect(toMcpCallEvent(flow, verdictOf('shadow'), call, end, ORIGIN, 'id')).toEqual({
      ...{ kind: 'mcp_call', ts: flow.time, event_id: 'id', tenant: 'default', sensor: 'test', parent_id: flow.id },
      ...{ dst_host: 'mcp.example', server_key: 'https://mcp.example/mcp', traffic: 'shadow', road: 'direct', action: 'allow' },
      ...{ disposition: 'logged', transport: expect.any(String), method: 'tools/call', tool: 'search', outcome: 'ok' },
      ...{ outcome_source: 'answer', status: 200, duration_ms: 12, args_bytes: 50, result_bytes: 100 },
    });
  });

  it('tells the road', () => {
    const road = (traffic: Traffic) => toMcpCallEvent(flow, verdictOf(traffic), call, end, ORIGIN, 'id').road;
    expect([road('portal'), road('approved'), road('bypass')]).toEqual(['portal', 'direct', 'direct']);
  });
});

describe('a call in a batch', () => {
  const text = JSON.stringify(
    ['a', 'b'].map((name, at) => ({
      jsonrpc: '2.0',
      id: at,
      method: 'tools/call',
      params: { name, arguments: { note: `${name} 4111` } },
    })),
  );
  const finding = { where: 'request.body.1.params.arguments.note' } as Finding;

  it('has the findings and the excerpt of its own message, and no bytes', () => {
    const hidden = { credentials: (json: string) => json, places: new Set([finding.where]), values: [] };
    const message = { text, where: 'request.body', bytes: 300, time: 5 };
    const seen = callsIn(text).map((each) =>
      seenCall(each, message, verdictOf('approved', [finding]), { ...ORIGIN, excerpts: true }, hidden),
    );
    expect(seen).toMatchObject([
      { tool: 'a', findings: 0, bytes: undefined, excerpt: '{"note":"a 4111"}' },
      { tool: 'b', findings: 1, bytes: undefined, excerpt: '{"note":"{redacted}"}' },
    ]);
  });
});

describe('what a call was given', () => {
  const shown = (params: unknown) =>
    callExcerpt(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'x', params }), 'request.body', undefined);

  it('is its arguments, or its other parameters', () => {
    expect(shown({ name: 'a', arguments: { q: 1 }, _meta: { progressToken: 1 } })).toBe('{"q":1}');
    expect(shown({ uri: 'file:///a', _meta: {} })).toBe('{"uri":"file:///a"}');
    expect(shown({ arguments: { password: 'x y z', q: 'AKIAIOSFODNN7EXAMPLE' } })).toBe(
      '{"password":"{redacted}","q":"{redacted}"}',
    );
  });

  it('may be nothing', () => {
    expect([shown(undefined), shown({}), shown({ _meta: {} }), callExcerpt('nonsense', 'x', 0)]).toEqual(['', '', '', '']);
  });
});
