// `daylight pause` and `daylight resume`: protection off for a while. Everything is still seen and recorded; nothing is blocked,
// redacted or hidden. It ends by itself, whether or not the appliance is reached then.

import type { Command } from 'commander';
import { pauseProtection, resumeProtection } from '../policy-files/policy-modes.ts';
import { actor } from './audit.ts';
import { changePolicy } from './change-policy.ts';
import { type CommonOptions, command, configOf } from './command.ts';
import { print, printJson } from './output.ts';
import { parseSpan } from './values.ts';

const LONGEST_MS = 24 * 3_600_000;

export function pauseCommand(): Command {
  return command(
    'pause',
    'protection off for a while: nothing is blocked, redacted or hidden; a running appliance follows at once',
  )
    .argument('<span>', 'how long, e.g. 10m or 2h; at most 24h')
    .requiredOption('--comment <text>', 'why')
    .action(pause);
}

export function resumeCommand(): Command {
  return command('resume', 'protection on again before a pause is over').option('--comment <text>', 'why').action(resume);
}

async function pause(span: string, options: CommonOptions & { comment: string }): Promise<void> {
  const length = parseSpan(span, 'span', LONGEST_MS);
  const until = new Date(Date.now() + length).toISOString().replace(/\.\d+Z$/, 'Z');
  const pause = { until, comment: options.comment, by: actor() };
  const change = await changePolicy(configOf(options), (rules) => pauseProtection(rules, pause), options.comment);
  if (options.json) printJson(change);
  else print(`Protection is paused until ${until}. "daylight resume" ends it sooner.`);
}

async function resume(options: CommonOptions & { comment?: string }): Promise<void> {
  const change = await changePolicy(configOf(options), resumeProtection, options.comment);
  if (options.json) printJson(change);
  else print('Protection is on again.');
}
