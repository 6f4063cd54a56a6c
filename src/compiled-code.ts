// Where Node keeps compiled code between runs: in a folder of this installation, which only its owner can write. Code is run from there, so a
// folder that others can write, such as /tmp, would not do.

import { join } from 'node:path';

export const COMPILED_CODE_DIR = join(import.meta.dirname, '../node_modules/.cache/daylight');
