import { describe, expect, it } from 'vitest';
import { coverageOf } from '../../../src/engine/dlp/coverage.ts';
import type { Flow } from '../../../src/engine/flow.ts';
import { flowTo } from '../sample-flow.ts';
import { CARD, callWith, compile, cover, DETECTORS, REDACT_ALL, scanJson, verdictOn } from './scanning.ts';

const flow = flowTo('https://tools.example/mcp');
const byAnn: Flow = { ...flow, principal: { user: 'Ann', groups: ['finance'], device: '', source: 'proxy-auth' } };
const idsOf = (coverage: ReturnType<typeof coverageOf>): string[] =>
  DETECTORS.filter((_, index) => coverage?.rules[index] !== undefined).map(({ id }) => id);

describe('a profile applies', () => {
  it('to approved and portal traffic, and to other classes only if it names them', () => {
    const dlp = compile();
    expect(coverageOf(flow, verdictOn('approved'), dlp, 'request')).toBeDefined();
    expect(coverageOf(flow, verdictOn('portal'), dlp, 'request')).toBeDefined();
    expect(coverageOf(flow, verdictOn('shadow'), dlp, 'request')).toBeUndefined();
    expect(coverageOf(flow, verdictOn('none'), dlp, 'request')).toBeUndefined();
  });

  it('in the directions that are not off', () => {
    const dlp = compile([{ ...REDACT_ALL, response: 'off' }]);
    expect(coverageOf(flow, verdictOn('portal'), dlp, 'request')).toBeDefined();
    expect(coverageOf(flow, verdictOn('portal'), dlp, 'response')).toBeUndefined();
  });

  it.each([
    [{ users: ['ann'] }, true],
    [{ users: ['bob'] }, false],
    [{ groups: ['finance'] }, true],
    [{ networks: ['10.1.0.0/16'] }, true],
    [{ networks: ['192.0.2.0/24'] }, false],
    [{ hosts: ['*.example'] }, true],
    [{ hosts: ['other.example'] }, false],
    [{ when: 'user == "Ann" && traffic == "approved"' }, true],
    [{ when: 'tool == "x"' }, false],
    [{ users: ['ann'], hosts: ['other.example'] }, false],
  ])('where its scope %j fits', (scope, applies) => {
    const dlp = compile([{ ...REDACT_ALL, ...scope }]);
    expect(coverageOf(byAnn, verdictOn('approved'), dlp, 'request') !== undefined).toBe(applies);
  });

  it('not at all if there is none', () => {
    expect(coverageOf(flow, verdictOn('approved'), compile([]), 'request')).toBeUndefined();
  });
});

describe('a coverage', () => {
  it('runs the detectors of all profiles that apply, in the directions that they read', () => {
    const dlp = compile([
      { id: 'a', detectors: ['payment-card'] },
      { id: 'b', detectors: ['family:credential', 'family:prompt-injection'], groups: ['finance'] },
    ]);
    expect(idsOf(coverageOf(flow, verdictOn('approved'), dlp, 'request'))).toEqual(['payment-card']);
    expect(idsOf(coverageOf(byAnn, verdictOn('approved'), dlp, 'request'))).toEqual([
      'payment-card',
      'github-token',
      'password-assignment',
    ]);
    expect(idsOf(coverageOf(byAnn, verdictOn('approved'), dlp, 'response'))).toContain('injection-invisible-unicode');
  });

  it('only logs where traffic may not be changed', () => {
    const dlp = compile([{ id: 'learn', detectors: ['all'], request: 'block', traffic: ['shadow', 'approved'] }]);
    expect(scanJson(callWith({ a: CARD }), cover(dlp, 'request', 'shadow')).action).toBe('log');
    expect(scanJson(callWith({ a: CARD }), cover(dlp, 'request', 'approved')).action).toBe('block');
  });

  it('is the same object for the same profiles', () => {
    const dlp = compile([REDACT_ALL, { ...REDACT_ALL, id: 'finance', groups: ['finance'] }]);
    const of = (each: Flow) => coverageOf(each, verdictOn('approved'), dlp, 'request');
    expect(of(flow)).toBe(of({ ...flow, time: 1 }));
    expect(of(byAnn)).not.toBe(of(flow));
    expect(coverageOf(flow, verdictOn('approved'), dlp, 'response')).not.toBe(of(flow));
  });
});
