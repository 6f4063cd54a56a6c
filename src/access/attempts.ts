// How often somebody may try to sign in: per name (unless it is '') and per address. After the free attempts each failure doubles the wait. Kept in the
// file, so that a restart forgets nothing.
//
// An attempt counts when it begins and is taken back when it succeeds: many at once cannot slip through before the first has failed.
// Names are kept as hashes; people type passwords into the wrong field.

import type { DatabaseSync } from 'node:sqlite';
import { transaction } from '../sqlite-file.ts';
import { hashSecret } from './database.ts';

export interface Attempts {
  /** Counts an attempt. @returns 0, or the seconds to wait: then it must not be made */
  begin(name: string, address: string): number;
  /** It succeeded: the name is free again, the address gets this one back. */
  succeed(name: string, address: string): void;
  /** It neither failed nor succeeded yet. */
  withdraw(name: string, address: string): void;
  forgive(name: string): void;
}

/** Failures without a wait, and the longest wait, milliseconds. Many people can share an address. */
const PER_NAME = { free: 5, longest: 5 * 60_000 };
const PER_ADDRESS = { free: 20, longest: 15 * 60_000 };
const FORGOTTEN_AFTER = 24 * 3_600_000;

/** @param now epoch milliseconds */
export function createAttempts(database: DatabaseSync, now: () => number): Attempts {
  const get = database.prepare('SELECT failures, last FROM attempt WHERE who = ? AND last > ?');
  const count = database.prepare(
    `INSERT INTO attempt (who, failures, last) VALUES (?, 1, ?) ON CONFLICT (who) DO UPDATE SET
     failures = CASE WHEN last > ? THEN failures + 1 ELSE 1 END, last = excluded.last`,
  );
  const takeBack = database.prepare('UPDATE attempt SET failures = max(0, failures - 1) WHERE who = ?');
  const forget = database.prepare('DELETE FROM attempt WHERE who = ?');
  const prune = database.prepare('DELETE FROM attempt WHERE last <= ?');

  const ofName = (name: string): string[] => (name === '' ? [] : [`name:${hashSecret(name.toLowerCase())}`]);
  const ofAddress = (address: string): string => `address:${networkOf(address)}`;

  function waitOf(who: string, { free, longest }: typeof PER_NAME, time: number): number {
    const found = get.get(who, time - FORGOTTEN_AFTER);
    if (!found || Number(found.failures) < free) return 0;
    const wait = Math.min(longest, 1_000 * 2 ** (Number(found.failures) - free));
    return Math.max(0, Number(found.last) + wait - time);
  }

  return {
    begin: (name, address) =>
      transaction(database, () => {
        const time = now();
        const ofNames = ofName(name).map((who) => waitOf(who, PER_NAME, time));
        const wait = Math.max(...ofNames, waitOf(ofAddress(address), PER_ADDRESS, time));
        if (wait > 0) return Math.ceil(wait / 1_000);
        prune.run(time - FORGOTTEN_AFTER);
        for (const who of [...ofName(name), ofAddress(address)]) count.run(who, time, time - FORGOTTEN_AFTER);
        return 0;
      }),
    succeed(name, address) {
      for (const who of ofName(name)) forget.run(who);
      takeBack.run(ofAddress(address));
    },
    withdraw(name, address) {
      for (const who of [...ofName(name), ofAddress(address)]) takeBack.run(who);
    },
    forgive(name) {
      for (const who of ofName(name)) forget.run(who);
    },
  };
}

/** Whoever has an IPv6 address has its whole /64. */
function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('%')[0]!.split('::');
  const groups = head.split(':').filter(Boolean);
  const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(':').filter(Boolean).length;
  const all = [...groups, ...Array<string>(Math.max(0, missing)).fill('0'), ...(tail ?? '').split(':').filter(Boolean)];
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
