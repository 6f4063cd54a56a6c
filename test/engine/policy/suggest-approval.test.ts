import { describe, expect, test } from 'vitest';
import { suggestScope, type Use } from '../../../src/engine/policy/suggest-approval.ts';

const SIZES = new Map([
  ['all', 900],
  ['engineering', 40],
  ['web', 6],
]);
const ANN = { name: 'ann', known: true, groups: ['all', 'engineering', 'web'] };
const BOB = { name: 'bob', known: true, groups: ['all', 'engineering'] };

function scope(use: Partial<Use>) {
  return suggestScope({ people: [], morePeople: false, tools: [], toolCount: 0, severalCalls: false, ...use }, SIZES);
}

describe('for whom', () => {
  test('the narrowest group that holds everybody', () => {
    expect(scope({ people: [ANN] })).toEqual({ groups: ['web'] });
    expect(scope({ people: [ANN, BOB] })).toEqual({ groups: ['engineering'] });
  });

  test('several groups where no single one does', () => {
    const cy = { name: 'cy', known: true, groups: ['sales'] };
    expect(scope({ people: [ANN, BOB, cy] })).toEqual({ groups: ['engineering', 'sales'] });
  });

  test('a few people by name where there is no group, and everybody where there are many', () => {
    const people = Array.from({ length: 5 }, (_, at) => ({ name: `user-${at}`, known: true, groups: [] }));
    expect(scope({ people })).toEqual({ users: people.map(({ name }) => name) });
    expect(scope({ people, morePeople: true })).toEqual({});
    expect(scope({ people: [...people, { name: 'one-more', known: true, groups: [] }] })).toEqual({});
  });

  test('everybody where somebody is known by address only', () => {
    expect(scope({ people: [ANN, { name: '10.0.0.7', known: false, groups: [] }] })).toEqual({});
  });
});

describe('which tools', () => {
  const named = (...names: string[]) => ({ tools: names.map((name) => ({ name })), toolCount: names.length });

  test('those that were called', () => {
    expect(scope(named('read', 'echo'))).toEqual({ tools: ['echo', 'read'] });
  });

  test('no list where it would be long, cut, or refuse what people do', () => {
    expect(scope(named(...Array.from({ length: 21 }, (_, at) => `t${at}`)))).toEqual({});
    expect(scope({ ...named('echo'), toolCount: 2 })).toEqual({});
    expect(scope({ ...named('echo'), severalCalls: true })).toEqual({});
  });

  test('no list with names that mean something else in one', () => {
    expect(scope(named('echo', 'read*'))).toEqual({});
    expect(scope(named('echo', 'a,b'))).toEqual({});
  });
});
