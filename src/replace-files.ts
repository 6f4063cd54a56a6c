// Changes files of one folder without losing anybody's work: other commands wait (lock), readers never see half a file
// (write beside, sync, rename), and a file that was edited meanwhile by hand is not overwritten (compare before renaming).

import { constants, existsSync } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, realpath, rename, stat, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DaylightError } from './errors.ts';

const LOCK = '.lock';
/** Milliseconds after which a lock is taken to be left over: an edit takes a few. */
const LOCK_STALE = 10_000;
const LOCK_PATIENCE = 15_000;
const LOCK_POLL = 20;

/** A file as it was read; `text` is undefined if there is none. */
export interface FileVersion {
  name: string;
  text: string | undefined;
}

/**
 * Runs `change` while no other Daylight process changes the folder. The folder is created if it is missing.
 *
 * @throws DaylightError ERR_POLICY_INVALID when the folder cannot be written or stays locked.
 */
export async function whileLocked<T>(folder: string, change: () => Promise<T>): Promise<T> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw notWritable(folder, cause);
  }
  const lock = join(folder, LOCK);
  await take(lock);
  try {
    return await change();
  } finally {
    await unlink(lock).catch(() => {});
  }
}

/** Waits until nobody changes the folder, so that what is read is no half of a change. Gives up waiting after a while. */
export async function whenUnlocked(folder: string): Promise<void> {
  const lock = join(folder, LOCK);
  const giveUp = Date.now() + LOCK_STALE;
  while (existsSync(lock) && !(await isLeftOver(lock)) && Date.now() < giveUp) await sleep(LOCK_POLL);
}

async function take(lock: string): Promise<void> {
  const giveUp = Date.now() + LOCK_PATIENCE;
  for (;;) {
    const handle = await create(lock);
    if (handle) {
      await handle.writeFile(`${hostname()} ${process.pid}\n`);
      await handle.close();
      return;
    }
    if (await isLeftOver(lock)) await rename(lock, `${lock}.${process.pid}`).then(() => unlink(`${lock}.${process.pid}`), ignore);
    else if (Date.now() > giveUp) {
      throw new DaylightError(
        'ERR_POLICY_INVALID',
        `${lock}: another process has been editing for ${LOCK_PATIENCE / 1000} s; try again`,
      );
    } else await sleep(LOCK_POLL + 3 * (process.pid % 7));
  }
}

async function create(lock: string): Promise<FileHandle | undefined> {
  try {
    return await open(lock, 'wx', 0o600);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw notWritable(dirname(lock), cause);
  }
}

async function isLeftOver(lock: string): Promise<boolean> {
  try {
    const [{ mtimeMs }, text] = await Promise.all([stat(lock), readFile(lock, 'utf8')]);
    if (Date.now() - mtimeMs > LOCK_STALE) return true;
    const [host, pid] = text.trim().split(' ');
    return host === hostname() && pid !== undefined && !isRunning(Number(pid));
  } catch {
    return false;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

export async function readVersion(folder: string, name: string): Promise<FileVersion> {
  try {
    return { name, text: await readFile(join(folder, name), 'utf8') };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return { name, text: undefined };
    throw new DaylightError('ERR_POLICY_INVALID', `${join(folder, name)}: cannot be read (${(cause as Error).message})`, {
      cause,
    });
  }
}

/** A file to be replaced: as it was read, and what it is to hold; undefined removes it. */
export interface Replacement {
  read: FileVersion;
  text: string | undefined;
}

/**
 * Puts new texts in place of the versions that were read: all are on disk before the first one counts. Symbolic links and
 * permissions stay.
 *
 * @returns false, and changes nothing, if somebody else has changed one of the files since.
 */
export async function replaceFiles(folder: string, replacements: readonly Replacement[]): Promise<boolean> {
  const ready: { target: string; beside: string | undefined }[] = [];
  try {
    for (const { read, text } of replacements) {
      const named = join(folder, read.name);
      const target = await realpath(named).catch(() => named);
      const beside = text === undefined ? undefined : join(dirname(target), `.${read.name}.${process.pid}.tmp`);
      ready.push({ target, beside });
      if (text === undefined || beside === undefined) continue;
      const mode = read.text === undefined ? 0o644 : (await stat(target)).mode & 0o777;
      await writeSynced(beside, text, mode);
    }
    const now = await Promise.all(replacements.map(({ read }) => readVersion(folder, read.name)));
    if (now.some(({ text }, index) => text !== replacements[index]!.read.text)) {
      await removeAll(ready);
      return false;
    }
    for (const { target, beside } of ready) await (beside === undefined ? unlink(target) : rename(beside, target));
    for (const parent of new Set(ready.map(({ target }) => dirname(target)))) await syncFolder(parent);
    return true;
  } catch (cause) {
    await removeAll(ready);
    throw cause instanceof DaylightError ? cause : notWritable(ready.at(-1)?.target ?? folder, cause);
  }
}

async function removeAll(ready: readonly { beside: string | undefined }[]): Promise<void> {
  for (const { beside } of ready) if (beside !== undefined) await unlink(beside).catch(ignore);
}

async function writeSynced(file: string, text: string, mode: number): Promise<void> {
  const handle = await open(file, 'w', mode);
  try {
    await handle.writeFile(text);
    await handle.chmod(mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  await handle.sync().finally(() => handle.close());
}

function notWritable(path: string, cause: unknown): DaylightError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new DaylightError('ERR_POLICY_INVALID', `${path}: cannot be written (${why}); run as a user who may edit policy`, {
    cause,
  });
}

function ignore(): void {}
