// Makes guessing slow, and keeps it from filling the log: after the free failures each further one of a network waits longer for its
// answer. Right tokens never wait, whoever shares the address with a guesser.

import { addressOf } from './numeric-address.ts';

export interface AttemptPace {
  /** Counts a failure. @returns how long the answer should wait, and whether log and events are to be told */
  fail(address: string): { delayMs: number; tell: boolean };
  /** Whether to tell of something that is no failure: once in a minute and network. */
  tell(address: string): boolean;
}

const FREE = 10;
const LONGEST_MS = 5_000;
const FORGOTTEN_AFTER_MS = 10 * 60_000;
const TELL_EVERY_MS = 60_000;
const REMEMBERED = 10_000;

/** @param now epoch milliseconds */
export function createAttemptPace(now: () => number): AttemptPace {
  const failures = new Map<string, { count: number; last: number }>();
  const told = new Map<string, number>();

  function tell(place: string): boolean {
    const time = now();
    if (time - (told.get(place) ?? Number.NEGATIVE_INFINITY) < TELL_EVERY_MS) return false;
    if (told.size >= REMEMBERED) told.clear();
    told.set(place, time);
    return true;
  }

  return {
    fail(address) {
      const place = placeOf(address);
      const time = now();
      const before = failures.get(place);
      const count = before && time - before.last < FORGOTTEN_AFTER_MS ? before.count + 1 : 1;
      if (failures.size >= REMEMBERED && !before) failures.clear();
      failures.set(place, { count, last: time });
      const delayMs = count <= FREE ? 0 : Math.min(LONGEST_MS, 250 * 2 ** Math.min(10, count - FREE - 1));
      return { delayMs, tell: tell(`wrong ${place}`) };
    },
    tell: (address) => tell(`other ${placeOf(address)}`),
  };
}

/** Whoever has an IPv6 address has its whole /64. */
function placeOf(text: string): string {
  const address = addressOf(text);
  if (!address) return text;
  return address.bits === 32 ? text : `${(address.value >> 64n).toString(36)}/64`;
}
