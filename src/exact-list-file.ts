// Reads the list of salted hashes that a detector names: a file beside it, or elsewhere below the folder of the rules, never
// outside, not through a link either.

import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { exactFileSchema } from './engine/dlp/exact.ts';
import type { ExactList } from './engine/dlp/schema.ts';

/** A list of the greatest permitted number of hashes, with room for white space. */
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * @param detectorFile the file of the detector; `name` is relative to it.
 * @throws Error that names the file and the fix, and nothing of what the file holds.
 */
export function readExactList(rulesDir: string, detectorFile: string, name: string): ExactList {
  const file = resolve(dirname(detectorFile), name);
  const shown = JSON.stringify(name);
  if (isAbsolute(name) || !isBelow(resolve(rulesDir), file)) {
    throw new Error(`${shown} is outside the folder of the rules; put the list beside the detector`);
  }
  if (!existsSync(file)) throw new Error(`${shown} does not exist; make it with "daylight dlp exact build" or correct the name`);
  if (!isBelow(realpathSync(rulesDir), realpathSync(file))) {
    throw new Error(`${shown} leads outside the folder of the rules; put the list itself beside the detector`);
  }
  const { size } = statSync(file);
  if (size > MAX_BYTES) throw new Error(`${shown} has ${size} bytes; the limit is ${MAX_BYTES}: split it over several detectors`);
  const parsed = exactFileSchema.safeParse(parseJson(readText(file, shown)));
  if (parsed.success) return { salt: parsed.data.salt, hashes: parsed.data.hashes };
  const [issue] = parsed.error.issues;
  throw new Error(`${shown} is no list of "daylight dlp exact build": ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
}

function readText(file: string, shown: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Error(`${shown} cannot be read (${code}); let the user that runs Daylight read it`, { cause });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isBelow(folder: string, file: string): boolean {
  const way = relative(folder, file);
  return way !== '' && !way.startsWith('..') && !isAbsolute(way);
}
