// Puts the files of a backup in place of those that are there, all or none.
//
// Everything lies beside its place before the first file moves; then the plan is written down, and that is the moment from which the new
// state counts. A process that is killed before leaves the old state; one that is killed after leaves a plan, which the next start
// (or the next restore) carries out to its end. Each step is a renaming, and can be done twice. What was there is kept in `.before-…`.

import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { DaylightError } from '../errors.ts';

const planSchema = z.strictObject({
  folders: z.array(
    z.strictObject({
      dir: z.string(),
      /** Folder with the new files. */
      staged: z.string(),
      /** Folder that the old ones go to. */
      kept: z.string(),
      /** Relative paths of what goes, and of what comes. */
      old: z.array(z.string()),
      new: z.array(z.string()),
    }),
  ),
});

export type Plan = z.infer<typeof planSchema>;

const PLAN = 'restore.json';

/** @param onStep told before each renaming, for tests */
export function putBack(dataDir: string, plan: Plan, onStep?: () => void): void {
  for (const { staged } of plan.folders) syncFolder(staged);
  const file = join(dataDir, PLAN);
  writeFileSync(`${file}.new`, JSON.stringify(plan), { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
  syncFolder(dataDir);
  carryOut(dataDir, plan, onStep);
}

/**
 * Carries out a plan that was cut off.
 *
 * @returns whether there was one
 * @throws DaylightError ERR_BACKUP if it cannot be read or carried out: the appliance must not run on half of each state
 */
export function finishRestore(dataDir: string, onStep?: () => void): boolean {
  const file = join(dataDir, PLAN);
  if (!existsSync(file)) return false;
  try {
    carryOut(dataDir, planSchema.parse(JSON.parse(readFileSync(file, 'utf8'))), onStep);
  } catch (cause) {
    throw new DaylightError(
      'ERR_BACKUP',
      `a restore was cut off and cannot be finished: ${(cause as Error).message}. ${file} says which files belong where`,
      { cause },
    );
  }
  return true;
}

function carryOut(dataDir: string, { folders }: Plan, onStep?: () => void): void {
  const move = (from: string, to: string): void => {
    onStep?.();
    mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
    renameSync(from, to);
  };
  for (const { dir, staged, kept, old, new: fresh } of folders) {
    // What is kept already was moved before the cut; what lies in its place by now is new.
    for (const name of old)
      if (existsSync(join(dir, name)) && !existsSync(join(kept, name))) move(join(dir, name), join(kept, name));
    for (const name of fresh) if (existsSync(join(staged, name))) move(join(staged, name), join(dir, name));
    const touched = [...old, ...fresh].map((name) => dirname(join(dir, name)));
    for (const folder of new Set([dir, ...touched])) if (existsSync(folder)) syncFolder(folder);
  }
  onStep?.();
  rmSync(join(dataDir, PLAN), { force: true });
  syncFolder(dataDir);
  for (const { staged } of folders) rmSync(staged, { recursive: true, force: true });
}

function syncFolder(dir: string): void {
  const handle = openSync(dir, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
