// Where the link for the first administrator goes: to the terminal if somebody sits there, else into a file that only its owner can read.
// Never into the log, which travels.

import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const NAME = 'admin-invite';

/** @returns the file */
export function writeInviteFile(dataDir: string, link: string): string {
  const file = join(dataDir, NAME);
  rmSync(file, { force: true });
  writeFileSync(file, `${link}\n`, { mode: 0o600, flag: 'wx' });
  // Whatever the umask is.
  chmodSync(file, 0o600);
  return file;
}

/** The link was used, or is not needed. */
export function removeInviteFile(dataDir: string): void {
  rmSync(join(dataDir, NAME), { force: true });
}
