// Puts the CA's files on disk so that each appears whole or not at all, and refuses a key that others can read.

import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, chmod, copyFile, link, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DaylightError } from '../errors.ts';
import type { CaLog } from './ca.ts';

export async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** @throws DaylightError ERR_CA */
export async function makeFolder(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true }).catch((cause) => {
    throw new DaylightError(
      'ERR_CA',
      `the folder ${dir} for the CA cannot be made: ${cause.message}; set "certs" to one that can`,
      { cause },
    );
  });
}

/** Creates `file` with this content. @returns false if it is there already, whoever made it */
export async function writeExclusive(file: string, text: string, mode: number): Promise<boolean> {
  return throughTemporary(file, text, mode, async (temporary) => {
    try {
      // link(2) fails if the name is taken, and shows the file only when it is complete.
      await link(temporary, file).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') throw error;
        // File systems without hard links.
        return copyFile(temporary, file, constants.COPYFILE_EXCL);
      });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  });
}

/** Creates or replaces `file` with this content. */
export async function writeReplacing(file: string, text: string, mode: number): Promise<void> {
  await throughTemporary(file, text, mode, (temporary) => rename(temporary, file));
}

async function throughTemporary<T>(
  file: string,
  text: string,
  mode: number,
  publish: (temporary: string) => Promise<T>,
): Promise<T> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const handle = await open(temporary, 'wx', mode);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    const result = await publish(temporary);
    await syncFolder(dirname(file));
    return result;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DaylightError('ERR_CA', `${file} cannot be written: ${why}; set "certs" to a folder that can`, { cause });
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Makes the new name last through a power cut; not every file system can, and then there is nothing to do. */
async function syncFolder(dir: string): Promise<void> {
  const handle = await open(dir, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/**
 * Lets only a private key through that no other user can read. A key that belongs to this user is made private; one of root
 * may be readable by a group (mode 0640 at most), which is how secrets are mounted into containers.
 *
 * @throws DaylightError ERR_CA
 */
export async function protectKey(file: string, log: CaLog | undefined): Promise<void> {
  if (process.platform === 'win32') return;
  const { mode, uid } = await stat(file);
  const open = mode & 0o077;
  if (open === 0 || (uid === 0 && process.getuid?.() !== 0 && (open & ~0o040) === 0)) return;
  const shown = (mode & 0o777).toString(8).padStart(4, '0');
  await chmod(file, 0o600).catch((cause) => {
    throw new DaylightError(
      'ERR_CA',
      `${file} is readable by other users (mode ${shown}); run: chmod 600 ${file} (its owner must be the user that runs Daylight)`,
      { cause },
    );
  });
  log?.warn(
    { file, mode: shown },
    'the CA key was readable by other users; its mode is 0600 now. If it was copied, replace the CA',
  );
}
