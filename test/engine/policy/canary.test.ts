import { expect, it } from 'vitest';
import type { Flow } from '../../../src/engine/flow.ts';
import { compileCanary } from '../../../src/engine/policy/canary.ts';
import { flowTo } from '../sample-flow.ts';

const by = (user: string, address = '10.0.0.1'): Flow =>
  flowTo('https://tools.example/mcp', {
    principal: { user, groups: [], device: '', source: 'proxy-auth' },
    client: { address, port: 1 },
  });
const people = Array.from({ length: 2_000 }, (_, index) => `user-${index}@example.com`);
const inShare = (share: string, target = 'traffic shadow') => people.filter((user) => compileCanary(share, target)(by(user)));

it.each([1, 10, 33, 50, 90])('a share of %d per cent holds about as many people', (percent) => {
  expect(inShare(`${percent}%`).length / people.length).toBeCloseTo(percent / 100, 1);
});

it('all are in a share of 100 %', () => expect(inShare('100%')).toEqual(people));

it('who is in a small share is in every larger one', () => {
  const larger = new Set(inShare('30%'));
  for (const user of inShare('10%')) expect(larger.has(user)).toBe(true);
});

it('somebody is always on the same side, from wherever and however the name is written', () => {
  const canary = compileCanary('50%', 'all');
  for (const user of people.slice(0, 50)) {
    expect(canary(by(user.toUpperCase(), '192.0.2.7'))).toBe(canary(by(user)));
  }
});

it('who is not identified is told by the address', () => {
  const addresses = Array.from({ length: 250 }, (_, index) => `10.0.${index}.7`);
  const chosen = addresses.filter((address) => compileCanary('20%', 'all')(by('', address)));
  expect(chosen.length).toBeGreaterThan(20);
  expect(chosen.length).toBeLessThan(90);
});

it('other targets choose other people', () => {
  expect(inShare('10%', 'traffic bypass')).not.toEqual(inShare('10%'));
});
