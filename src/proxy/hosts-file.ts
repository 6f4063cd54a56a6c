// Reads the hosts file (hosts(5)) and answers which addresses it lists for a name. Looked at anew at most once a second, and
// read again only when its time or size changed: an edit takes effect without a restart.

import { readFile, stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import { normaliseHost } from './authority.ts';

export interface HostsFile {
  /** Addresses of a normalised name, in file order; empty if the file does not list it or cannot be read. */
  find(host: string): Promise<readonly string[]>;
}

const SYSTEM_FILE =
  process.platform === 'win32' ? `${process.env.SystemRoot ?? 'C:\\Windows'}\\System32\\drivers\\etc\\hosts` : '/etc/hosts';
const RECHECK_MS = 1_000;

export function createHostsFile(file: string = SYSTEM_FILE): HostsFile {
  let names = new Map<string, string[]>();
  let version = '';
  let refreshing: Promise<void> | undefined;
  let checkedAt = Number.NEGATIVE_INFINITY;

  async function refresh(): Promise<void> {
    try {
      const { mtimeMs, size, ino } = await stat(file);
      const current = `${mtimeMs}/${size}/${ino}`;
      if (current === version) return;
      names = parseHosts(await readFile(file, 'utf8'));
      version = current;
    } catch {
      // No hosts file is the same as an empty one.
      names = new Map();
      version = '';
    }
  }

  return {
    async find(host) {
      if (performance.now() - checkedAt > RECHECK_MS) {
        refreshing ??= refresh().finally(() => {
          refreshing = undefined;
          checkedAt = performance.now();
        });
        await refreshing;
      }
      return names.get(host) ?? [];
    },
  };
}

/** Names in normal form; lines and names that make no sense are passed over, as libc does. */
export function parseHosts(text: string): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [address = '', ...aliases] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (isIP(address) === 0 || address.includes('%')) continue;
    for (const alias of aliases) {
      const name = nameOf(alias);
      const known = names.get(name);
      if (known) known.push(address);
      else if (name !== '') names.set(name, [address]);
    }
  }
  return names;
}

function nameOf(alias: string): string {
  try {
    const { host, kind } = normaliseHost(alias);
    return kind === 'name' ? host : '';
  } catch {
    return '';
  }
}
