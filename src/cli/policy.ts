// `daylight policy`: the history of policy. `history` lists the versions with what each changed, `show` prints the lines that a
// version changed, `rollback` puts the files of a version back, which makes a new version.

import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { diffLines } from '../diff-lines.ts';
import { DaylightError } from '../errors.ts';
import { comparePolicy, describeChange, type EntryChange, summarizeSide } from '../policy-files/policy-changes.ts';
import { POLICY_NAMES, type PolicyTexts, readPolicyTexts, restorePolicyTexts } from '../policy-files/policy-texts.ts';
import type { PolicyHistory, PolicyVersion } from '../policy-files/policy-version.ts';
import { openPolicyHistory } from '../store/policy-history.ts';
import { changePolicy } from './change-policy.ts';
import { type CommonOptions, command, configOf, group } from './command.ts';
import { note, paint, print, printJson, timestamp, visible } from './output.ts';
import { parseCount } from './values.ts';

export function policyCommand(): Command {
  return group('policy', 'the history of policy: who changed what, and the way back', [
    command('history', 'list the versions of policy, newest first')
      .option('--limit <n>', 'at most so many', '20')
      .action(listHistory),
    command('show', 'show what a version changed, line by line').argument('<number>', 'as history shows it').action(show),
    command('rollback', 'put the files of a version back; a running appliance follows at once')
      .argument('<number>', 'as history shows it')
      .requiredOption('--comment <text>', 'why')
      .action(rollback),
  ]);
}

function listHistory(options: CommonOptions & { limit: string }): void {
  const limit = parseCount(options.limit, '--limit', 1_000);
  withHistory(configOf(options), (history) => {
    const versions = history.list(limit);
    if (versions.length === 0 && !options.json) print('There is no history yet: it begins with the first change.');
    for (const version of versions) {
      const { number, time, id, actor, action, object, reason } = version;
      const changes = changesOf(history, version).map(describeChange);
      if (options.json) printJson({ number, time, id, actor, action, object, reason, changes });
      else {
        const why = reason ? `: ${visible(reason)}` : '';
        print(`${paint('bold', String(number))}  ${timestamp(time)} UTC  ${visible(actor)}  ${action}${why}`);
        for (const change of changes) print(`    ${visible(change)}`);
      }
    }
  });
}

function show(number: string, options: CommonOptions): void {
  withHistory(configOf(options), (history) => {
    const version = find(history, number);
    const before = history.before(version.number)?.texts ?? {};
    const { time, id, actor, action, object, reason, texts } = version;
    if (options.json) {
      const changes = changesOf(history, version);
      return printJson({ number: version.number, time, id, actor, action, object, reason, changes, texts });
    }
    print(
      `Version ${version.number} of ${timestamp(time)} UTC by ${visible(actor)}, ${action}${reason ? `: ${visible(reason)}` : ''}`,
    );
    for (const name of POLICY_NAMES) printDiff(name, before[name], texts[name]);
  });
}

function printDiff(name: string, before: string | undefined, after: string | undefined): void {
  if (before === after) return;
  const what = before === undefined ? ' (new)' : after === undefined ? ' (removed)' : '';
  print(paint('bold', `\n${name}${what}`));
  for (const { sign, line, text } of diffLines(before ?? '', after ?? '')) {
    const shown = `${String(line).padStart(4)} ${sign} ${visible(text)}`;
    print(sign === ' ' ? shown : paint(sign === '+' ? 'green' : 'red', shown));
  }
}

async function rollback(number: string, options: CommonOptions & { comment: string }): Promise<void> {
  const config = configOf(options);
  const version = withHistory(config, (history) => find(history, number));
  let changes: EntryChange[] = [];
  const change = await changePolicy(
    config,
    async (rules) => {
      const before = await readPolicyTexts(rules);
      const files = await restorePolicyTexts(rules, version.texts);
      changes = comparePolicy(before, version.texts);
      const sides = { before: summarizeSide(changes, 'before'), after: summarizeSide(changes, 'after') };
      return { action: 'rollback', object: String(version.number), ...sides, files };
    },
    options.comment,
  );
  if (options.json) return printJson(change);
  if (change.files.length === 0) return print(`Policy is as in version ${version.number} already.`);
  print(`Policy is as in version ${version.number} again. Written to ${change.files.join(', ')}.`);
  for (const each of changes) print(`  ${visible(describeChange(each))}`);
}

function changesOf(history: PolicyHistory, version: PolicyVersion): EntryChange[] {
  const nothing: PolicyTexts = {};
  return comparePolicy(history.before(version.number)?.texts ?? nothing, version.texts);
}

/** @throws DaylightError ERR_USAGE */
function find(history: PolicyHistory, text: string): PolicyVersion {
  const version = history.get(parseCount(text, 'version', Number.MAX_SAFE_INTEGER));
  if (version) return version;
  throw new DaylightError('ERR_USAGE', `there is no version ${text}; "daylight policy history" lists them`);
}

function withHistory<T>(config: Config, use: (history: PolicyHistory) => T): T {
  const history = openPolicyHistory(config.data, { onBroken: note });
  try {
    return use(history);
  } finally {
    history.close();
  }
}
