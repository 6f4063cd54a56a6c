// Changes a DLP profile in `local/dlp.yml`: confidence and count from which findings count, and what happens then, for each direction.
// Comments and order stay; what would not be valid is not written. Which detectors a profile has, and for whom it is, is edited by hand.

import { join } from 'node:path';
import { isMap, isScalar, parseDocument } from 'yaml';
import { parseText } from '../document.ts';
import type { Profile } from '../engine/dlp/schema.ts';
import { DaylightError } from '../errors.ts';
import { loadDlp } from '../load-dlp.ts';
import { readVersion, replaceFiles, whileLocked } from '../replace-files.ts';
import { listIn, maps, type PolicyChange, render, update } from './policy-document.ts';

export type ProfileSettings = { [K in 'threshold' | 'count' | 'request' | 'response']?: Profile[K] | undefined };

const DLP = 'dlp.yml';

/** @throws DaylightError ERR_POLICY_INVALID if there is no such profile, or the file would not be valid; nothing is written then */
export function setDlpProfile(rules: string, id: string, settings: ProfileSettings): Promise<PolicyChange> {
  const folder = join(rules, 'local');
  return whileLocked(folder, async () => {
    const read = await readVersion(folder, DLP);
    const original = read.text ?? '';
    // What is broken already must be mended by hand: editing it would guess.
    loadDlp(rules, parseText(join(folder, DLP), original));
    const document = parseDocument(original);
    const profiles = isMap(document.contents) ? maps(listIn(document, 'profiles')) : [];
    const profile = profiles.find((item) => item.get('id') === id);
    if (!profile) {
      const known = profiles.map((item) => String(item.get('id'))).join(', ') || 'none';
      throw new DaylightError('ERR_POLICY_INVALID', `there is no profile ${JSON.stringify(id)}; there are: ${known}`);
    }
    const before = JSON.stringify(profile.toJSON());
    update(document, profile, settings);
    // For programs that read the file by YAML 1.1, where it is false.
    for (const { value } of profile.items) if (isScalar(value) && value.value === 'off') value.type = 'QUOTE_SINGLE';
    const after = JSON.stringify(profile.toJSON());
    const done = { action: 'dlp-profile', object: id, before, after } as const;
    if (before === after) return { ...done, files: [] };
    const text = render(document, original);
    loadDlp(rules, parseText(join(folder, DLP), text));
    if (await replaceFiles(folder, [{ read, text }])) return { ...done, files: [join(folder, DLP)] };
    throw new DaylightError('ERR_POLICY_INVALID', `${join(folder, DLP)}: was changed by somebody else just now; try again`);
  });
}
