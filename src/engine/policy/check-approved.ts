// What is wrong with approvals: expired, with a credential in the URL, without effect below a portal or against a block, at odds
// with another approval of the same place, or left without a tool.

import { redactUrl } from '../redact-url.ts';
import { compileApproval, compileNames } from './approval.ts';
import type { Checking } from './check.ts';
import { covers, type Place, placeOf } from './origin.ts';
import type { Approval } from './schema.ts';

export function checkApproved(checking: Checking): void {
  const { servers, portals } = checking.policy.approved;
  const above = portals.map(({ url }) => ({ url: redactUrl(url), place: placeOf(url) }));
  const blocked = checking.policy.modes.blocked.filter(({ until }) => !checking.expired(until));
  const blockedPlaces = new Set(blocked.map(({ url }) => keyOf(placeOf(url))));
  /** Position of the first approval in force of each place, for each circle of people. */
  const first = new Map<string, number>();
  for (const [index, approval] of servers.entries()) {
    const path = ['servers', index];
    const place = placeOf(approval.url);
    const url = redactUrl(approval.url);
    checking.attempt(path, () => compileApproval(approval));
    if (checking.expired(approval.until)) {
      checking.warn([...path, 'until'], `the approval of ${url} expired on ${approval.until}; renew or remove it`);
    }
    if (url !== approval.url.replace(/#.*$/s, '')) {
      checking.warn([...path, 'url'], `the URL holds a credential; write ${url} instead, it covers the same server`);
    }
    const portal = above.find((each) => covers(each.place, place));
    if (portal !== undefined) {
      checking.warn(
        [...path, 'url'],
        `${url} lies below the portal ${portal.url}, which is allowed as a whole; remove the approval`,
      );
    }
    if (blockedPlaces.has(keyOf(place))) {
      checking.warn([...path, 'url'], `${url} is approved here and blocked in modes.yml; the block wins`);
    }
    if (hasNoTool(approval)) {
      checking.warn([...path, 'tools'], `every tool of ${url} is in blockedTools as well; no tool can be called`);
    }
    if (checking.expired(approval.until)) continue;
    const key = `${keyOf(place)} ${whoOf(approval)}`;
    const twin = first.get(key);
    if (twin === undefined) first.set(key, index);
    else checking.warn([...path, 'url'], contradiction(url, twin, servers[twin]!, approval));
  }
}

function contradiction(url: string, twin: number, other: Approval, approval: Approval): string {
  if (other.via === approval.via) {
    return `servers.${twin} approves ${url} for the same people already, and what either allows is allowed; join the two`;
  }
  const [here, there] = [approval, other].map(({ via }) => (via === 'portal' ? 'through the portal only' : 'directly'));
  return `${url} is approved ${here} here and ${there} in servers.${twin}; direct wins, so remove one`;
}

function keyOf({ origin, path }: Place): string {
  return `${origin} ${path}`;
}

/** Who is meant: everyone, or the same people under the same condition. */
function whoOf({ users, groups, when }: Approval): string {
  return JSON.stringify([users?.map((user) => user.toLowerCase()).sort(), groups?.toSorted(), when]);
}

function hasNoTool({ tools, blockedTools }: Approval): boolean {
  if (tools === undefined || blockedTools === undefined) return false;
  const blocked = compileNames(blockedTools);
  // `read_*` itself is tested as a name: only a prefix that is as short or shorter fits it, or the same text.
  return tools.every((tool) => blocked(tool));
}
