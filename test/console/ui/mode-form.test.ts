import { describe, expect, it } from 'vitest';
import { policyChange } from '../../../src/console/api/shapes.ts';
import { isLasting, limitsOf, modeChange, modeFormProblem, newModeForm } from '../../../src/console/ui/pages/rules/mode-form.ts';

const now = Date.parse('2026-11-20T15:00:00Z');

describe('the form of a mode', () => {
  it('is for everybody and for good unless a person says otherwise', () => {
    const form = newModeForm('block');
    expect(modeChange('shadow', form)).toEqual({ kind: 'mode', target: 'shadow', mode: 'block' });
    expect(isLasting(form)).toBe(true);
  });

  it('makes a change that the API takes, with scope, share and dates', () => {
    const form = {
      ...newModeForm('block'),
      groups: ['finance'],
      hosts: ['*.example.com'],
      share: 10,
      after: '2026-12-01',
      until: '2026-12-31',
    };
    const change = modeChange('shadow', form);
    expect(change).toEqual({
      kind: 'mode',
      target: 'shadow',
      mode: 'block',
      groups: ['finance'],
      hosts: ['*.example.com'],
      after: '2026-12-01',
      until: '2026-12-31',
      canary: '10%',
    });
    expect(policyChange.parse(change)).toEqual(change);
    expect(isLasting(form)).toBe(false);
  });

  it('is not sent with dates that are over or the wrong way round', () => {
    const form = newModeForm('block');
    expect(modeFormProblem(form, now)).toBeUndefined();
    expect(modeFormProblem({ ...form, after: '2026-11-01' }, now)).toMatch(/First day/);
    expect(modeFormProblem({ ...form, until: '2026-11-01' }, now)).toMatch(/Last day/);
    expect(modeFormProblem({ ...form, after: '2026-12-10', until: '2026-12-01' }, now)).toMatch(/before the first/);
    expect(modeFormProblem({ ...form, share: 0 }, now)).toMatch(/per cent/);
  });

  it('says what a line is limited to', () => {
    expect(limitsOf({})).toEqual([]);
    expect(limitsOf({ groups: ['finance', 'hr'], users: ['ann'], canary: '10%', after: '2026-12-01' })).toEqual([
      'for groups finance, hr and users ann',
      'for 10% of the clients',
      'from 2026-12-01',
    ]);
  });
});
