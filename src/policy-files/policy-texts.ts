// The files of local policy as texts: what the history of policy keeps, compares and puts back.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { parseText } from '../document.ts';
import { DaylightError } from '../errors.ts';
import { loadDlp } from '../load-dlp.ts';
import { type Replacement, readVersion, replaceFiles, whileLocked } from '../replace-files.ts';
import { POLICY_FILES, parsePolicy } from './load-policy.ts';

const DLP = 'dlp.yml';

/** Names below `<rules>/local`. */
export const POLICY_NAMES: readonly string[] = [...Object.values(POLICY_FILES), DLP];

/** Texts by file name. A file that is missing has none. */
export type PolicyTexts = Readonly<Record<string, string>>;

/** What the files hold now. @throws DaylightError ERR_POLICY_INVALID if one cannot be read */
export async function readPolicyTexts(rules: string): Promise<PolicyTexts> {
  const versions = await Promise.all(POLICY_NAMES.map((name) => readVersion(join(rules, 'local'), name)));
  return Object.fromEntries(versions.flatMap(({ name, text }) => (text === undefined ? [] : [[name, text]])));
}

/** The same for the same texts, 16 hexadecimal digits. */
export function contentId(texts: PolicyTexts): string {
  const content = JSON.stringify(POLICY_NAMES.map((name) => texts[name] ?? null));
  return createHash('sha256').update(content).digest('hex').slice(0, 16);
}

/**
 * Puts texts back, those that differ from what is there, after they were checked as a whole.
 *
 * @returns the files that were written or removed.
 * @throws DaylightError ERR_POLICY_INVALID if they are no valid policy (any more); nothing is written then.
 */
export function restorePolicyTexts(rules: string, texts: PolicyTexts): Promise<string[]> {
  const folder = join(rules, 'local');
  return whileLocked(folder, async () => {
    const document = (name: string) => parseText(join(folder, name), texts[name] ?? '');
    const { approved, modes, exceptions, groups, passthrough } = POLICY_FILES;
    parsePolicy(
      {
        approved: document(approved),
        modes: document(modes),
        exceptions: document(exceptions),
        groups: document(groups),
        passthrough: document(passthrough),
      },
      [],
      0,
    );
    loadDlp(rules, document(DLP));
    const versions = await Promise.all(POLICY_NAMES.map((name) => readVersion(folder, name)));
    const changes = versions
      .map((read): Replacement => ({ read, text: texts[read.name] }))
      .filter(({ read, text }) => read.text !== text);
    if (await replaceFiles(folder, changes)) return changes.map(({ read }) => join(folder, read.name));
    throw new DaylightError('ERR_POLICY_INVALID', `${folder}: a file was changed by somebody else just now; try again`);
  });
}
