import { expect, test } from 'vitest';
import { limitsOf, trafficCoverage } from '../../../src/console/ui/pages/dlp/profile-coverage.ts';

const profile = {
  id: 'all-data',
  detectors: ['all'],
  except: [],
  threshold: 'medium',
  count: 1,
  request: 'log',
  response: 'redact',
  traffic: ['portal', 'approved'],
};

const of = (traffic: string, ...profiles: (typeof profile & Record<string, unknown>)[]) =>
  trafficCoverage(profiles).find((each) => each.traffic === traffic);

test('a class is covered when a profile without limits reads requests and answers', () => {
  expect(of('portal', profile)).toMatchObject({ coverage: 'covered', why: '', profiles: [{ id: 'all-data', limits: '' }] });
  expect(of('shadow', profile)).toMatchObject({ coverage: 'not', why: 'no profile names it', profiles: [] });
});

test('two profiles cover a class together, one for each direction', () => {
  const asking = { ...profile, id: 'asking', response: 'off' };
  const answers = { ...profile, id: 'answers', request: 'off' };
  expect(of('portal', asking, answers)).toMatchObject({ coverage: 'covered' });
  expect(of('portal', asking)).toMatchObject({ coverage: 'partly', why: 'answers are not read' });
});

test('a class that is read only for some is covered in part, and says for whom', () => {
  const some = { ...profile, groups: ['finance', 'sales'], when: 'flow.port == 443' };
  expect(limitsOf(some)).toEqual([
    ['Only of groups', 'finance, sales'],
    ['Only when', 'flow.port == 443'],
  ]);
  expect(of('approved', some)).toMatchObject({
    coverage: 'partly',
    why: 'requests are read only for some; answers are read only for some',
    profiles: [{ limits: 'only of groups finance, sales; only when flow.port == 443' }],
  });
  expect(of('approved', some, { ...profile, id: 'rest' })).toMatchObject({ coverage: 'covered' });
});

test('a profile that is off in both directions covers nothing, and traffic without MCP is no class of it', () => {
  expect(of('portal', { ...profile, request: 'off', response: 'off' })).toMatchObject({ coverage: 'not' });
  expect(of('none', profile)).toBeUndefined();
  expect(trafficCoverage([]).at(0)?.traffic).toBe('portal');
});
