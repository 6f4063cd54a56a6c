// The secret of this installation: 256 random bits, made on first use, in a file that only its owner can read.

import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DaylightError } from '../errors.ts';

const BYTES = 32;

/**
 * The key in `<dataDir>/keys/installation.key`. Losing it breaks the link between old and new pseudonyms, nothing else.
 *
 * @throws DaylightError ERR_STORE if the file cannot be made or is damaged.
 */
export function loadInstallationKey(dataDir: string): Buffer {
  const file = join(dataDir, 'keys', 'installation.key');
  try {
    const found = readKey(file) ?? createKey(file);
    if (found.length === BYTES) return found;
  } catch (cause) {
    throw new DaylightError('ERR_STORE', `cannot read or create ${file}: ${(cause as Error).message}. Check its folder`, {
      cause,
    });
  }
  throw new DaylightError(
    'ERR_STORE',
    `${file} is damaged: it must hold ${BYTES * 2} hex digits. Restore it, or remove it for a new key`,
  );
}

/** Several processes may start at once: a key is linked into place whole, and the first one wins. */
function createKey(file: string): Buffer {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, randomBytes(BYTES).toString('hex'), { mode: 0o600, flush: true });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readKey(file) ?? Buffer.alloc(0);
}

function readKey(file: string): Buffer | undefined {
  try {
    return Buffer.from(readFileSync(file, 'utf8').trim(), 'hex');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
