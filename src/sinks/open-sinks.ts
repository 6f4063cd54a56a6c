// All sinks of an appliance: each with its own reader of the spool, queue, dead letters and run, so that none can hold up another.
//
// Below <data>/sinks, by name of the sink: `queue/` (what waits), `dead/`, `resend/` (dead letters that somebody wants sent again), `since`
// (what a new sink begins with) and `health.json` (for the command line). Of a sink that is configured no more, only its dead letters stay.

import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { batchOf, type SinkConfig } from '../config/sinks.ts';
import { createChoice, isPrecious } from './choose.ts';
import { openDeadLetters, releaseDeadLetters } from './dead-letters.ts';
import { targetOf } from './describe.ts';
import { createFormat } from './formats/format.ts';
import type { FormatOrigin } from './formats/origin.ts';
import { openSinkQueue } from './queue.ts';
import { runSink, type SinkFigures, type SinkRun } from './run.ts';
import type { Destination } from './sink.ts';
import { takeSegment } from './take-segment.ts';
import { type TestAnswer, testSink } from './test-sink.ts';

export interface SinkHealth extends SinkFigures {
  name: string;
  type: SinkConfig['type'];
  format: SinkConfig['format'];
  target: string;
  filter: string;
  events: string[];
}

/** Wants every segment of some tables of the spool once, in order. */
export interface SpoolReader {
  name: string;
  wants(table: string): boolean;
  deliver(segment: { path: string }): Promise<'delivered'>;
}

export interface Sinks {
  readonly readers: readonly SpoolReader[];
  health(): SinkHealth[];
  /** Sends one marked event past the queue; undefined if there is no such sink. */
  test(name: string, actor: string): Promise<TestAnswer | undefined>;
  /** Sends its dead letters again, in turn with what waits. @returns how many; undefined if there is no such sink */
  resend(name: string): Promise<number | undefined>;
  /** Sends what waits for at most `graceMs`; the rest waits for the next start. */
  close(graceMs?: number): Promise<void>;
}

export interface SinksOptions {
  /** The data folder of the appliance. */
  data: string;
  origin: FormatOrigin;
  destination: (config: SinkConfig) => Promise<Destination>;
  newId(now: number): string;
  /** Told at most once a minute for each sink. */
  onTrouble: (sink: string, message: string, cause: unknown) => void;
}

const REPORT_MS = 60_000;
const TICK_MS = 2_000;
const CLOSE_MS = 3_000;

/** @throws the disk's error if the folders cannot be used */
export async function openSinks(configs: readonly SinkConfig[], options: SinksOptions): Promise<Sinks> {
  const root = join(options.data, 'sinks');
  await forgetOthers(root, configs, options.onTrouble);
  const sinks = await Promise.all(configs.map((config) => openSink(config, join(root, config.name), options)));
  const timer = setInterval(() => {
    void writeHealth();
    for (const { takeReleased } of sinks) void takeReleased();
  }, TICK_MS);
  timer.unref();

  async function writeHealth(): Promise<void> {
    // Of use to the command line alone: a disk that is full is told of elsewhere.
    for (const { dir, health } of sinks)
      await replace(join(dir, 'health.json'), JSON.stringify({ at: Date.now(), ...health() })).catch(() => {});
  }

  return {
    readers: sinks.map(({ reader }) => reader),
    health: () => sinks.map(({ health }) => health()),
    async test(name, actor) {
      const found = sinks.find(({ config }) => config.name === name);
      if (!found) return undefined;
      const now = Date.now();
      const { origin, destination, newId } = options;
      const event = { ...origin, actor, eventId: newId(now), now };
      const answer = await testSink(found.config, { origin, destination, event });
      if (answer.accepted) found.run.hurry();
      return answer;
    },
    async resend(name) {
      const found = sinks.find(({ config }) => config.name === name);
      if (!found) return undefined;
      const count = await releaseDeadLetters(join(found.dir, 'dead'));
      await found.takeReleased();
      return count;
    },
    async close(graceMs = CLOSE_MS) {
      clearInterval(timer);
      await Promise.all(sinks.map(({ takeReleased }) => takeReleased()));
      await Promise.all(sinks.map(({ run }) => run.stop(graceMs)));
      await writeHealth();
    },
  };
}

interface OpenSink {
  config: SinkConfig;
  dir: string;
  reader: SpoolReader;
  run: SinkRun;
  health(): SinkHealth;
  /** Never rejects: what could not be taken now is taken later. */
  takeReleased(): Promise<void>;
}

async function openSink(config: SinkConfig, dir: string, options: SinksOptions): Promise<OpenSink> {
  const { name, type, format, filter, events } = config;
  const since = await beginning(dir, config.from);
  const queue = await openSinkQueue({ dir: join(dir, 'queue'), limitBytes: config.limit, isPrecious });
  const wanted = { since, fits: createChoice(filter, Date.now()) };
  const dead = openDeadLetters(join(dir, 'dead'));
  let reported = 0;
  const onTrouble = (message: string, cause: unknown): void => {
    if (Date.now() - reported < REPORT_MS) return;
    reported = Date.now();
    options.onTrouble(name, message, cause);
  };
  const run = runSink({
    queue,
    dead,
    format: createFormat(format, options.origin),
    open: () => options.destination(config),
    batch: batchOf(config),
    onTrouble,
  });
  return {
    config,
    dir,
    run,
    reader: {
      // Others read the spool, too.
      name: `sink-${name}`,
      wants: (table) => (events as readonly string[]).includes(table),
      async deliver({ path }) {
        await takeSegment(path, queue, wanted);
        run.wake();
        return 'delivered';
      },
    },
    health: () => ({ name, type, format, target: targetOf(config), filter, events, ...run.figures() }),
    async takeReleased() {
      try {
        await dead.returnTo(queue, config.limit);
      } catch (error) {
        onTrouble(`dead letters could not be taken to be sent again: ${(error as Error).message}`, error);
      }
      run.wake();
    },
  };
}

/** From when on events count, epoch milliseconds; decided when a sink is new. */
async function beginning(dir: string, from: SinkConfig['from']): Promise<number> {
  const file = join(dir, 'since');
  if (!existsSync(file)) {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await replace(file, String(from === 'now' ? Date.now() : 0));
  }
  return Number(await readFile(file, 'utf8')) || 0;
}

async function forgetOthers(root: string, configs: readonly SinkConfig[], onTrouble: SinksOptions['onTrouble']): Promise<void> {
  const folders = await readdir(root).catch(() => []);
  for (const name of folders.filter((folder) => !configs.some((config) => config.name === folder))) {
    const waited = await readdir(join(root, name, 'queue')).catch(() => undefined);
    if (!waited) continue;
    for (const part of ['queue', 'since', 'health.json']) await rm(join(root, name, part), { recursive: true, force: true });
    if (waited.some((file) => file.endsWith('.ndjson')))
      onTrouble(name, 'is configured no more: what still waited for it is gone, its dead letters stay', undefined);
  }
}

async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
