// What is wrong with groups.yml, and with names elsewhere that it does not know: groups that hold each other in a circle, groups
// that nobody defines, and, where the file lists people, users and groups that policy names and the file does not.

import type { Checking, PolicyRemark } from './check.ts';
import { circlesIn, groupOf } from './groups.ts';
import type { Policy } from './schema.ts';

type Path = PolicyRemark['path'];

export function checkGroups(checking: (document: keyof Policy) => Checking): void {
  const { policy, warn, problem } = checking('groups');
  const { groups } = policy.groups;
  for (const circle of circlesIn(groups)) {
    problem(
      ['groups', circle[0]!, 'groups'],
      `the groups hold each other in a circle: ${circle.join(' > ')}; remove one of these references`,
    );
  }
  for (const [name, group] of Object.entries(groups)) {
    for (const [index, part] of (group.groups ?? []).entries()) {
      if (groupOf(groups, part) !== undefined) continue;
      warn(['groups', name, 'groups', index], `there is no group ${part} in this file; it holds only whom sign-in puts in it`);
    }
  }
  const listed = Object.values(groups);
  const people = new Set(listed.flatMap(({ users }) => users ?? []).map((user) => user.toLowerCase()));
  if (people.size === 0) return;
  const known = new Set([...Object.keys(groups), ...listed.flatMap((group) => group.groups ?? [])]);
  for (const { document, path, users, groups } of namesIn(policy)) {
    const { warn } = checking(document);
    for (const [at, user] of users) {
      if (!people.has(user.toLowerCase()))
        warn([...path, ...at], `no group in groups.yml has the user ${user}; correct the name or add it there`);
    }
    for (const [at, group] of groups) {
      if (!known.has(group)) warn([...path, ...at], `there is no group ${group} in groups.yml; correct the name or add it there`);
    }
  }
}

interface Named {
  document: keyof Policy;
  path: Path;
  users: [Path, string][];
  groups: [Path, string][];
}

function namesIn({ approved, modes, exceptions }: Policy): Named[] {
  const list = (key: string, names: readonly string[] | undefined): [Path, string][] =>
    (names ?? []).map((name, index) => [[key, index], name]);
  const scoped =
    (document: keyof Policy, key: string) =>
    (entry: { users?: string[] | undefined; groups?: string[] | undefined }, index: number): Named => ({
      document,
      path: [key, index],
      users: list('users', entry.users),
      groups: list('groups', entry.groups),
    });
  return [
    ...approved.servers.map(scoped('approved', 'servers')),
    ...modes.modes.map(scoped('modes', 'modes')),
    ...exceptions.exceptions.map(({ user }, index): Named => {
      const users: [Path, string][] = user === undefined ? [] : [[['user'], user]];
      return { document: 'exceptions', path: ['exceptions', index], users, groups: [] };
    }),
  ];
}
