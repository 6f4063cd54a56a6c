// The policy that `simulate` is to try: the present one with files of a folder or single files in place of its own, then with a mode
// set as `rules mode` would set it, or with any other change made. Everything happens in a copy; the policy in force is not touched.

import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Mode, ModeEntry, Policy } from '../engine/policy/schema.ts';
import type { Rule } from '../engine/rules/schema.ts';
import { DaylightError } from '../errors.ts';
import { loadPolicy, POLICY_FILES } from './load-policy.ts';
import { modeTarget, setMode } from './policy-modes.ts';

export interface Proposal {
  mode?: Mode | undefined;
  /** As `rules mode` takes it; everything if absent. */
  target?: string | undefined;
  /** Folders like rules/local, which replace all of policy, and files, which replace those of the same name. */
  files?: readonly string[];
  /** The same as texts, by name of the file. */
  texts?: Readonly<Record<string, string>>;
  /** A change that is asked for, made in a copy of the folder of rules and policy. */
  edit?: ((rules: string) => Promise<unknown>) | undefined;
}

const NAMES: readonly string[] = Object.values(POLICY_FILES);

/** @throws DaylightError ERR_USAGE, ERR_POLICY_INVALID naming the proposed files. */
export async function proposedPolicy(
  rulesDir: string,
  rules: readonly Rule[],
  { mode, target, files = [], texts = {}, edit }: Proposal,
): Promise<Policy> {
  const copy = mkdtempSync(join(tmpdir(), 'daylight-simulate-'));
  const local = join(copy, 'local');
  try {
    mkdirSync(local);
    const origins = layOut(join(rulesDir, 'local'), files);
    for (const [name, origin] of origins) copyFileSync(origin, join(local, name));
    for (const [name, text] of Object.entries(texts)) {
      if (!NAMES.includes(name)) throw new DaylightError('ERR_USAGE', `policy ${name}: must be one of ${NAMES.join(', ')}`);
      writeFileSync(join(local, name), text);
      origins.set(name, name);
    }
    try {
      await edit?.(copy);
      if (mode !== undefined && target !== undefined) await setMode(copy, modeTarget(target, rules), mode);
      const { policy } = loadPolicy(copy, rules, Date.now());
      return mode !== undefined && target === undefined ? everywhere(policy, mode) : policy;
    } catch (error) {
      throw error instanceof DaylightError ? inPlaceOf(error, local, origins) : error;
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Which file is used under which name. */
function layOut(present: string, files: readonly string[]): Map<string, string> {
  const origins = filesOf(present);
  for (const file of files) {
    if (!existsSync(file)) throw new DaylightError('ERR_USAGE', `--policy ${file}: there is no such file or folder`);
    if (statSync(file).isDirectory()) {
      const found = filesOf(file);
      if (found.size === 0)
        throw new DaylightError('ERR_USAGE', `--policy ${file}: the folder must hold some of ${NAMES.join(', ')}`);
      origins.clear();
      for (const [name, origin] of found) origins.set(name, origin);
    } else if (NAMES.includes(basename(file))) origins.set(basename(file), file);
    else
      throw new DaylightError(
        'ERR_USAGE',
        `--policy ${file}: the file must be named ${NAMES.join(', ')}, as the one it replaces`,
      );
  }
  return origins;
}

function filesOf(folder: string): Map<string, string> {
  return new Map(NAMES.map((name): [string, string] => [name, join(folder, name)]).filter(([, file]) => existsSync(file)));
}

/** The default and every line, as if what is weaker now were `mode`; `log` takes blocks back, `off` everything. */
function everywhere(policy: Policy, mode: Mode): Policy {
  const changed = (present: Mode): Mode => {
    if (mode === 'block') return present === 'log' ? 'block' : present;
    if (mode === 'log') return present === 'block' ? 'log' : present;
    return 'off';
  };
  const modes = policy.modes.modes.map((entry): ModeEntry => ({ ...entry, mode: changed(entry.mode) }));
  return { ...policy, modes: { ...policy.modes, default: changed(policy.modes.default), modes } };
}

/** The error with the names of the files that people know. */
function inPlaceOf(error: DaylightError, local: string, origins: ReadonlyMap<string, string>): DaylightError {
  let { message } = error;
  for (const [name, origin] of origins) message = message.replaceAll(join(local, name), origin);
  return new DaylightError(error.code, message, { cause: error });
}
