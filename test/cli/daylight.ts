// Runs bin/daylight as a person or a script would, in a folder of its own.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { INSTALL_DIR } from '../../src/config.ts';

export interface Ran {
  status: number | null;
  stdout: string;
  stderr: string;
  /** Every line of stdout as JSON. */
  lines(): Record<string, unknown>[];
}

export interface Workplace {
  folder: string;
  daylight(...args: string[]): Ran;
  remove(): void;
}

/** A temporary folder with a copy of the shipped rules and no local policy. */
export function createWorkplace(): Workplace {
  const folder = mkdtempSync(join(tmpdir(), 'daylight-cli-'));
  cpSync(join(INSTALL_DIR, 'rules'), join(folder, 'rules'), {
    recursive: true,
    filter: (file) => !/local\/(approved|modes|exceptions)\.yml$/.test(file),
  });
  mkdirSync(join(folder, 'rules/local'), { recursive: true });
  return {
    folder,
    daylight(...args) {
      const env = { PATH: process.env.PATH ?? '', HOME: folder };
      const { status, stdout, stderr } = spawnSync(join(INSTALL_DIR, 'bin/daylight'), args, {
        cwd: folder,
        env,
        encoding: 'utf8',
      });
      const lines = () =>
        stdout
          .trim()
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line) as Record<string, unknown>);
      return { status, stdout, stderr, lines };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
