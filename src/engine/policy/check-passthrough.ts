// What is wrong with the list of hosts that are not decrypted: hosts listed twice, expired or as good as endless, patterns that cover
// half of the network, and approved servers whose limits nobody can enforce inside an encrypted tunnel.

import { compileHostPattern, normaliseHost, splitUrl } from '../url.ts';
import type { Checking } from './check.ts';
import { endOf } from './date.ts';

const YEAR = 366 * 86_400_000;

export function checkPassthrough(checking: Checking): void {
  const { policy, now } = checking;
  const seen = new Set<string>();
  for (const [index, { host, until }] of policy.passthrough.hosts.entries()) {
    const path = ['hosts', index, 'host'];
    const warn = (message: string): void => checking.warn(path, message);
    const name = normaliseHost(host);
    if (seen.has(name)) checking.problem(path, `${host} is listed twice; keep one entry`);
    seen.add(name);
    if (checking.expired(until)) {
      checking.warn(['hosts', index, 'until'], `${host} expired on ${until} and is decrypted again; renew or remove it`);
      continue;
    }
    if (until !== undefined && endOf(until) > now + YEAR)
      checking.warn(['hosts', index, 'until'], `${host} lasts until ${until}, more than a year; end it sooner`);
    if (/^\*\.[^.]+$/.test(name)) warn(`${host} covers every host of a top-level domain; name the hosts that need it`);
    const covers = compileHostPattern(host);
    for (const { url } of policy.approved.servers) {
      const server = splitUrl(url).host;
      if (server !== '' && covers(server))
        warn(`${host} hides the approved server ${url}: its limits and DLP have no effect there`);
    }
  }
}
