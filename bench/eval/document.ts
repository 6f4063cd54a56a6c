// docs/reference/detection-quality.md: an introduction that people write, and one section per corpus that `npm run eval` writes.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceSection } from '../section.ts';

export const DOCUMENT = join(import.meta.dirname, '..', '..', 'docs', 'reference', 'detection-quality.md');

export type CorpusName = 'own' | 'development';

/** How each corpus is called in reports. */
export const CORPORA: Readonly<Record<CorpusName, string>> = {
  own: 'The corpus in `test/corpus`, recorded from software that the tests install',
  development: 'The development corpus (recorded traffic of real software)',
};

/** Writes the section of a corpus into the document. */
export function writeSection(name: CorpusName, section: string): void {
  writeFileSync(DOCUMENT, replaceSection(readFileSync(DOCUMENT, 'utf8'), `eval ${name}`, section));
}
