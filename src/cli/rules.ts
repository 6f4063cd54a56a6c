// `daylight rules`: the rule pack. `list` shows each rule with the mode that policy gives it, `test` runs the samples that
// rules carry and judges recorded benign traffic, `mode` changes policy, `export` is in export-rules.ts.

import { join } from 'node:path';
import type { Command } from 'commander';
import { INSTALL_DIR } from '../config.ts';
import { decide } from '../engine/decide.ts';
import { type RuleMode, ruleModeForAll } from '../engine/policy/rule-mode.ts';
import { emptyPolicy } from '../engine/policy/schema.ts';
import { runRuleSamples } from '../engine/rules/samples.ts';
import { compileSnapshot } from '../engine/snapshot.ts';
import { DaylightError } from '../errors.ts';
import { loadSnapshotSource } from '../load.ts';
import { type ModeOptions, modeTarget, setMode } from '../policy-files/policy-modes.ts';
import { actor } from './audit.ts';
import { judgeBenignCorpus } from './benign-corpus.ts';
import { changePolicy } from './change-policy.ts';
import { type CommonOptions, command, configOf, EXIT, group } from './command.ts';
import { exportRules } from './export-rules.ts';
import { paint, print, printJson, table } from './output.ts';
import { splitNames } from './values.ts';

/** Recorded from software that Daylight's tests run. */
const BENIGN = join(INSTALL_DIR, 'test/corpus/not-mcp');

export function rulesCommand(): Command {
  return group('rules', 'the rule pack: what is recognised and what happens then', [
    command('list', 'list the rules and their modes').action(list),
    command('test', 'run the samples of every rule, and all rules on recorded benign traffic')
      .argument('[id]', 'only the samples of this rule (id or its beginning)')
      .option('--benign <folder>', 'recordings (HAR) that no rule may name', BENIGN)
      .action(test),
    command('mode', 'set what happens on a match; a running appliance follows at once')
      .argument('<id>', 'rule id (or its unique beginning), tag, traffic class such as shadow, or default')
      .argument('<mode>', 'off, log or block')
      .option('--users <names>', 'only for these users, comma separated', splitNames)
      .option('--groups <names>', 'only for these groups, comma separated', splitNames)
      .option('--networks <cidrs>', 'only for clients in these networks, comma separated', splitNames)
      .option('--hosts <names>', 'only for these destinations, or *.suffix, comma separated', splitNames)
      .option('--canary <share>', 'only for a share of the clients, always the same ones, e.g. 10%')
      .option('--after <date>', 'from this day on, e.g. 2027-01-31; until then nothing changes')
      .option('--until <date>', 'until the end of this day')
      .option('--comment <text>', 'why')
      .action(mode),
    command('export', 'write the rules for other software: Sigma rules over the stored events, for a SIEM')
      .requiredOption('--format <name>', 'sigma')
      .option('--out <folder>', 'one file a rule; without it all rules go to stdout')
      .action(exportRules),
  ]);
}

function list(options: CommonOptions): void {
  const { source } = loadSnapshotSource(configOf(options).rules);
  const rows = source.rules.map((rule) => ({ rule, mode: ruleModeForAll(rule, source.policy, Date.now()) }));
  if (options.json) {
    for (const { rule, mode } of rows) {
      const { id, title, level, traffic, status, tags } = rule;
      printJson({ id, title, level, traffic, status, tags, mode: mode.mode, after: mode.after });
    }
    return;
  }
  const dated = (after: RuleMode['after']) => after.map((each) => ` (${each.mode} from ${each.from})`).join('');
  const cells = rows.map(({ rule, mode }) => [
    rule.id.slice(0, 8),
    rule.traffic,
    rule.level,
    mode.mode + dated(mode.after),
    rule.title,
  ]);
  print(table(['id', 'traffic', 'level', 'mode', 'title'], cells));
}

function test(id: string | undefined, options: CommonOptions & { benign: string }): void {
  const config = configOf(options);
  const { source, warnings, ruleFiles } = loadSnapshotSource(config.rules);
  const chosen = source.rules.filter((rule) => id === undefined || rule.id.startsWith(id));
  if (chosen.length === 0)
    throw new DaylightError('ERR_USAGE', `there is no rule ${JSON.stringify(id)}; "daylight rules list" shows them all`);
  // All rules at once, as they run; without local policy, which may switch rules off.
  const snapshot = compileSnapshot({ rules: source.rules, policy: emptyPolicy() });
  const results = runRuleSamples(chosen, (flow, previous) => decide(flow, snapshot, previous));
  const failed = results.filter((result) => !result.ok);
  const { entries, alarms } = judgeBenignCorpus(options.benign, snapshot, config.proxy.inspect.prefix);
  if (options.json) {
    for (const result of results) printJson({ ...result, file: ruleFiles.get(result.ruleId) });
    for (const alarm of alarms) printJson({ ok: false, expected: 'silent', ...alarm });
  }
  if (!options.json) {
    for (const { ruleId, sample, expected, reason } of failed) {
      const wanted = expected === 'match' ? 'should match and does not' : 'should stay silent and matches';
      print(`${paint('red', 'FAIL')} ${ruleFiles.get(ruleId)}: sample "${sample}" ${wanted}${reason ? ` (${reason})` : ''}`);
    }
    for (const { file, index, url, traffic, rules, reason } of alarms) {
      print(
        `${paint('red', 'FAIL')} ${file}: entry ${index}, ${url}, is benign and was named ${traffic} (${reason}) by ${rules.join(', ')}`,
      );
    }
    for (const warning of warnings) print(`${paint('yellow', 'note')} ${warning}`);
    print(
      `${results.length - failed.length} of ${results.length} samples of ${chosen.length} rules as they should be; ${alarms.length} false alarms in ${entries} benign exchanges.`,
    );
  }
  if (failed.length + alarms.length > 0) process.exitCode = EXIT.findings;
}

async function mode(id: string, wanted: string, options: CommonOptions & ModeOptions): Promise<void> {
  const config = configOf(options);
  if (wanted !== 'off' && wanted !== 'log' && wanted !== 'block') {
    throw new DaylightError('ERR_USAGE', `mode ${JSON.stringify(wanted)}: must be off, log or block`);
  }
  const { source } = loadSnapshotSource(config.rules);
  const target = modeTarget(id, source.rules);
  const { users, groups, networks, hosts, canary, after, until, comment } = options;
  const chosen = { users, groups, networks, hosts, canary, after, until, comment, by: actor() };
  const change = await changePolicy(config, (rules) => setMode(rules, target, wanted, chosen), comment);
  if (options.json) return printJson(change);
  const limits = [
    ...(['users', 'groups', 'networks', 'hosts'] as const).flatMap((key) =>
      chosen[key]?.length ? [`for ${key} ${chosen[key].join(', ')}`] : [],
    ),
    ...(canary ? [`for ${canary} of the clients`] : []),
    ...(after ? [`from ${after}`] : []),
    ...(until ? [`until ${until}`] : []),
  ];
  const what = 'all' in target ? 'default' : Object.entries(target)[0]?.join(' ');
  const said = [`${what}: ${change.files.length > 0 ? '' : 'was '}${wanted}`, ...limits].join(' ');
  print(change.files.length > 0 ? `${said}. Written to ${change.files.join(', ')}.` : `${said} already.`);
}
