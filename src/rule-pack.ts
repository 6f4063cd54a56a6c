// The rule pack as it lies on the disk: everything below `rules` that Daylight ships, which is all but `local`. Kept by store/rule-packs.ts.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { filesIn } from './document.ts';

export interface RulePack {
  /** Of the content: packs with the same texts have the same; 16 hexadecimal digits. */
  id: string;
  /** The newest date in its rules, such as 2026-11-20; '' if they have none. */
  version: string;
  /** Texts by path below `rules`. */
  texts: Readonly<Record<string, string>>;
}

export interface KeptPack extends RulePack {
  /** Counts up and is never used again. */
  number: number;
  /** When it was first in force, epoch milliseconds. */
  time: number;
  /** Version of Daylight that ran it. */
  daylight: string;
}

export interface RulePacks {
  /** Newest first. */
  list(): KeptPack[];
  /** The pack of a number, and the one before it, of those that are kept. */
  get(number: number): { pack: KeptPack; before: KeptPack | undefined } | undefined;
  /** Keeps a pack, unless it is the newest already. @returns both, if it was kept */
  keep(pack: RulePack, daylight: string, time: number): { pack: KeptPack; before: KeptPack | undefined } | undefined;
  close(): void;
}

const FOLDERS = ['mcp', 'dlp', ''];
const DATE = /^(?:date|modified): *['"]?(\d{4}-\d{2}-\d{2})/gm;

/** Reads the shipped files. One that vanishes meanwhile is left out. */
export function readRulePack(rules: string): RulePack {
  const texts: Record<string, string> = {};
  for (const file of FOLDERS.flatMap((folder) => filesIn(join(rules, folder)))) {
    const text = textOf(file);
    if (text !== undefined) texts[relative(rules, file)] = text;
  }
  return packOf(texts);
}

export function packOf(texts: Readonly<Record<string, string>>): RulePack {
  const sorted = Object.entries(texts).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const id = createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 16);
  const dates = sorted.flatMap(([, text]) => [...text.matchAll(DATE)].map(([, date]) => date!));
  return { id, version: dates.sort().at(-1) ?? '', texts: Object.fromEntries(sorted) };
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
