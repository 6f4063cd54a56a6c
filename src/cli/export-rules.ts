// `daylight rules export`: the rule pack in a form that other software reads. So far one: Sigma rules over the stored events.

import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { type SigmaRule, toSigma } from '../engine/rules/sigma.ts';
import { DaylightError } from '../errors.ts';
import { loadSnapshotSource } from '../load.ts';
import { type CommonOptions, configOf } from './command.ts';
import { print, printJson } from './output.ts';

interface Exported {
  /** File name, as that of the rule it is made from. */
  file: string;
  rule: SigmaRule;
}

export function exportRules(options: CommonOptions & { format: string; out?: string }): void {
  if (options.format !== 'sigma') {
    throw new DaylightError('ERR_USAGE', `--format ${JSON.stringify(options.format)}: the only format is sigma`);
  }
  const exported = sigmaRules(configOf(options).rules);
  if (options.out !== undefined) {
    const folder = resolve(options.out);
    writeRules(folder, exported);
    if (options.json) printJson({ folder, files: exported.map(({ file }) => file) });
    else print(`${exported.length} Sigma rules written to ${folder}.`);
  } else if (options.json) for (const { rule } of exported) printJson(rule);
  else
    print(
      exported
        .map(({ rule }) => sigmaText(rule))
        .join('---\n')
        .trimEnd(),
    );
}

/** The rules of a folder as Sigma rules; deprecated ones are left out, as they are not tried. */
export function sigmaRules(rulesDir: string): Exported[] {
  const { source, ruleFiles } = loadSnapshotSource(rulesDir);
  return source.rules
    .filter(({ status }) => status !== 'deprecated')
    .map((rule) => ({ file: basename(ruleFiles.get(rule.id) ?? `${rule.id}.yml`), rule: toSigma(rule, sha1) }));
}

/** A Sigma rule as the text of its file. */
export function sigmaText(rule: SigmaRule): string {
  // No anchors for lists that occur twice: few readers of Sigma know them.
  return stringify(rule, { lineWidth: 120, aliasDuplicateObjects: false });
}

function writeRules(folder: string, exported: readonly Exported[]): void {
  try {
    mkdirSync(folder, { recursive: true });
    for (const { file, rule } of exported) writeFileSync(join(folder, file), sigmaText(rule));
  } catch (cause) {
    throw new DaylightError('ERR_USAGE', `--out ${folder}: cannot be written (${(cause as Error).message})`, { cause });
  }
}

function sha1(bytes: Uint8Array): Uint8Array {
  return createHash('sha1').update(bytes).digest();
}
