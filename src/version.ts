// Which Daylight this is.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { INSTALL_DIR } from './config.ts';

/** The version in package.json. */
export function daylightVersion(): string {
  return String(JSON.parse(readFileSync(join(INSTALL_DIR, 'package.json'), 'utf8')).version);
}
