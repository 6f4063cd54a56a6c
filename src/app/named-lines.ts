// The lines of texts that people keep (policy, configuration, lists of addresses, saved samples) that name a person: for them to change.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface NamedLine {
  /** `FILE:LINE` */
  where: string;
  text: string;
}

/** In the order of the files; those that are not there have none. */
export function namedLines(files: readonly string[], isNamedIn: (text: string) => boolean): NamedLine[] {
  return files.flatMap((file) =>
    (textOf(file) ?? '')
      .split('\n')
      .map((line, index) => ({ where: `${file}:${index + 1}`, text: line.trim() }))
      .filter(({ text }) => isNamedIn(text)),
  );
}

/** YAML files of a folder and of those below it. */
export function yamlBelow(folder: string): string[] {
  try {
    const found = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    return found
      .filter((name) => /\.ya?ml$/.test(name))
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
