// What is wrong with exceptions: ids used twice, expired or as good as endless, for a rule that is gone, the same as another, or
// for something that nothing blocks.

import { compileHostPattern, normaliseHost, splitUrl } from '../url.ts';
import type { Checking, KnownRule } from './check.ts';
import { endOf } from './date.ts';
import type { Exception, ModeEntry } from './schema.ts';

const YEAR = 366 * 86_400_000;

export function checkExceptions(checking: Checking): void {
  const { exceptions } = checking.policy.exceptions;
  const ids = new Set<string>();
  const inForce = new Map<string, Exception>();
  const rules = new Map(checking.rules.map((rule) => [rule.id, rule]));
  const blocks = blocksOf(checking);
  for (const [index, exception] of exceptions.entries()) {
    const { id, until } = exception;
    const warn = (key: string, message: string): void => checking.warn(['exceptions', index, key], message);
    if (ids.has(id)) checking.problem(['exceptions', index, 'id'], `id ${id} is used twice; give each its own`);
    ids.add(id);
    if (checking.expired(until)) {
      warn('until', `exception ${id} expired on ${until}; renew or remove it`);
      continue;
    }
    if (endOf(until) > checking.now + YEAR)
      warn('until', `exception ${id} lasts until ${until}, more than a year; end it sooner`);
    const rule = exception.rule === undefined ? undefined : rules.get(exception.rule);
    if (exception.rule !== undefined && rule === undefined) {
      warn('rule', `there is no rule ${exception.rule}; the exception has no effect`);
      continue;
    }
    const twin = inForce.get(keyOf(exception));
    if (twin !== undefined) warn('id', `exception ${id} is for the same as ${twin.id}; keep the one that lasts longer`);
    else if (!blocks(exception, rule)) warn('id', `nothing blocks what exception ${id} lets pass; remove it`);
    inForce.set(keyOf(exception), exception);
  }
}

function keyOf({ rule, host, user }: Exception): string {
  return JSON.stringify([rule, host?.toLowerCase(), user?.toLowerCase()]);
}

/** Tells whether policy can block anything, now or later, that an exception is for. Where that cannot be told, it can. */
function blocksOf({ policy, expired }: Checking): (exception: Exception, rule: KnownRule | undefined) => boolean {
  const { modes, approved } = policy;
  const entries = modes.modes.filter(({ mode, until }) => mode === 'block' && !expired(until));
  const limited = approved.servers.filter(
    ({ until, tools, methods, blockedTools }) => (tools ?? methods ?? blockedTools) !== undefined && !expired(until),
  );
  const limitedHosts = new Set(limited.map(({ url }) => splitUrl(url).host));
  const blocksServers = modes.blocked.some(({ until }) => !expired(until));
  return (exception, rule) => {
    if (modes.default === 'block') return true;
    if (exception.host !== undefined && exception.rule === undefined && blocksServers) return true;
    if (
      exception.host === undefined || exception.host.startsWith('*.')
        ? limited.length > 0
        : limitedHosts.has(normaliseHost(exception.host))
    ) {
      return true;
    }
    return entries.some((entry) => mayName(entry, rule) && mayFit(entry, exception));
  };
}

function mayName(entry: ModeEntry, rule: KnownRule | undefined): boolean {
  if (rule === undefined || entry.all === true) return true;
  if (entry.rule !== undefined) return entry.rule === rule.id;
  if (entry.tag !== undefined) return rule.tags.includes(entry.tag);
  // Approvals make shadow traffic bypass traffic.
  return entry.traffic === rule.traffic || (entry.traffic === 'bypass' && rule.traffic === 'shadow');
}

function mayFit({ hosts, users, groups }: ModeEntry, { host, user }: Exception): boolean {
  const fitsHost = host === undefined || hosts === undefined || hosts.some((pattern) => mayMeet(pattern, host));
  const named = user === undefined || users === undefined || groups !== undefined;
  return fitsHost && (named || users.some((each) => each.toLowerCase() === user.toLowerCase()));
}

/** Whether two host patterns may fit the same host. */
function mayMeet(a: string, b: string): boolean {
  return compileHostPattern(a)(b.replace(/^\*/, 'x')) || compileHostPattern(b)(a.replace(/^\*/, 'x'));
}
