// What is known of servers while history is replayed under one policy: which proved themselves, and which were blocked on their answer.
// Bounded, and as forgetful as the memory of the proxy.

import type { StoredFlow } from './stored-flow.ts';

/** Milliseconds that a server is remembered, and how many are. */
const EXPIRES = 24 * 60 * 60_000;
const CAPACITY = 20_000;

/** How a server came out of an exchange that proved it. */
export interface Lesson {
  /** The exchange was blocked on its answer. */
  blocked: boolean;
  /** The server gave its name. */
  named: boolean;
}

interface Noted {
  /** Time of the answer, epoch milliseconds. */
  at: number;
  /** Undefined: the server proved itself in history, but would not have got that far under this policy. */
  lesson: Lesson | undefined;
  before: Noted | undefined;
}

export interface ReplayedServers {
  /** @param lesson of an answer that proved the server; undefined if it would not have come to that */
  note(stored: StoredFlow, at: number, lesson: Lesson | undefined): void;
  /**
   * What is known when the flow begins. `forgotten`: the server proved itself in history only. Undefined: nothing was replayed, so
   * what was recorded holds. An endpoint of the old transport shares the fate of the stream that named it.
   */
  find(stored: StoredFlow): Lesson | 'forgotten' | undefined;
}

export function createReplayedServers(): ReplayedServers {
  const servers = new Map<string, Noted>();
  return {
    note({ flow, server, proved }, at, lesson) {
      if (!proved) return;
      const last = servers.get(server);
      if (lesson === undefined && last !== undefined) return;
      // A name once given stays; that of before the history is taken as given.
      const named = lesson?.named || (last === undefined ? flow.learned !== undefined : last.lesson?.named);
      servers.delete(server);
      servers.set(server, {
        at,
        lesson: lesson && { blocked: lesson.blocked, named: named ?? false },
        before: last && { ...last, before: undefined },
      });
      if (servers.size > CAPACITY) servers.delete(servers.keys().next().value!);
    },
    find({ flow: { learned, time }, server }) {
      let latest: Noted | undefined;
      let forgotten = false;
      for (const key of [server, learned?.stream]) {
        let noted = key === undefined ? undefined : servers.get(key);
        while (noted !== undefined && noted.at > time) noted = noted.before;
        if (noted === undefined) continue;
        if (noted.lesson === undefined || time - noted.at > EXPIRES) forgotten = true;
        else if (latest === undefined || noted.at > latest.at) latest = noted;
      }
      return latest?.lesson ?? (forgotten ? 'forgotten' : undefined);
    },
  };
}
