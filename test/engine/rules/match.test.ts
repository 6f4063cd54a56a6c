// What is kept of a combination of signals must never change an answer.

import { describe, expect, it } from 'vitest';
import { compileRule, indexRules, type RuleIndex } from '../../../src/engine/rules/compile.ts';
import type { RuleInput } from '../../../src/engine/rules/field.ts';
import { matchRules } from '../../../src/engine/rules/match.ts';
import { NO_SCORE, type Score } from '../../../src/engine/signals/score.ts';
import type { Match, Signal } from '../../../src/engine/verdict.ts';
import { callOf, type FlowChange, flowTo, ruleWith } from '../sample-flow.ts';

const SURE: Score = { kind: 'mcp', confidence: 95, decided: true };

function idOf(number: number): string {
  return `3f2b8c1e-6a54-4d0b-9f3e-2a7c5d1e8b9${number}`;
}

function signal(id: string, value = ''): Signal {
  return { id, where: 'somewhere', value, weight: 'decisive' };
}

function input(change: FlowChange, signals: Signal[], score = SURE): RuleInput {
  return { flow: flowTo('https://tools.example/mcp', change), signals, mcp: callOf('search'), score };
}

function idsOf(matches: readonly Match[]): string[] {
  return matches.map((match) => match.ruleId);
}

const GATE = { signal: 'mcp.path' };
const bySignal = compileRule(ruleWith({ sel: GATE, condition: 'sel' }, { id: idOf(0), level: 'low' }));
const byScore = compileRule(ruleWith({ sel: { ...GATE, 'score.decided': true }, condition: 'sel' }, { id: idOf(1) }));
const byPhase = compileRule(ruleWith({ sel: { ...GATE, 'flow.phase': 'response-body' }, condition: 'sel' }, { id: idOf(2) }));
const byMethod = compileRule(ruleWith({ sel: { ...GATE, 'http.request.method': 'POST' }, condition: 'sel' }, { id: idOf(3) }));
const byMessage = compileRule(ruleWith({ sel: { ...GATE, 'message.via': 'sse' }, condition: 'sel' }, { id: idOf(4) }));
const byAddress = compileRule(
  ruleWith({ sel: { ...GATE, 'client.address|cidr': '10.0.0.0/8' }, condition: 'sel' }, { id: idOf(5), level: 'critical' }),
);

describe('rules that look at signals, score, phase and method alone', () => {
  const index = (): RuleIndex => indexRules([bySignal, byScore, byPhase, byMethod, byMessage]);

  it('give the same again, with evidence, for the same combination', () => {
    const kept = index();
    const first = matchRules(input({}, [signal('mcp.path', '/mcp')]), kept);
    expect(matchRules(input({}, [signal('mcp.path', '/mcp')]), kept)).toBe(first);
    expect(first.map((match) => match.evidence[0]?.value)).toEqual(['mcp.path = /mcp', 'mcp.path = /mcp']);
  });

  it.each<[string, RuleInput, number[]]>([
    ['score', input({}, [signal('mcp.path')], NO_SCORE), [0]],
    ['phase', input({ phase: 'response-body' }, [signal('mcp.path')]), [1, 2, 0]],
    ['method', input({ request: { method: 'POST' } }, [signal('mcp.path')]), [1, 3, 0]],
    [
      'message',
      input({ phase: 'message', message: { direction: 'response', via: 'sse', event: 'message', text: '', index: 0 } }, [
        signal('mcp.path'),
      ]),
      [1, 4, 0],
    ],
    ['signals', input({}, [signal('mcp.host')]), []],
  ])('tell another %s apart', (_what, other, expected) => {
    const kept = index();
    expect(idsOf(matchRules(input({}, [signal('mcp.path')]), kept))).toEqual([idOf(1), idOf(0)]);
    expect(idsOf(matchRules(other, kept))).toEqual(expected.map(idOf));
    expect(idsOf(matchRules(input({}, [signal('mcp.path')]), kept))).toEqual([idOf(1), idOf(0)]);
  });

  it('tell other values of the same signals apart in their evidence', () => {
    const kept = index();
    matchRules(input({}, [signal('mcp.path', '/mcp')]), kept);
    const [match] = matchRules(input({}, [signal('mcp.path', '/v2/mcp')]), kept);
    expect(match?.evidence[0]?.value).toBe('mcp.path = /v2/mcp');
  });

  it('are kept within a bound', () => {
    const kept = index();
    for (let at = 0; at < 3000; at++) matchRules(input({}, [signal('mcp.path', `/${at}`)]), kept);
    expect(kept.woken.size()).toBeLessThanOrEqual(1024);
    const before = kept.woken.size();
    for (let at = 0; at < 10; at++) matchRules(input({}, [signal('mcp.path', `/${'x'.repeat(3000)}${at}`)]), kept);
    expect(kept.woken.size()).toBe(before);
  });

  it('are kept with their index, so that other rules never see them', () => {
    matchRules(input({}, [signal('mcp.path')]), index());
    expect(idsOf(matchRules(input({}, [signal('mcp.path')]), indexRules([byPhase])))).toEqual([]);
  });
});

describe('rules that look at more', () => {
  it('are tried every time and take their place in the order', () => {
    const index = indexRules([bySignal, byAddress]);
    const inside = input({}, [signal('mcp.path')]);
    const outside = input({ client: { address: '192.0.2.1', port: 1 } }, [signal('mcp.path')]);
    expect(byAddress.recurs).toBe(false);
    expect(idsOf(matchRules(inside, index))).toEqual([idOf(5), idOf(0)]);
    expect(idsOf(matchRules(outside, index))).toEqual([idOf(0)]);
    expect(idsOf(matchRules(inside, index))).toEqual([idOf(5), idOf(0)]);
  });
});
