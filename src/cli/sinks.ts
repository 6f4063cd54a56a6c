// `daylight sinks`: where events go besides ClickHouse, how far each sink is, a test of one, and its dead letters once more.
//
// What a sink does is told by the running appliance, in a file of its data folder. A test sends one marked event by a connection of its own:
// it needs no appliance, and takes nothing from what waits. Dead letters are laid ready for the appliance, which alone sends what waits.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { sinkParts } from '../app/sinks.ts';
import type { SinkConfig } from '../config/sinks.ts';
import type { Config } from '../config.ts';
import { suggest } from '../engine/nearest.ts';
import { DaylightError } from '../errors.ts';
import { releaseDeadLetters } from '../sinks/dead-letters.ts';
import { targetOf, withoutSecrets } from '../sinks/describe.ts';
import type { SinkHealth } from '../sinks/open-sinks.ts';
import { testSink } from '../sinks/test-sink.ts';
import { actor, recordAct } from './audit.ts';
import { type CommonOptions, command, configOf, EXIT, group } from './command.ts';
import { note, paint, print, printJson, table, timestamp, visible } from './output.ts';

/** How a sink was when the appliance last said so. */
type Known = SinkHealth & { at: number };

/** Milliseconds after which what a file says of a sink is old: no appliance runs. */
const FRESH_MS = 10_000;

export function sinksCommand(): Command {
  return group('sinks', 'where events go besides ClickHouse', [
    command('list', 'each sink, how far it is, and its last error').action(list),
    command('test', 'send one event, marked as a test, to a sink, and say what its receiver answered')
      .argument('<name>', 'name of the sink')
      .action(test),
    command('resend', 'send again what the receiver of a sink refused for good (its dead letters), when the cause is mended')
      .argument('<name>', 'name of the sink')
      .action(resend),
  ]);
}

function list(options: CommonOptions): void {
  const config = configOf(options);
  const now = Date.now();
  const sinks = config.sinks.map((sink) => ({ sink, known: readHealth(config, sink) }));
  if (options.json) {
    for (const { sink, known } of sinks) printJson({ ...withoutSecrets(sink), target: targetOf(sink), health: known ?? null });
    return;
  }
  if (sinks.length === 0) {
    print('No sink is configured. docs/howto/export-to-siem.md shows how.');
    return;
  }
  const rows = sinks.map(({ sink, known }) => [
    sink.name,
    sink.type,
    sink.format,
    stateOf(known, now),
    known ? `${Math.round(known.lagMs / 1000)} s` : '',
    known?.pendingEvents ?? '',
    known?.delivered ?? '',
    known?.rejected ?? '',
    known?.skipped ?? '',
    targetOf(sink),
  ]);
  print(table(['NAME', 'TYPE', 'FORMAT', 'STATE', 'BEHIND', 'WAITING', 'DELIVERED', 'REFUSED', 'SKIPPED', 'TO'], rows));
  for (const { sink, known } of sinks) {
    if (!known?.lastError) continue;
    const over = known.error === '' ? ', over by now' : '';
    print(`${sink.name}: ${paint('red', 'last error')} ${timestamp(known.lastErrorAt)} UTC${over}: ${visible(known.lastError)}`);
  }
}

function isFresh({ at }: Known, now: number): boolean {
  return now - at <= FRESH_MS;
}

function stateOf(known: Known | undefined, now: number): string {
  if (!known) return 'never ran';
  if (!isFresh(known, now)) return 'stopped';
  return known.error === '' ? 'ok' : 'failing';
}

async function test(name: string, options: CommonOptions): Promise<void> {
  const config = configOf(options);
  const sink = sinkNamed(name, config);
  const now = Date.now();
  const { origin, destination, newId } = sinkParts(config);
  const event = { ...origin, actor: actor(), eventId: newId(now), now };
  if (!options.json) note(`Sending a test event to ${name} (${sink.type}, ${targetOf(sink)}) ...`);
  const answer = await testSink(sink, { origin, destination, event });
  // A folder that is not there belongs to no appliance: a test makes none.
  if (existsSync(config.data)) {
    const outcome = answer.accepted ? 'accepted' : 'failed';
    await recordAct(config, { action: 'sink.test', objectType: 'sink', objectId: name, reason: `${outcome}: ${answer.message}` });
  }
  if (options.json) printJson({ name, ...answer });
  else {
    const word = answer.accepted ? paint('green', 'Accepted') : paint('red', 'Not accepted');
    print(`${word} after ${answer.ms} ms: ${visible(answer.message)}`);
    if (answer.accepted) print(`Look there for the event ${answer.eventId}: an audit event with the action sink.test.`);
  }
  if (!answer.accepted) process.exitCode = EXIT.error;
}

async function resend(name: string, options: CommonOptions): Promise<void> {
  const config = configOf(options);
  const sink = sinkNamed(name, config);
  const events = await releaseDeadLetters(join(config.data, 'sinks', name, 'dead')).catch((cause: Error) => {
    throw new DaylightError('ERR_USAGE', `${cause.message}; run this as the user that Daylight runs as`, { cause });
  });
  if (events === 0) throw new DaylightError('ERR_USAGE', `sink ${name} has no dead letters: nothing to send again`);
  await recordAct(config, { action: 'sink.resend', objectType: 'sink', objectId: name, reason: `${events} dead letters` });
  const known = readHealth(config, sink);
  const running = known !== undefined && isFresh(known, Date.now());
  if (options.json) return printJson({ name, events, running });
  const when = running ? 'The appliance sends them behind what waits' : 'No appliance runs: they are sent when it starts';
  print(`${events} dead letters of ${name} are laid ready. ${when}. What is refused again becomes a dead letter again.`);
}

/** @throws DaylightError ERR_USAGE if there is none of this name */
function sinkNamed(name: string, { sinks }: Config): SinkConfig {
  const sink = sinks.find((one) => one.name === name);
  if (sink) return sink;
  const known = sinks.map((one) => one.name);
  const hint = known.length === 0 ? 'none is configured' : suggest(name, known, 'there are');
  throw new DaylightError('ERR_USAGE', `there is no sink ${JSON.stringify(name)}; ${hint}`);
}

/** undefined if it never ran. */
export function readHealth(config: Config, { name }: SinkConfig): Known | undefined {
  try {
    return JSON.parse(readFileSync(join(config.data, 'sinks', name, 'health.json'), 'utf8')) as Known;
  } catch {
    return undefined;
  }
}
