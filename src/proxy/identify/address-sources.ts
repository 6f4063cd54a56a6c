// Keeps the map of addresses: files are looked at every second, feeds asked at their pace, and what changed is told. For the main process.
//
// A source that cannot be read, or is not what it should be, is said once, with the line, and what it said before stays in force (leases
// still end when they end). A file that is gone counts as one that cannot be read: files vanish while they are replaced.

import { readFileSync, statSync } from 'node:fs';
import type { AddressSource } from '../../config/identity.ts';
import { DaylightError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { fetchAddressFeed } from './address-feed.ts';
import { parseAddressList } from './address-list.ts';
import type { AddressEntry } from './address-map.ts';
import { ENDED } from './lease.ts';
import { parseLeases } from './leases.ts';
import { networkOf } from './numeric-address.ts';

export interface AddressChange {
  put: readonly AddressEntry[];
  /** Keys. */
  gone: readonly string[];
}

export interface AddressSourcesOptions {
  log: Log;
  onChange(change: AddressChange): void;
  /** Milliseconds between two looks at a file. */
  everyMs?: number;
}

export interface AddressSources {
  /** All entries in force. */
  entries(): AddressEntry[];
  /** Resolves when every source has been asked once. */
  settled: Promise<void>;
  stop(): void;
}

type Known = Omit<AddressEntry, 'key' | 'rank'>;

const EVERY_MS = 1_000;
/** A file that is long to read is read as much less often. */
const PAUSE = 20;
const MAX_BYTES = 256 * 1024 * 1024;

export function openAddressSources(sources: readonly AddressSource[], options: AddressSourcesOptions): AddressSources {
  const { log, onChange, everyMs = EVERY_MS } = options;
  const inForce = new Map<string, { entry: AddressEntry; text: string }>();
  const timers: NodeJS.Timeout[] = [];
  const stopped = new AbortController();

  /** Puts in force what source number `rank` says now. */
  function take(rank: number, list: readonly Known[]): void {
    const next = new Map<string, AddressEntry>();
    for (const known of list) {
      const key = `${rank} ${known.network}`;
      next.set(key, { ...known, key, rank });
    }
    const put: AddressEntry[] = [];
    for (const [key, entry] of next) {
      const text = JSON.stringify(entry);
      if (inForce.get(key)?.text === text) continue;
      inForce.set(key, { entry, text });
      put.push(entry);
    }
    const gone = [...inForce].filter(([key, { entry }]) => entry.rank === rank && !next.has(key)).map(([key]) => key);
    for (const key of gone) inForce.delete(key);
    if (put.length > 0 || gone.length > 0) onChange({ put, gone });
  }

  /** Says a problem of a source once, and when it is over. */
  function reporter(what: string): (error: unknown) => void {
    let said = '';
    return (error) => {
      const message = error === undefined ? '' : (error as Error).message;
      if (error !== undefined && !(error instanceof DaylightError)) log.error({ err: error }, `${what} cannot be read`);
      else if (message !== said && message !== '') log.warn(`${what}: ${message}. What it said before stays in force.`);
      else if (message === '' && said !== '') log.info(`${what} can be read again`);
      said = message;
    };
  }

  function watchFile(rank: number, file: string, files: () => readonly string[], read: (text: string) => Known[]): void {
    const report = reporter(file);
    let seen: string | undefined;
    let rest = 0;
    const look = (): void => {
      const start = performance.now();
      if (start < rest) return;
      try {
        const parts = files();
        const state = parts.map(stateOf).join(' ');
        if (state === seen) return;
        seen = state;
        take(rank, read(parts.map(readText).join('')));
        report(undefined);
      } catch (error) {
        report(error);
      }
      const end = performance.now();
      rest = end + (end - start) * PAUSE;
    };
    look();
    timers.push(setInterval(look, everyMs).unref());
  }

  async function askFeed(rank: number, feed: Extract<AddressSource, { url: string }>): Promise<void> {
    const { origin, pathname } = new URL(feed.url);
    // What follows may be a key.
    const report = reporter(origin + pathname);
    const ask = async (): Promise<void> => {
      try {
        const text = await fetchAddressFeed(feed, stopped.signal);
        take(rank, parseAddressList(text));
        report(undefined);
      } catch (error) {
        if (!stopped.signal.aborted) report(error);
      }
      if (!stopped.signal.aborted) timers.push(setTimeout(() => void ask(), feed.refresh).unref());
    };
    await ask();
  }

  const asked = sources.map(async (source, rank) => {
    if ('url' in source) await askFeed(rank, source);
    else if ('file' in source) watchFile(rank, source.file, () => [source.file], parseAddressList);
    else if ('networks' in source) take(rank, ofNetworks(source.networks));
    else {
      const { dhcpLeases: file, format, as } = source;
      const files = () => (format === 'kea' ? keaFiles(file) : [file]);
      watchFile(rank, file, files, (text) => ofLeases(parseLeases(format, text), as));
    }
  });
  return {
    entries: () => [...inForce.values()].map(({ entry }) => entry),
    settled: Promise.all(asked).then(() => {}),
    stop() {
      stopped.abort();
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

/** A feed's or file's list once, for those who check a configuration. @throws DaylightError ERR_IDENTITY */
export function readAddressSource(source: Exclude<AddressSource, { url: string }>): void {
  if ('networks' in source) return;
  if ('file' in source) parseAddressList(readText(source.file));
  else
    parseLeases(
      source.format,
      (source.format === 'kea' ? keaFiles(source.dhcpLeases) : [source.dhcpLeases]).map(readText).join(''),
    );
}

function ofNetworks(networks: Extract<AddressSource, { networks: unknown }>['networks']): Known[] {
  return Object.entries(networks).map(([network, person]) =>
    typeof person === 'string' ? { network, user: person, groups: [], device: '', until: 0 } : { network, ...person, until: 0 },
  );
}

function ofLeases(leases: ReturnType<typeof parseLeases>, as: 'device' | 'user'): Known[] {
  return leases
    .filter(({ host, until, address }) => host !== '' && until !== ENDED && networkOf(address))
    .map(({ address, host, until }) => ({
      network: address,
      user: as === 'user' ? host : '',
      groups: [],
      device: host,
      until,
    }));
}

/** Kea cleans its file up in the background; what it has not taken over yet lies beside it (Kea ARM, "Lease File Cleanup"). */
function keaFiles(file: string): string[] {
  const there = (suffix: string): string[] => (stateOf(file + suffix) === '' ? [] : [file + suffix]);
  const completed = there('.completed');
  return [...(completed.length > 0 ? completed : [...there('.2'), ...there('.1')]), file];
}

/** What tells that a file is another one; '' if there is none. */
function stateOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat ? `${stat.ino}:${stat.size}:${stat.mtimeMs}` : '';
}

function readText(file: string): string {
  try {
    const { size } = statSync(file);
    if (size > MAX_BYTES) throw new DaylightError('ERR_IDENTITY', `${file} has ${size} bytes; at most ${MAX_BYTES} are read`);
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if (cause instanceof DaylightError) throw cause;
    throw new DaylightError('ERR_IDENTITY', `it cannot be read (${(cause as Error).message})`, { cause });
  }
}
