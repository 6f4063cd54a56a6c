// A secret of a sink: from the configuration, or from a file that only Daylight's user may read. The file is read anew for each batch,
// so that a secret can be replaced without a restart.

import { readFileSync, statSync } from 'node:fs';
import { DaylightError } from '../../errors.ts';
import { SinkError } from '../sink.ts';

/** Bits of a file's mode that let others read it, or the group write it. */
const TOO_OPEN = 0o027;

/**
 * How the secret is got at; undefined if there is none.
 *
 * @throws DaylightError ERR_CONFIG_INVALID if the file cannot be used now; the function throws SinkError if that happens later
 */
export function openSecret(value: string | undefined, file: string | undefined): (() => string) | undefined {
  if (value !== undefined) return () => value;
  if (file === undefined) return undefined;
  const first = readSecret(file);
  if ('problem' in first) throw new DaylightError('ERR_CONFIG_INVALID', first.problem);
  return () => {
    const read = readSecret(file);
    if ('problem' in read) throw new SinkError(read.problem);
    return read.secret;
  };
}

function readSecret(file: string): { secret: string } | { problem: string } {
  try {
    const { mode } = statSync(file);
    if ((mode & TOO_OPEN) !== 0)
      return { problem: `${file} holds a secret and has mode ${(mode & 0o777).toString(8)}; chmod 600 ${file}` };
    const secret = readFileSync(file, 'utf8').trim();
    if (secret === '') return { problem: `${file} should hold a secret and is empty` };
    if (/[\r\n]/.test(secret)) return { problem: `${file} should hold one secret and has more than one line` };
    return { secret };
  } catch (error) {
    return { problem: `cannot read the secret file ${file}: ${(error as Error).message}` };
  }
}
