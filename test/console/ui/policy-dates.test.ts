import { describe, expect, it } from 'vitest';
import { policyDates } from '../../../src/console/ui/pages/rules/policy-dates.ts';
import { policySchema } from '../../../src/engine/policy/schema.ts';

const now = Date.parse('2026-11-20T15:00:00Z');
const policy = policySchema.parse({
  approved: {
    servers: [
      { url: 'https://a.example', groups: ['eng'], until: '2027-01-31', comment: 'pilot', by: 'bob' },
      { url: 'https://b.example' },
      { url: 'https://old.example', until: '2026-11-19' },
    ],
  },
  modes: {
    modes: [
      { traffic: 'shadow', mode: 'block', groups: ['finance'], after: '2026-12-04', until: '2026-12-31' },
      { rule: 'r1', mode: 'log', after: '2026-11-01' },
      { all: true, mode: 'block', canary: '5%', until: '2026-11-20' },
    ],
    blocked: [{ url: 'https://bad.example', until: '2026-11-25' }],
    pause: { until: '2026-11-20T15:30:00Z', comment: 'demo', by: 'bob' },
  },
  exceptions: { exceptions: [{ id: 'ex-1', rule: 'r1', host: 'h.example', until: '2026-11-30', comment: 'wiki', by: 'bob' }] },
});

describe('what of policy changes by itself', () => {
  const dates = policyDates(policy, new Map([['r1', 'First rule']]), now);

  it('lists what begins and ends, the soonest first, without what is over or has no date', () => {
    expect(dates.map(({ what, kind, subject }) => `${what} ${kind} ${subject}`)).toEqual([
      'ends pause pause',
      'ends mode default',
      'ends block https://bad.example',
      'ends exception ex-1',
      'begins mode shadow',
      'ends mode shadow',
      'ends approval https://a.example',
    ]);
    expect(new Set(dates.map(({ key }) => key)).size).toBe(dates.length);
  });

  it('says what it is about, with rules by their title', () => {
    expect(dates.find(({ subject }) => subject === 'ex-1')).toMatchObject({
      text: 'rule First rule, host h.example',
      comment: 'wiki',
      by: 'bob',
    });
    expect(dates.find(({ what }) => what === 'begins')?.text).toBe('block for groups finance');
    expect(dates.find(({ kind }) => kind === 'approval')?.text).toBe('for groups eng');
  });
});
