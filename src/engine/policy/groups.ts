// Which groups somebody is in: those that sign-in knows, those of groups.yml that name the user, and those that hold one of
// these groups, at any depth.

import type { Flow, Principal } from '../flow.ts';
import type { Group } from './schema.ts';

export type Groups = Readonly<Record<string, Group>>;

export interface CompiledGroups {
  /** Groups of groups.yml that name the user or hold one that does, by user in lower case. */
  ofUser: ReadonlyMap<string, readonly string[]>;
  /** Groups that hold a group, at any depth. */
  around: ReadonlyMap<string, readonly string[]>;
}

export function compileGroups(groups: Groups): CompiledGroups | undefined {
  const entries = Object.entries(groups);
  if (entries.length === 0) return undefined;
  const holders = new Map<string, string[]>();
  for (const [name, group] of entries) for (const part of group.groups ?? []) put(holders, part, name);
  const around = new Map<string, readonly string[]>();
  for (const name of new Set([...holders.keys(), ...Object.keys(groups)])) around.set(name, reach(name, holders));
  const ofUser = new Map<string, readonly string[]>();
  for (const [name, group] of entries) {
    for (const user of group.users ?? []) {
      const known = ofUser.get(user.toLowerCase()) ?? [];
      ofUser.set(user.toLowerCase(), [...new Set([...known, name, ...(around.get(name) ?? [])])]);
    }
  }
  return { ofUser, around };
}

function put(map: Map<string, string[]>, key: string, value: string): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/** Everything that holds `name`, without `name`; ends even where groups hold each other. */
function reach(name: string, holders: ReadonlyMap<string, readonly string[]>): string[] {
  const found = new Set<string>();
  const open = [name];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const holder of holders.get(next) ?? []) {
      if (found.has(holder)) continue;
      found.add(holder);
      open.push(holder);
    }
  }
  found.delete(name);
  return [...found];
}

/** The flow with all groups of its principal. What is recorded is the flow as it came. */
export function withGroups(flow: Flow, { groups }: { readonly groups: CompiledGroups | undefined }): Flow {
  if (groups === undefined) return flow;
  const all = groupsOf(flow.principal, groups);
  return all.length === flow.principal.groups.length ? flow : { ...flow, principal: { ...flow.principal, groups: all } };
}

function groupsOf({ user, groups }: Principal, { ofUser, around }: CompiledGroups): readonly string[] {
  const found = new Set(groups);
  for (const group of groups) for (const holder of around.get(group) ?? []) found.add(holder);
  if (user !== '') for (const group of ofUser.get(user.toLowerCase()) ?? []) found.add(group);
  return [...found];
}

/** Circles of groups that hold each other, each once, as the names in order: `a, b, a`. */
export function circlesIn(groups: Groups): string[][] {
  const circles: string[][] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (name: string): void => {
    const at = path.indexOf(name);
    if (at >= 0) {
      circles.push([...path.slice(at), name]);
      return;
    }
    if (done.has(name)) return;
    path.push(name);
    for (const part of groupOf(groups, name)?.groups ?? []) visit(part);
    path.pop();
    done.add(name);
  };
  for (const name of Object.keys(groups)) visit(name);
  return circles;
}

export function groupOf(groups: Groups, name: string): Group | undefined {
  return Object.hasOwn(groups, name) ? groups[name] : undefined;
}
