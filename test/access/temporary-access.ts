// Accounts in a folder of their own, with a clock that the test moves, passwords that cost little, and the audit log in a list.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAccess } from '../../src/access/access.ts';
import type { Access, AccessAct, Role } from '../../src/account.ts';

export const PASSWORD = 'correct horse battery';
export const ADDRESS = '192.0.2.7';
export const KEY = Buffer.alloc(32, 7);

export interface TemporaryAccess {
  access: Access;
  dir: string;
  acts: AccessAct[];
  clock: { now: number };
  /** Makes an account and signs it in. @returns the id of the session */
  join(name: string, role?: Role): Promise<string>;
  /** The same file, as after a restart. */
  reopen(): Access;
  remove(): void;
}

export function temporaryAccess(): TemporaryAccess {
  const dir = mkdtempSync(join(tmpdir(), 'daylight-access-'));
  const clock = { now: Date.UTC(2026, 0, 5, 9) };
  const acts: AccessAct[] = [];
  const open = () =>
    openAccess({
      dir,
      installationKey: KEY,
      audit: (act) => void acts.push(act),
      now: () => clock.now,
      cost: { N: 2 ** 10, r: 8, p: 1 },
    });
  const opened = [open()];
  const access = opened[0]!;
  return {
    access,
    dir,
    acts,
    clock,
    async join(name, role = 'admin') {
      const result = await access.acceptInvite(access.invite(role, 'test').token, name, PASSWORD, ADDRESS);
      if (result?.is !== 'in') throw new Error(`${name} could not join: ${result?.is}`);
      return result.id;
    },
    reopen() {
      const again = open();
      opened.push(again);
      return again;
    },
    remove() {
      for (const each of opened) each.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
