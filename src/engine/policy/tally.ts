// Counts by name in bounded memory: when there is no room, further names are counted together.

export interface TallyEntry {
  /** Blocked under the proposed policy. */
  requests: number;
  /** Of these, not blocked under the present one. */
  newly: number;
  /** Blocked under the present policy alone. */
  no_longer: number;
  /** Ids of a few such events, the first ones. */
  events: readonly string[];
}

export interface Tally {
  add(name: string, event: string, blocked: { present: boolean; proposed: boolean }): void;
  /** The names with the most requests first. */
  top(count: number): (TallyEntry & { name: string })[];
  /** Different names, as far as there was room. */
  names(key: 'requests' | 'newly' | 'no_longer'): number;
  /** Requests under names for which there was no room. */
  readonly others: number;
}

const MOST_NAMES = 20_000;
const EXAMPLES = 3;

export function createTally(most = MOST_NAMES): Tally {
  const entries = new Map<string, { requests: number; newly: number; no_longer: number; events: string[] }>();
  let others = 0;
  return {
    add(name, event, { present, proposed }) {
      let entry = entries.get(name);
      if (entry === undefined) {
        if (entries.size >= most) {
          others++;
          return;
        }
        entry = { requests: 0, newly: 0, no_longer: 0, events: [] };
        entries.set(name, entry);
      }
      if (proposed) entry.requests++;
      if (proposed && !present) entry.newly++;
      if (present && !proposed) entry.no_longer++;
      if (entry.events.length < EXAMPLES) entry.events.push(event);
    },
    top: (count) =>
      [...entries]
        .map(([name, entry]) => ({ name, ...entry }))
        .sort((a, b) => b.requests - a.requests || b.no_longer - a.no_longer || (a.name < b.name ? -1 : 1))
        .slice(0, count),
    names(key) {
      let count = 0;
      for (const entry of entries.values()) if (entry[key] > 0) count++;
      return count;
    },
    get others() {
      return others;
    },
  };
}
