import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSignalId, kindOf, SIGNALS, type SignalId } from '../../../src/engine/signals/catalogue.ts';
import { DECIDED, scoreSignals } from '../../../src/engine/signals/score.ts';
import type { Signal } from '../../../src/engine/verdict.ts';

const signal = (id: SignalId, weight: Signal['weight'] = SIGNALS[id].weight): Signal => ({ id, where: '', value: '', weight });
const ALL = Object.keys(SIGNALS) as SignalId[];

describe('the score', () => {
  it.each<[string, Signal[], object]>([
    ['nothing', [], { kind: 'none', confidence: 0, decided: false }],
    ['one decisive signal', [signal('mcp.header.session-id')], { kind: 'mcp', confidence: 95, decided: true }],
    ['one strong signal', [signal('mcp.body.generic')], { kind: 'mcp', confidence: 65, decided: false }],
    [
      'two strong signals',
      [signal('mcp.body.generic'), signal('mcp.answer.list')],
      { kind: 'mcp', confidence: 88, decided: true },
    ],
    [
      'one strong and one weak signal',
      [signal('mcp.body.generic'), signal('mcp.path')],
      { kind: 'mcp', confidence: 72, decided: false },
    ],
    [
      'one strong and two weak signals',
      [signal('mcp.body.generic'), signal('mcp.path'), signal('mcp.accept')],
      { kind: 'mcp', confidence: 78, decided: true },
    ],
    ['a look-alike only', [signal('not.a2a')], { kind: 'none', confidence: 0 }],
    [
      'strong signals against a look-alike',
      [signal('mcp.body.generic'), signal('mcp.answer.list'), signal('not.a2a')],
      { confidence: 60, decided: false },
    ],
    ['the most certain kind', [signal('install.sdk'), signal('llm.hosted.tool')], { kind: 'hosted' }],
    ['the more serious of two kinds', [signal('llm.attached.tool'), signal('llm.hosted.tool')], { kind: 'hosted' }],
  ])('of %s', (_, signals, expected) => expect(scoreSignals(signals)).toMatchObject(expected));

  it('of weak signals alone is never more than a suspicion', () => {
    const weak = ALL.map((id) => signal(id, 'weak'));
    expect(scoreSignals(weak)).toMatchObject({ confidence: 45, decided: false });
  });

  it('lies between 0 and 100, is decided by any decisive signal, and does not depend on the order', () => {
    const signals = fc.uniqueArray(fc.constantFrom(...ALL), { maxLength: 12 }).map((list) => list.map((id) => signal(id)));
    fc.assert(
      fc.property(signals, (list) => {
        const score = scoreSignals(list);
        expect(score.confidence).toBeGreaterThanOrEqual(0);
        expect(score.confidence).toBeLessThanOrEqual(100);
        expect(score.decided).toBe(score.confidence >= DECIDED);
        expect(scoreSignals(list.toReversed())).toEqual(score);
        if (list.some(({ id, weight }) => weight === 'decisive' && kindOf(id) !== 'not')) expect(score.decided).toBe(true);
      }),
    );
  });
});

describe('the catalogue', () => {
  it('says for every signal what it means and where that is written', () => {
    for (const id of ALL) {
      expect(id).toMatch(/^(mcp|discovery|install|llm\.hosted|llm\.attached|not)\.[a-z0-9.-]+$/);
      expect(SIGNALS[id].meaning).toMatch(/\.$/);
      expect(SIGNALS[id].source).not.toBe('');
    }
  });

  it('knows its own ids and no others', () => {
    expect(isSignalId('mcp.path')).toBe(true);
    expect(isSignalId('toString')).toBe(false);
  });
});
