// Reads a file that a person names, or standard input.

import { readFileSync } from 'node:fs';
import { DaylightError } from '../errors.ts';

/**
 * @param file a path, `-` for standard input
 * @throws DaylightError ERR_USAGE
 */
export function readInput(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (cause) {
    throw new DaylightError('ERR_USAGE', `${file}: cannot be read (${(cause as Error).message})`, { cause });
  }
}
