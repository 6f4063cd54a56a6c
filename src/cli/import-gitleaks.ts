// `daylight dlp import`: detectors out of the rules of other software. So far one: gitleaks.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { parse } from 'smol-toml';
import { stringify } from 'yaml';
import { detectorsFromGitleaks, type ImportedDetectors } from '../engine/dlp/gitleaks.ts';
import type { Detector } from '../engine/dlp/schema.ts';
import { DaylightError } from '../errors.ts';
import { bareCommand, type CommonOptions, group } from './command.ts';
import { note, paint, print, printJson } from './output.ts';
import { readInput } from './read-input.ts';

const ORIGIN = `# Converted by "daylight dlp import gitleaks". The pattern and the description are those of the gitleaks configuration that was
# imported; gitleaks is published under the MIT licence (https://github.com/gitleaks/gitleaks).
`;

export function importCommand(): Command {
  return group('import', 'make detectors from the rules of other software', [
    bareCommand('gitleaks', 'convert a gitleaks configuration (TOML), which you bring; one file a rule')
      .argument('<file>', 'the configuration, e.g. gitleaks.toml; - for standard input')
      .requiredOption('--out <folder>', 'where the detectors go; the appliance reads rules/local/dlp')
      .option('--force', 'overwrite files that were changed since the last import')
      .action(importGitleaks),
  ]);
}

function importGitleaks(file: string, options: CommonOptions & { out: string; force?: boolean }): void {
  const { detectors, skipped, notes } = convert(file, readInput(file));
  const folder = resolve(options.out);
  const kept = write(folder, detectors, options.force === true);
  const written = detectors.length - kept.length;
  if (options.json) {
    printJson({ folder, detectors: detectors.map(({ id }) => id), kept, skipped, notes });
    return;
  }
  for (const { id, why } of skipped) print(`${paint('yellow', 'skipped')} ${id}: ${why}`);
  for (const { id, what } of notes) print(`${paint('yellow', 'note')} ${id}: ${what}`);
  for (const id of kept) print(`${paint('yellow', 'kept')} ${id}: its file is another one; --force overwrites it`);
  print(`${written} detectors written to ${folder}; ${skipped.length} rules skipped.`);
  note('They have no samples. Add some, and look with "daylight dlp scan" before a profile redacts or blocks.');
}

function convert(file: string, text: string): ImportedDetectors {
  try {
    return detectorsFromGitleaks(parse(text));
  } catch (cause) {
    const [why] = (cause as Error).message.split('\n');
    throw new DaylightError('ERR_USAGE', `${file}: ${why}`, { cause });
  }
}

/** @returns ids of detectors whose file somebody has edited: it stays as it is. */
function write(folder: string, detectors: readonly Detector[], force: boolean): string[] {
  const kept: string[] = [];
  try {
    mkdirSync(folder, { recursive: true });
    for (const detector of detectors) {
      const file = join(folder, `${detector.id}.yml`);
      const text = textOf(detector);
      if (!force && existsSync(file) && readFileSync(file, 'utf8') !== text) kept.push(detector.id);
      else writeFileSync(file, text);
    }
    return kept;
  } catch (cause) {
    throw new DaylightError('ERR_USAGE', `--out ${folder}: cannot be written (${(cause as Error).message})`, { cause });
  }
}

/** A detector as a person would write it: what is as by default is left out. */
function textOf(detector: Detector): string {
  const { id, title, description, family, severity, origin, patterns, anchors, reach, entropy, allow } = detector;
  const fields = { id, title, description, family, severity, origin, patterns, anchors, reach, entropy };
  const shown = allow.length > 0 ? { ...fields, allow } : fields;
  return ORIGIN + stringify(shown, { lineWidth: 0, aliasDuplicateObjects: false });
}
