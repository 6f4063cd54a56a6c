import { describe, expect, it } from 'vitest';
import type { Principal } from '../../../src/engine/flow.ts';
import { circlesIn, compileGroups, type Groups, withGroups } from '../../../src/engine/policy/groups.ts';
import { flowTo } from '../sample-flow.ts';

function groupsOf(groups: Groups, principal: Partial<Principal>): string[] {
  const flow = flowTo('https://tools.example', {
    principal: { user: '', groups: [], device: '', source: 'proxy-auth', ...principal },
  });
  return [...withGroups(flow, { groups: compileGroups(groups) }).principal.groups].sort();
}

const GROUPS: Groups = {
  engineering: { users: ['Ann@example.com'], groups: ['platform'] },
  platform: { users: ['bob@example.com'] },
  everyone: { groups: ['engineering', 'sales'] },
};

describe('groups', () => {
  it.each<[string, Partial<Principal>, string[]]>([
    ['a user named in one', { user: 'ann@example.com' }, ['engineering', 'everyone']],
    ['a user of a nested one, at any depth', { user: 'bob@example.com' }, ['engineering', 'everyone', 'platform']],
    ['a group that sign-in gave', { user: 'eve', groups: ['sales'] }, ['everyone', 'sales']],
    ['both', { user: 'ann@example.com', groups: ['platform'] }, ['engineering', 'everyone', 'platform']],
    ['a stranger', { user: 'eve' }, []],
    ['nobody in particular', {}, []],
  ])('of %s', (_what, principal, expected) => {
    expect(groupsOf(GROUPS, principal)).toEqual(expected);
  });

  it('are those of sign-in alone without a file, and the flow stays the same object', () => {
    const flow = flowTo('https://tools.example');
    expect(withGroups(flow, { groups: compileGroups({}) })).toBe(flow);
    expect(withGroups(flow, { groups: compileGroups(GROUPS) })).toBe(flow);
  });

  it('end even where they hold each other', () => {
    const circle: Groups = { a: { groups: ['b'] }, b: { groups: ['a'], users: ['ann'] } };
    expect(groupsOf(circle, { user: 'ann' })).toEqual(['a', 'b']);
  });

  it('with names that objects have anyway are groups like others', () => {
    expect(groupsOf({ constructor: { users: ['ann'] }, b: { groups: ['toString'] } }, { user: 'ann' })).toEqual(['constructor']);
  });
});

it('circles are found whole, each once', () => {
  const groups: Groups = {
    a: { groups: ['b', 'x'] },
    b: { groups: ['c'] },
    c: { groups: ['a'] },
    self: { groups: ['self'] },
    x: { users: ['ann'] },
    far: { groups: ['a'] },
  };
  expect(circlesIn(groups)).toEqual([
    ['a', 'b', 'c', 'a'],
    ['self', 'self'],
  ]);
});
