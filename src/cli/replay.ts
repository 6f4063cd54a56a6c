// `daylight replay`: judges a recording (HAR 1.2) with the rules and the policy of this moment, entry by entry in order.
// Exit status 2 when an entry would have been logged or blocked.

import type { Command } from 'commander';
import { decide } from '../engine/decide.ts';
import { type JudgedEntry, judgeHar } from '../engine/har.ts';
import { redactUrl } from '../engine/redact-url.ts';
import { compileSnapshot } from '../engine/snapshot.ts';
import { loadSnapshotSource } from '../load.ts';
import { type CommonOptions, command, configOf, EXIT } from './command.ts';
import { readHarFile } from './har-file.ts';
import { print, printJson, table } from './output.ts';

export function replayCommand(): Command {
  return command('replay', 'judge a recording (HAR 1.2); exit status 2 when something would be logged or blocked')
    .argument('<file>', 'the recording; - for standard input')
    .option('--all', 'list entries without findings, too (always so with --json)')
    .action(replay);
}

function replay(file: string, options: CommonOptions & { all?: boolean }): void {
  const config = configOf(options);
  const snapshot = compileSnapshot(loadSnapshotSource(config.rules).source);
  const entries = readHarFile(file, config.proxy.inspect.prefix);
  const judged = judgeHar(entries, (flow, previous) => decide(flow, snapshot, previous));
  const found = judged.filter(({ verdict }) => verdict.action !== 'allow');
  if (options.json) for (const entry of judged) printJson(lineOf(entry));
  else {
    const shown = options.all ? judged : judged.filter(({ verdict }) => verdict.traffic !== 'none');
    const rows = shown.map(lineOf).map((line) => [line.index, line.traffic, line.action, line.confidence, line.url, line.reason]);
    if (rows.length > 0) print(table(['entry', 'traffic', 'action', 'conf', 'url', 'why'], rows));
    print(`${found.length} of ${judged.length} entries would be logged or blocked.`);
  }
  if (found.length > 0) process.exitCode = EXIT.findings;
}

/** The shape that scripts rely on. */
function lineOf({ entry, verdict }: JudgedEntry) {
  return {
    index: entry.index,
    url: redactUrl(entry.flow.request.url),
    traffic: verdict.traffic,
    action: verdict.action,
    confidence: verdict.confidence,
    rules: verdict.matches.map((match) => match.ruleId),
    signals: verdict.signals.map((signal) => signal.id),
    reason: verdict.reason,
  };
}
