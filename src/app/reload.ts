// What a signal to the main process changes, without a client noticing.
//
// SIGHUP: rules and policy are read again, the CA is opened again, and so is the configuration. Keys of the data path come into force
// by replacing the workers one after the other; the rest is named in the log and waits for a restart. SIGUSR2: the workers are replaced
// in any case. A configuration that is broken changes nothing.

import type { Config } from '../config.ts';
import type { Log } from '../log.ts';

export interface ReloadSignals {
  /** In force at the start. */
  config: Config;
  /** Reads the configuration again; absent where there is none to be read. @throws DaylightError */
  read: (() => Config) | undefined;
  log: Log;
  /** Replaces the workers by ones with this configuration. */
  replace(config: Config): Promise<void>;
  /** The rest of SIGHUP. */
  onHangup(): void;
  onRead(result: 'ok' | 'failed'): void;
}

/** Sections that workers alone go by. */
const HELD = ['proxy', 'identity'];
/** What of them is settled when the appliance starts: its doors, and how many workers there are. */
const SETTLED = ['proxy.listen', 'proxy.workers', 'proxy.tls', 'proxy.transparent', 'proxy.socks', 'identity.addresses'];

/** @returns a function that stops listening for the signals */
export function listenForReload(options: ReloadSignals): () => void {
  const { log, read } = options;
  let { config } = options;

  /** @returns whether workers must be replaced */
  function takeConfig(): boolean {
    let next: Config;
    try {
      next = read?.() ?? config;
    } catch (error) {
      options.onRead('failed');
      log.error({ err: error }, 'THE CONFIGURATION IS BROKEN: the previous one stays in force');
      return false;
    }
    options.onRead('ok');
    const { workers, restart } = changesOf(config, next);
    if (restart.length > 0) log.warn({ keys: restart }, 'these keys have changed and come into force when Daylight is restarted');
    if (workers.length === 0) return false;
    log.info({ keys: workers }, 'the configuration of the data path has changed');
    config = takeOver(config, next, workers);
    return true;
  }

  function replace(): void {
    const begun = Date.now();
    options.replace(config).then(
      () => log.info({ ms: Date.now() - begun }, 'workers replaced'),
      (error) => log.error({ err: error }, 'a new worker did not start: those of before go on'),
    );
  }

  const onHangup = (): void => {
    options.onHangup();
    if (takeConfig()) replace();
  };
  const onReplace = (): void => {
    takeConfig();
    replace();
  };
  process.on('SIGHUP', onHangup);
  process.on('SIGUSR2', onReplace);
  return () => {
    process.off('SIGHUP', onHangup);
    process.off('SIGUSR2', onReplace);
  };
}

/** Dotted names of the keys that differ: those that new workers take over, and those that take a restart. */
export function changesOf(before: Config, after: Config): { workers: string[]; restart: string[] } {
  const keys = differing(before, after).flatMap((key) =>
    HELD.includes(key) ? differing(child(before, key), child(after, key)).map((name) => `${key}.${name}`) : [key],
  );
  const isTaken = (key: string): boolean => key.includes('.') && !SETTLED.includes(key);
  return { workers: keys.filter(isTaken), restart: keys.filter((key) => !isTaken(key)) };
}

function takeOver(before: Config, after: Config, keys: readonly string[]): Config {
  const taken: Record<string, unknown> = { ...before };
  for (const key of keys) {
    const [section = '', name = ''] = key.split('.');
    taken[section] = { ...child(taken, section), [name]: child(after, section)[name] };
  }
  return taken as Config;
}

function child(value: object, key: string): Record<string, unknown> {
  return (value as Record<string, Record<string, unknown>>)[key] ?? {};
}

function differing(before: object, after: object): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const text = (value: object, name: string) => JSON.stringify((value as Record<string, unknown>)[name]);
  return [...names].filter((name) => text(before, name) !== text(after, name));
}
