// `daylight exceptions`: dated ways out of a block.

import type { Command } from 'commander';
import { endOf } from '../engine/policy/date.ts';
import { DaylightError } from '../errors.ts';
import { loadSnapshotSource } from '../load.ts';
import { addException, listExceptions, removeException } from '../policy-files/policy-file.ts';
import { modeTarget } from '../policy-files/policy-modes.ts';
import { actor } from './audit.ts';
import { changePolicy } from './change-policy.ts';
import { type CommonOptions, command, configOf, group } from './command.ts';
import { print, printJson, table } from './output.ts';

interface AddOptions extends CommonOptions {
  rule?: string;
  host?: string;
  user?: string;
  until: string;
  comment: string;
}

export function exceptionsCommand(): Command {
  return group('exceptions', 'dated ways out of a block', [
    command('add', 'add an exception; at least one of --rule, --host, --user')
      .option('--rule <id>', 'for this rule (id or its unique beginning)')
      .option('--host <name>', 'for this host, or *.suffix')
      .option('--user <name>', 'for this user')
      .requiredOption('--until <date>', 'expires after this day, e.g. 2027-01-31')
      .requiredOption('--comment <text>', 'why')
      .action(add),
    command('list', 'list the exceptions').action(list),
    command('remove', 'remove an exception')
      .argument('<id>', 'as list shows it')
      .option('--comment <text>', 'why')
      .action(remove),
  ]);
}

async function add(options: AddOptions): Promise<void> {
  const config = configOf(options);
  const { host, user, until, comment } = options;
  const rule = options.rule === undefined ? undefined : ruleId(options.rule, config.rules);
  const exception = { rule, host, user, until, comment, by: actor() };
  const change = await changePolicy(config, (rules) => addException(rules, exception), comment);
  if (options.json) printJson(change);
  else print(`${change.object}: added until ${until}. Written to ${change.files.join(', ')}.`);
}

function ruleId(text: string, rules: string): string {
  const target = modeTarget(text, loadSnapshotSource(rules).source.rules);
  if ('rule' in target) return target.rule;
  throw new DaylightError(
    'ERR_USAGE',
    `--rule ${JSON.stringify(text)}: an exception names one rule; for a whole class use "rules mode"`,
  );
}

async function list(options: CommonOptions): Promise<void> {
  const now = Date.now();
  const exceptions = (await listExceptions(configOf(options).rules)).map((each) => ({
    ...each,
    expired: endOf(each.until) <= now,
  }));
  if (options.json) for (const exception of exceptions) printJson(exception);
  else if (exceptions.length === 0) print('There are no exceptions.');
  else {
    const rows = exceptions.map(({ id, rule, host, user, until, expired, by, comment }) => {
      const what = [rule && `rule ${rule.slice(0, 8)}`, host && `host ${host}`, user && `user ${user}`]
        .filter(Boolean)
        .join(', ');
      return [id, what, `${until}${expired ? ' (expired)' : ''}`, by, comment];
    });
    print(table(['id', 'for', 'until', 'by', 'comment'], rows));
  }
}

async function remove(id: string, options: CommonOptions & { comment?: string }): Promise<void> {
  const config = configOf(options);
  const change = await changePolicy(config, (rules) => removeException(rules, id), options.comment);
  if (options.json) printJson(change);
  else print(`${id}: removed. Written to ${change.files.join(', ')}.`);
}
