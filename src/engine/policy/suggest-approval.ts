// For whom, and for which tools, an approval would cover what was seen and little more.
//
// People, in this order: the groups that together hold everybody who was identified, narrowest first; the people themselves if they are
// few; else everybody. Tools: those that were called, unless the list could not be kept apart or would be long.

import type { Approval } from './schema.ts';

export interface Use {
  people: readonly { name: string; known: boolean; groups: readonly string[] }[];
  /** People beyond those in the list. */
  morePeople: boolean;
  tools: readonly { name: string }[];
  toolCount: number;
  severalCalls: boolean;
}

export type SuggestedScope = Pick<Approval, 'groups' | 'users' | 'tools'>;

const MOST_GROUPS = 3;
const MOST_USERS = 5;
const MOST_TOOLS = 20;
/** Names that an approval takes literally, on the command line as well. */
const PLAIN = /^[\w.:/@+-]+$/;

/** @param groupSizes users of each group in all traffic */
export function suggestScope(use: Use, groupSizes: ReadonlyMap<string, number>): SuggestedScope {
  return { ...suggestPeople(use, groupSizes), ...suggestTools(use) };
}

function suggestPeople({ people, morePeople }: Use, sizes: ReadonlyMap<string, number>): Pick<Approval, 'groups' | 'users'> {
  if (people.length === 0 || people.some(({ known }) => !known)) return {};
  const groups = coveringGroups(people, sizes);
  if (groups !== undefined) return { groups };
  const names = people.map(({ name }) => name);
  return !morePeople && names.length <= MOST_USERS && names.every((name) => PLAIN.test(name)) ? { users: names } : {};
}

/** Greedy: of the groups that hold the most people still without one, the narrowest. */
function coveringGroups(people: Use['people'], sizes: ReadonlyMap<string, number>): string[] | undefined {
  const chosen: string[] = [];
  let left = people;
  while (left.length > 0) {
    if (chosen.length >= MOST_GROUPS) return undefined;
    const counts = new Map<string, number>();
    for (const { groups } of left)
      for (const group of groups) if (PLAIN.test(group)) counts.set(group, (counts.get(group) ?? 0) + 1);
    const sizeOf = (group: string): number => sizes.get(group) ?? Number.POSITIVE_INFINITY;
    const [best] = [...counts].sort(([a, m], [b, n]) => n - m || sizeOf(a) - sizeOf(b) || (a < b ? -1 : 1));
    if (best === undefined) return undefined;
    chosen.push(best[0]);
    left = left.filter(({ groups }) => !groups.includes(best[0]));
  }
  return chosen;
}

function suggestTools({ tools, toolCount, severalCalls }: Use): Pick<Approval, 'tools'> {
  if (toolCount === 0 || toolCount > MOST_TOOLS || severalCalls || tools.length < toolCount) return {};
  const names = tools.map(({ name }) => name);
  return names.every((name) => PLAIN.test(name)) ? { tools: names.sort() } : {};
}
