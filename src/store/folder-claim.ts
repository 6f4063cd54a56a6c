// One appliance per data folder: a lock file that names its owner, and that a dead owner does not hold.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DaylightError } from '../errors.ts';
import { isProcessLive, pidOf, processIdentity } from './process-identity.ts';

/**
 * Claims `folder` for this process until the returned function is called or the process ends.
 *
 * @throws DaylightError ERR_STORE if a running process has it.
 */
export function claimFolder(folder: string): () => void {
  const file = join(folder, 'owner');
  const own = processIdentity('daylight');
  for (let attempt = 0; ; attempt++) {
    try {
      writeFileSync(file, own, { flag: 'wx', mode: 0o600 });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt > 2) throw claimError(folder, error);
    }
    const owner = readOwner(file);
    if (isProcessLive(owner)) {
      const message = `${folder} is in use by another Daylight (process ${pidOf(owner)}). Stop that one, or give this one another folder with --data`;
      throw new DaylightError('ERR_STORE', message);
    }
    rmSync(file, { force: true });
  }
}

function readOwner(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}

function claimError(folder: string, cause: unknown): DaylightError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new DaylightError('ERR_STORE', `cannot claim ${folder}: ${why}. Check its owner and permissions`, { cause });
}
