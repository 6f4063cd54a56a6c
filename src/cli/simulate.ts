// `daylight simulate`: what another policy would have blocked in the stored history, and for whom. Exit status 2 when something would
// be blocked that is not blocked now.

import type { Command } from 'commander';
import type { HttpFlowEvent } from '../engine/event.ts';
import type { Mode } from '../engine/policy/schema.ts';
import { DaylightError } from '../errors.ts';
import { simulatePolicy } from '../policy-files/simulate-policy.ts';
import { createPseudonyms } from '../store/emit.ts';
import { readHistory } from '../store/history.ts';
import { loadInstallationKey } from '../store/installation-key.ts';
import { type CommonOptions, command, configOf, EXIT } from './command.ts';
import { note, print, printJson } from './output.ts';
import { simulationReport } from './simulation-report.ts';
import { withStore } from './store-session.ts';
import { parseCount, parseTime } from './values.ts';

interface SimulateOptions extends CommonOptions {
  mode?: string;
  policy: string[];
  since: string;
  until?: string;
  at?: string;
  user?: string;
  server?: string;
  limit: string;
}

const PROGRESS_MS = 3_000;

export function simulateCommand(): Command {
  return command('simulate', 'say what another policy would have blocked; exit status 2 if something that is not blocked now')
    .argument(
      '[target]',
      'what the mode is for: a rule id, a tag, a traffic class, or default; everything that has a mode if absent',
    )
    .option('--mode <mode>', 'off, log or block: try this mode for the target')
    .option('--policy <path>', 'try this folder in place of rules/local, or this file of it; may be repeated', collect, [])
    .option('--since <time>', 'from then on, e.g. 24h, 14d or 2026-11-01', '14d')
    .option('--until <time>', 'up to then')
    .option(
      '--at <time>',
      'try the policy as of this moment, e.g. when a dated line is in force; else each event as of its own time',
    )
    .option('--user <name>', 'report this user only')
    .option('--server <url>', 'report this server only, as "servers list" shows it')
    .option('--limit <n>', 'lines of each list', '10')
    .action(simulate);
}

function collect(path: string, before: string[]): string[] {
  return [...before, path];
}

async function simulate(target: string | undefined, options: SimulateOptions): Promise<void> {
  const mode = modeOf(options, target);
  const config = configOf(options);
  const since = parseTime(options.since, '--since');
  const until = options.until === undefined ? undefined : parseTime(options.until, '--until', 'end');
  const at = options.at === undefined ? undefined : parseTime(options.at, '--at');
  const limit = parseCount(options.limit, '--limit', 1_000);
  const result = await withStore(config, ({ reader }) =>
    simulatePolicy(config.rules, readHistory(reader, { since, until }), {
      ...{ mode, target, files: options.policy, at, limit },
      pseudonym: config.store.pseudonymise ? createPseudonyms(loadInstallationKey(config.data)) : undefined,
      reports: (event) =>
        (options.user === undefined || event.user_id === options.user) &&
        (options.server === undefined || event.server_key === options.server),
      onPage: progressTo(since, until ?? Date.now()),
    }),
  );
  if (options.json)
    printJson({
      mode: mode ?? '',
      target: target ?? '',
      policy: options.policy,
      since,
      until: until ?? 0,
      at: at ?? 0,
      ...result,
    });
  else
    for (const line of simulationReport(result, { mode, target, files: options.policy, since: options.since, at: options.at }))
      print(line);
  if (result.newly_blocked.requests > 0) process.exitCode = EXIT.findings;
}

function modeOf({ mode, policy, at }: SimulateOptions, target: string | undefined): Mode | undefined {
  if (mode === 'off' || mode === 'log' || mode === 'block') return mode;
  if (mode !== undefined) throw new DaylightError('ERR_USAGE', `--mode ${JSON.stringify(mode)}: must be off, log or block`);
  if (target !== undefined)
    throw new DaylightError('ERR_USAGE', `${JSON.stringify(target)}: say which mode to try for it, e.g. --mode block`);
  if (policy.length === 0 && at === undefined) {
    const ways = '--mode block, --policy with a folder or file, or --at with the date of a line that is to come';
    throw new DaylightError('ERR_USAGE', `say what to try: ${ways}`);
  }
  return undefined;
}

/** Says on a terminal how far it has come, when that takes long. */
function progressTo(from: number, to: number): (page: readonly HttpFlowEvent[]) => void {
  let next = Date.now() + PROGRESS_MS;
  let events = 0;
  return (page) => {
    events += page.length;
    if (!process.stderr.isTTY || Date.now() < next) return;
    next = Date.now() + PROGRESS_MS;
    const share = ((page.at(-1)?.ts ?? from) - from) / Math.max(1, to - from);
    note(`${events} events, ${Math.round(100 * share)} % of the time span`);
  };
}
