// Asks DNS for the addresses of a name, over sockets only (c-ares, never the thread pool), and knows from resolv.conf which
// names the system's own resolver may know although DNS does not. A changed resolv.conf takes effect within seconds.

import { Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';

export interface DnsAnswer {
  addresses: readonly string[];
  /** Milliseconds that the answer may be kept. */
  ttl: number;
}

export interface DnsClient {
  /** A and AAAA records. Rejects with Node's DNS error if neither exists or nobody answers. */
  query(host: string): Promise<DnsAnswer>;
  /** Whether libc would find more than DNS: a search domain applies, multicast DNS, or no DNS server is there at all. */
  systemMayKnow(host: string, cause: unknown): Promise<boolean>;
}

const RESOLV_CONF = '/etc/resolv.conf';
const RECHECK_MS = 5_000;
const TRIES = 2;
/** RFC 8305 section 3 waits 50 ms for the other family; more here, as the answer is kept for a while. */
const SECOND_FAMILY_MS = 250;

export function createDnsClient(options: { servers?: readonly string[] | undefined; timeout: number }): DnsClient {
  let resolver = connect();
  let conf: string | undefined;
  let ndots = 1;
  let checkedAt = Number.NEGATIVE_INFINITY;

  function connect(): Resolver {
    const made = new Resolver({ timeout: Math.ceil(options.timeout / TRIES), tries: TRIES, maxTimeout: options.timeout });
    if (options.servers) made.setServers(options.servers);
    return made;
  }

  async function refresh(): Promise<void> {
    if (performance.now() - checkedAt < RECHECK_MS) return;
    checkedAt = performance.now();
    const text = await readFile(RESOLV_CONF, 'utf8').catch(() => '');
    if (text === conf) return;
    if (conf !== undefined) resolver = connect();
    conf = text;
    ndots = Number(/^\s*options\s.*\bndots:(\d+)/m.exec(text)?.[1] ?? 1);
  }

  return {
    async query(host) {
      await refresh();
      const questions = [resolver.resolve4(host, { ttl: true }), resolver.resolve6(host, { ttl: true })];
      const answers = await settledSoonAfterFirst(questions, SECOND_FAMILY_MS);
      const records = answers.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
      if (records.length === 0) throw worst(answers);
      return {
        addresses: records.map((record) => record.address),
        ttl: 1000 * Math.min(...records.map((record) => record.ttl)),
      };
    },
    async systemMayKnow(host, cause) {
      if (options.servers) return false;
      await refresh();
      const dots = host.split('.').length - 1;
      return dots < ndots || host.endsWith('.local') || codeOf(cause) === 'ECONNREFUSED';
    },
  };
}

/** All results; once one has succeeded, the others get `grace` milliseconds: some DNS servers never answer AAAA. */
async function settledSoonAfterFirst<T>(promises: readonly Promise<T>[], grace: number): Promise<PromiseSettledResult<T>[]> {
  const results: PromiseSettledResult<T>[] = [];
  const all = Promise.all(
    promises.map((promise) =>
      promise.then(
        (value) => results.push({ status: 'fulfilled', value }),
        (reason) => results.push({ status: 'rejected', reason }),
      ),
    ),
  );
  const first = await Promise.any(promises).catch(() => undefined);
  if (first === undefined) await all;
  else {
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([all, new Promise((resolve) => (timer = setTimeout(resolve, grace)))]);
    clearTimeout(timer);
  }
  return results;
}

/** Of two failures the one that says more: that the server failed, rather than that one record type does not exist. */
function worst(results: readonly PromiseSettledResult<unknown>[]): unknown {
  const reasons = results.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
  const telling = reasons.find((reason) => !['ENODATA', 'ENOTFOUND'].includes(codeOf(reason)));
  return telling ?? reasons.find((reason) => codeOf(reason) === 'ENOTFOUND') ?? reasons[0] ?? new Error('no record');
}

function codeOf(cause: unknown): string {
  return String((cause as { code?: unknown } | null)?.code ?? '');
}
