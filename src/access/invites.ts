// Links that can be used once: to make an account with a role, or to give an account a new password. Good for 24 hours.

import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Invite, Role } from '../account.ts';
import type { StoredAccount } from './accounts.ts';
import { hashSecret } from './database.ts';

export interface StoredInvite {
  role: Role;
  /** The account that gets a new password; null for a new one. */
  account: number | null;
  /** Who made the link. */
  by: string;
}

export interface Invites {
  create(role: Role, by: string): Invite;
  createReset(account: StoredAccount, by: string): Invite;
  find(token: string): StoredInvite | undefined;
  /** @returns false if somebody else was faster */
  use(token: string): boolean;
  /** Links of this maker that make accounts lose their force. */
  revoke(by: string): void;
}

const VALID_MS = 24 * 3_600_000;

/** @param now epoch milliseconds */
export function createInvites(database: DatabaseSync, now: () => number): Invites {
  const insert = database.prepare('INSERT INTO invite (hash, role, account, by, expires) VALUES (?, ?, ?, ?, ?)');
  const get = database.prepare('SELECT role, account, by FROM invite WHERE hash = ? AND expires > ?');
  const remove = database.prepare('DELETE FROM invite WHERE hash = ? AND expires > ?');
  const removeOf = database.prepare('DELETE FROM invite WHERE by = ? AND account IS NULL');
  const removeResets = database.prepare('DELETE FROM invite WHERE account = ?');
  const prune = database.prepare('DELETE FROM invite WHERE expires <= ?');

  function create(role: Role, account: StoredAccount | undefined, by: string): Invite {
    const token = randomBytes(32).toString('base64url');
    const expires = now() + VALID_MS;
    prune.run(now());
    insert.run(hashSecret(token), role, account?.id ?? null, by, expires);
    return { token, kind: account ? 'reset' : 'invite', role, name: account?.name ?? '', expires };
  }

  return {
    create: (role, by) => create(role, undefined, by),
    createReset(account, by) {
      removeResets.run(account.id);
      return create(account.role, account, by);
    },
    find: (token) => get.get(hashSecret(token), now()) as StoredInvite | undefined,
    use: (token) => Number(remove.run(hashSecret(token), now()).changes) === 1,
    revoke: (by) => void removeOf.run(by),
  };
}

/** @param base address of the console. The secret is in the fragment: browsers keep that to themselves, so no log ever has it. */
export function inviteLink(base: string, { token, name }: Invite): string {
  const fragment = new URLSearchParams(name === '' ? { token } : { token, name });
  return `${base.replace(/\/+$/, '')}/invite#${fragment}`;
}
