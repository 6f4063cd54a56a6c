// Where the rules in force differ from the pack as it is shipped: rules and detectors of one's own, modes that a line of policy gives a
// rule, rules that are switched off, and exceptions that name one. Policy decides all of that; the shipped files are the same everywhere.

import { relative } from 'node:path';
import { type RuleMode, ruleModeForAll } from '../engine/policy/rule-mode.ts';
import type { LoadedSource } from '../load.ts';
import type { PackDifference } from './api/shapes.ts';

const MODES = 'local/modes.yml';

/** @param now epoch milliseconds: dated modes count from their day on */
export function packDifferences(
  { source, ruleFiles, detectorFiles }: LoadedSource,
  rules: string,
  now: number,
): PackDifference[] {
  const isOwn = (file: string | undefined) => file !== undefined && relative(rules, file).startsWith('local');
  const fileOf = (file: string | undefined) => (file === undefined ? '' : relative(rules, file));
  const found = new Map<string, PackDifference>();
  // A line about a class is one difference, not one for each of its rules.
  const add = (kind: PackDifference['kind'], { id, title }: { id: string; title: string }, text: string, file: string): void => {
    const key = JSON.stringify([kind, text, file]);
    const known = found.get(key);
    if (known) known.about.push({ id, title });
    else found.set(key, { kind, text, file, about: [{ id, title }] });
  };
  for (const rule of source.rules) {
    const file = ruleFiles.get(rule.id);
    if (isOwn(file)) add('own-rule', rule, rule.traffic, fileOf(file));
    const { mode, from, after } = ruleModeForAll(rule, source.policy, now);
    if (from.step !== 'default-mode') add(mode === 'off' ? 'switched-off' : 'mode', rule, `${mode}, ${lineOf(from)}`, MODES);
    for (const next of after) add('mode', rule, `${next.mode} from ${next.from}`, MODES);
    const exceptions = source.policy.exceptions.exceptions.filter((entry) => entry.rule === rule.id).length;
    if (exceptions > 0) add('excepted', rule, String(exceptions), 'local/exceptions.yml');
  }
  for (const detector of source.dlp?.detectors ?? []) {
    const file = detectorFiles.get(detector.id);
    if (isOwn(file)) add('own-detector', detector, '', fileOf(file));
  }
  return [...found.values()];
}

function lineOf({ step, id }: RuleMode['from']): string {
  if (step === 'rule-mode') return 'by a line of its own';
  return step === 'tag-mode' ? `by the line of tag ${id}` : `by the line of class ${id}`;
}
