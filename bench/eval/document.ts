// docs/reference/detection-quality.md: an introduction that people write, and one section per corpus that `npm run eval` writes.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const DOCUMENT = join(import.meta.dirname, '..', '..', 'docs', 'reference', 'detection-quality.md');

export type CorpusName = 'own' | 'development';

/** How each corpus is called in reports. */
export const CORPORA: Readonly<Record<CorpusName, string>> = {
  own: 'The corpus in `test/corpus`, recorded from software that the tests install',
  development: 'The development corpus (recorded traffic of real software)',
};

/**
 * Replaces the section of a corpus between its two marks.
 *
 * @throws Error if the marks are missing.
 */
export function replaceSection(text: string, name: CorpusName, section: string): string {
  const [begin, end] = [`<!-- eval ${name} begin -->`, `<!-- eval ${name} end -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from)
    throw new Error(`The document has no marks ${begin} and ${end}; put them where the section belongs.`);
  return `${text.slice(0, from + begin.length)}\n${section.trim()}\n${text.slice(to)}`;
}

/** Writes the section of a corpus into the document. */
export function writeSection(name: CorpusName, section: string): void {
  writeFileSync(DOCUMENT, replaceSection(readFileSync(DOCUMENT, 'utf8'), name, section));
}
