// Sessions: 256 random bits in a cookie, stored as a hash. One ends when nobody has used it for a while, 12 hours after signing in, and
// with its account.

import { createHmac, randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { hashSecret } from './database.ts';

export interface Sessions {
  /** @returns the secret for the cookie */
  create(account: number): string;
  /** The account of a live session. @param touch false: this does not count as activity */
  find(id: string, touch: boolean): number | undefined;
  end(id: string): void;
  /** @param except the id of one to keep */
  endAll(account: number, except?: string): void;
}

/** Milliseconds from signing in to the end, whatever happens. */
const SESSION_MS = 12 * 3_600_000;
/** Activity is written down at most this often: a page makes many requests. */
const EXACT_MS = 60_000;

/** @param idleMs milliseconds without activity; @param now epoch milliseconds */
export function createSessions(database: DatabaseSync, idleMs: number, now: () => number): Sessions {
  const insert = database.prepare('INSERT INTO session (hash, account, created, seen) VALUES (?, ?, ?, ?)');
  const get = database.prepare('SELECT account, seen FROM session WHERE hash = ? AND created > ? AND seen > ?');
  const touched = database.prepare('UPDATE session SET seen = ? WHERE hash = ?');
  const remove = database.prepare('DELETE FROM session WHERE hash = ?');
  const removeAll = database.prepare('DELETE FROM session WHERE account = ? AND hash <> ?');
  const prune = database.prepare('DELETE FROM session WHERE created <= ? OR seen <= ?');
  const exact = Math.min(EXACT_MS, idleMs / 10);

  return {
    create(account) {
      const time = now();
      prune.run(time - SESSION_MS, time - idleMs);
      const id = randomBytes(32).toString('base64url');
      insert.run(hashSecret(id), account, time, time);
      return id;
    },
    find(id, touch) {
      const time = now();
      const hash = hashSecret(id);
      const found = get.get(hash, time - SESSION_MS, time - idleMs);
      if (!found) return undefined;
      if (touch && time - Number(found.seen) >= exact) touched.run(time, hash);
      return Number(found.account);
    },
    end: (id) => void remove.run(hashSecret(id)),
    endAll: (account, except) => void removeAll.run(account, except === undefined ? '' : hashSecret(except)),
  };
}

/** The CSRF token of a session. It follows from the secret of the session, which other sites do not know. */
export function csrfOf(id: string): string {
  return createHmac('sha256', id).update('daylight: csrf, 1').digest('base64url');
}
