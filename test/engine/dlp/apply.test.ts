import { describe, expect, it } from 'vitest';
import { applyScan } from '../../../src/engine/dlp/apply.ts';
import type { ScanResult } from '../../../src/engine/dlp/types.ts';
import type { Verdict } from '../../../src/engine/verdict.ts';
import { CARD, callWith, compile, cover, OTHER_CARD, REDACT_ALL, scanJson, verdictOn } from './scanning.ts';

const approved = verdictOn('approved');
const scanWith = (request: string, ...values: string[]): ScanResult =>
  scanJson(callWith({ note: values }), cover(compile([{ ...REDACT_ALL, request }])));
const cut = (result: ScanResult, truncated: ScanResult['truncated']): ScanResult => ({ ...result, truncated });

describe('a verdict after a scan', () => {
  it('says that the content was read, if nothing was found', () => {
    const verdict = applyScan(approved, scanWith('block', 'nothing'), 'closed');
    expect(verdict).toEqual({ ...approved, scan: 'complete' });
  });

  it.each([
    ['log', 'logged', 'log', 'logs'],
    ['redact', 'redacted', 'log', 'redacts'],
    ['block', 'blocked', 'block', 'blocks'],
  ])('has the action %s, its step of policy and a reason', (action, disposition, mode, does) => {
    const verdict = applyScan(approved, scanWith(action, `card ${CARD}`), 'open');
    expect(verdict).toMatchObject({
      action,
      disposition,
      scan: 'complete',
      policy: { step: 'dlp', id: 'sensitive-data', mode },
      reason: `DLP: payment-card in request.body.params.arguments.note.0; profile sensitive-data ${does}. An approved server.`,
    });
    expect(verdict.findings).toHaveLength(1);
  });

  it('keeps a stronger action and what decided it, and adds to its reason once', () => {
    const blocked: Verdict = {
      ...approved,
      action: 'block',
      disposition: 'blocked',
      policy: { step: 'rule-mode', id: 'r', mode: 'block', comment: '' },
    };
    const once = applyScan(blocked, scanWith('redact', CARD, OTHER_CARD), 'open');
    expect(once).toMatchObject({ action: 'block', disposition: 'blocked', policy: blocked.policy });
    expect(once.reason).toBe(
      'An approved server. DLP: payment-card in request.body.params.arguments.note.0, and one more finding; profile sensitive-data redacts.',
    );
    const twice = applyScan(once, scanWith('redact', CARD), 'open');
    expect(twice.reason).toBe(once.reason);
    expect(twice.findings).toHaveLength(3);
  });

  it('keeps a hundred findings', () => {
    const result = scanWith('log', ...Array.from({ length: 120 }, () => CARD));
    const verdict = applyScan(applyScan(approved, result, 'open'), result, 'open');
    expect(verdict.findings).toHaveLength(100);
  });
});

describe('content that was not read to its end', () => {
  it('passes if errors are open', () => {
    const verdict = applyScan(approved, cut(scanWith('log', 'nothing'), 'budget'), 'open');
    expect(verdict).toEqual({ ...approved, scan: 'truncated' });
    expect(applyScan(verdict, scanWith('log', 'nothing'), 'open').scan).toBe('truncated');
  });

  it.each([
    ['budget', 'its time was spent'],
    ['size', 'it is too long'],
    ['unreadable', 'it is no readable text'],
  ] as const)('is blocked if they are closed (%s)', (truncated, why) => {
    const verdict = applyScan(approved, cut(scanWith('log', CARD), truncated), 'closed');
    expect(verdict).toMatchObject({
      action: 'block',
      disposition: 'blocked',
      scan: 'truncated',
      policy: { step: 'dlp', id: '' },
    });
    expect(verdict.reason).toContain(why);
    expect(verdict.findings).toHaveLength(1);
  });

  it('is never blocked where findings could not be', () => {
    const shadow = verdictOn('shadow');
    expect(applyScan(shadow, cut(scanWith('log', 'nothing'), 'size'), 'closed')).toMatchObject({
      action: 'allow',
      scan: 'truncated',
    });
  });
});
