// Decides which addresses a host name stands for, and which of them may be reached. The caller connects to exactly these:
// nothing looks the name up a second time, so an answer that changes in between (DNS rebinding) changes nothing.
//
// In order: address literals; cache; `localhost` and its subdomains; the hosts file; DNS by c-ares; the system's resolver.
//
// Why not dns.lookup for everything: it runs getaddrinfo on libuv's thread pool (4 threads), which the spool's fsync and
// every file access share; a few slow names would hold up acknowledged events. c-ares is sockets only. What it lacks is
// done here: the hosts file is read when it changes, and names that libc would try with a search domain (fewer dots than
// `ndots`) or by multicast (`.local`) go to getaddrinfo when DNS does not know them, one at a time and in a bounded queue.

import { lookup as systemLookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { networkInterfaces } from 'node:os';
import { DaylightError } from '../errors.ts';
import { formatHost, normaliseHost } from './authority.ts';
import { createDnsClient, type DnsAnswer } from './dns-client.ts';
import type { AddressGuard } from './guard.ts';
import { createHostsFile } from './hosts-file.ts';

export interface ResolvedAddress {
  address: string;
  family: 4 | 6;
}

export interface Resolution {
  /** At least one; in the order in which they should be tried. */
  addresses: readonly ResolvedAddress[];
}

export interface Resolver {
  /**
   * @param host normal form of authority.ts, or an address literal
   * @throws DaylightError ERR_ADDRESS_REFUSED if no address of the host may be reached, ERR_DNS if it has none
   */
  resolve(host: string): Promise<Resolution>;
  /** Forgets everything, e.g. on reload. */
  clear(): void;
  readonly stats: ResolverStats;
}

export interface ResolverStats {
  hits: number;
  /** Names asked of the hosts file, DNS or the system. */
  misses: number;
  failures: number;
  entries: number;
}

export interface ResolverOptions {
  guard: AddressGuard;
  /** DNS servers, `IP` or `IP:PORT`; default: those of the system. */
  servers?: readonly string[];
  hostsFile?: string;
  /** Names kept; default 4096. */
  capacity?: number;
  /** Milliseconds that a failed look-up is remembered; default 5,000. */
  negativeTtl?: number;
  /** Milliseconds that one question to DNS may take, all attempts together; default 6,000. */
  timeout?: number;
  /** Epoch milliseconds. */
  now?: () => number;
}

/** Bounds on what DNS says about keeping an answer, in milliseconds. */
const MIN_TTL = 5_000;
const MAX_TTL = 300_000;
/** Names without TTL (hosts file, system) are asked again after this. */
const LOCAL_TTL = 10_000;
const SYSTEM_QUEUE = 64;

type Outcome = { resolution: Resolution } | { error: DaylightError };
interface Entry {
  found: Promise<{ outcome: Outcome; until: number }>;
  /** Epoch milliseconds; Infinity while the question is under way. */
  until: number;
}

export function createResolver(options: ResolverOptions): Resolver {
  const now = options.now ?? Date.now;
  const capacity = options.capacity ?? 4096;
  const hosts = createHostsFile(options.hostsFile);
  const dns = createDnsClient({ servers: options.servers, timeout: options.timeout ?? 6_000 });
  const system = createSystemQueue();
  const entries = new Map<string, Entry>();
  const stats = { hits: 0, misses: 0, failures: 0 };

  async function ask(host: string): Promise<DnsAnswer> {
    const listed = await hosts.find(host);
    if (listed.length > 0) return { addresses: listed, ttl: LOCAL_TTL };
    if (host === 'localhost' || host.endsWith('.localhost')) return { addresses: ['127.0.0.1', '::1'], ttl: LOCAL_TTL };
    try {
      return await dns.query(host);
    } catch (cause) {
      if (!(await dns.systemMayKnow(host, cause))) throw cause;
      return { addresses: await system.lookup(host), ttl: LOCAL_TTL };
    }
  }

  async function find(host: string): Promise<{ outcome: Outcome; until: number }> {
    stats.misses += 1;
    try {
      const { addresses, ttl } = await ask(host);
      const until = now() + Math.min(MAX_TTL, Math.max(MIN_TTL, ttl));
      return { outcome: judge(host, addresses, options.guard), until };
    } catch (cause) {
      stats.failures += 1;
      return { outcome: { error: dnsError(host, cause) }, until: now() + (options.negativeTtl ?? 5_000) };
    }
  }

  return {
    async resolve(host) {
      const { host: name, kind } = normaliseHost(host);
      if (kind !== 'name') return unwrap(judge(name, [name], options.guard));
      const known = entries.get(name);
      if (known && known.until > now()) {
        stats.hits += 1;
        entries.delete(name);
        entries.set(name, known);
        return unwrap((await known.found).outcome);
      }
      entries.delete(name);
      const entry: Entry = { found: find(name), until: Number.POSITIVE_INFINITY };
      entries.set(name, entry);
      for (const oldest of entries.keys()) {
        if (entries.size <= capacity) break;
        entries.delete(oldest);
      }
      const { outcome, until } = await entry.found;
      entry.until = until;
      return unwrap(outcome);
    },
    clear() {
      entries.clear();
    },
    get stats() {
      return { ...stats, entries: entries.size };
    },
  };
}

/**
 * A `lookup` for net.connect and tls.connect that answers with addresses already resolved and checked, so that Node's
 * happy-eyeballs dialling uses these and no others.
 */
export function pinnedLookup(resolution: Resolution): LookupFunction {
  return (_host, { all, family }, callback) => {
    const wanted = resolution.addresses.filter((each) => !family || each.family === familyOf(family));
    const first = wanted[0];
    if (!first) callback(Object.assign(new Error('no address of this family'), { code: 'ENOTFOUND' }), '', 0);
    else if (all) callback(null, [...wanted]);
    else callback(null, first.address, first.family);
  };
}

function familyOf(family: number | string): number {
  return family === 'IPv4' ? 4 : family === 'IPv6' ? 6 : Number(family);
}

/** Drops what may not be reached; an error only if nothing is left. */
function judge(host: string, addresses: readonly string[], guard: AddressGuard): Outcome {
  const kept: ResolvedAddress[] = [];
  let reason = '';
  for (const address of new Set(addresses)) {
    const verdict = guard.check(address);
    if (verdict.allowed) kept.push({ address, family: address.includes(':') ? 6 : 4 });
    else reason ||= verdict.reason;
  }
  if (kept.length > 0) return { resolution: { addresses: order(kept) } };
  if (reason === '') return { error: dnsError(host, 'it has no address') };
  const about = addresses.includes(host)
    ? reason
    : `${formatHost(host)} resolves to an address that may not be reached: ${reason}`;
  return { error: new DaylightError('ERR_ADDRESS_REFUSED', about) };
}

/** RFC 8305 section 4: alternate families, IPv6 first, unless this machine has no IPv6 address that leads outside. */
function order(addresses: readonly ResolvedAddress[]): ResolvedAddress[] {
  const v4 = addresses.filter((each) => each.family === 4);
  const v6 = addresses.filter((each) => each.family === 6);
  if (v4.length === 0 || v6.length === 0) return [...addresses];
  if (!hasGlobalIpv6()) return [...v4, ...v6];
  return Array.from({ length: Math.max(v4.length, v6.length) }, (_, index) => [v6[index], v4[index]])
    .flat()
    .filter((each) => each !== undefined);
}

function hasGlobalIpv6(): boolean {
  return Object.values(networkInterfaces())
    .flat()
    .some((each) => each?.family === 'IPv6' && !each.internal && !each.address.startsWith('fe80'));
}

function unwrap(outcome: Outcome): Resolution {
  if ('resolution' in outcome) return outcome.resolution;
  // A fresh error for every caller: a shared one would carry the stack of whoever asked first.
  throw new DaylightError(outcome.error.code, outcome.error.message, { cause: outcome.error.cause });
}

function dnsError(host: string, cause: unknown): DaylightError {
  const why = typeof cause === 'string' ? cause : explain(cause);
  return new DaylightError('ERR_DNS', `${formatHost(host)} cannot be resolved: ${why}`, { cause });
}

function explain(cause: unknown): string {
  const code = (cause as { code?: unknown } | null)?.code;
  if (code === 'ENOTFOUND') return 'no such host (check the name)';
  if (code === 'ENODATA') return 'the name exists but has no address';
  if (code === 'ETIMEOUT') return 'the DNS server did not answer in time (check the DNS servers of this machine)';
  if (code === 'ECONNREFUSED') return 'no DNS server can be reached (check the DNS servers of this machine)';
  return typeof code === 'string' ? `the DNS server answered ${code}` : String(cause instanceof Error ? cause.message : cause);
}

/** getaddrinfo, one at a time: of the pool's four threads it never takes more than one. */
function createSystemQueue(): { lookup(host: string): Promise<string[]> } {
  let tail: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return {
    lookup(host) {
      if (waiting >= SYSTEM_QUEUE) return Promise.reject(new Error('too many look-ups by the system resolver are waiting'));
      waiting += 1;
      const result = tail.then(() => systemLookup(host, { all: true, order: 'verbatim' }));
      tail = result.catch(() => undefined).finally(() => (waiting -= 1));
      return result.then((found) => found.map((each) => each.address));
    },
  };
}
