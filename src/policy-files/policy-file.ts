// Edits local policy: approvals, blocked servers and exceptions; modes and the pause are in policy-modes.ts. Each function is
// one edit; how files are read, validated and replaced is in policy-document.ts. A running appliance notices the change by itself.

import type { Exception } from '../engine/policy/schema.ts';
import { redactUrl } from '../engine/redact-url.ts';
import { DaylightError } from '../errors.ts';
import {
  editPolicy as edit,
  findServer,
  findServers,
  insert,
  listIn,
  maps,
  type PolicyChange,
  readPolicy,
  removeServer,
  update,
} from './policy-document.ts';

export type { PolicyChange } from './policy-document.ts';
export { readPolicy } from './policy-document.ts';

export interface ApprovalInput {
  url: string;
  owner?: string | undefined;
  groups?: readonly string[] | undefined;
  users?: readonly string[] | undefined;
  tools?: readonly string[] | undefined;
  methods?: readonly string[] | undefined;
  blockedTools?: readonly string[] | undefined;
  hideTools?: boolean | undefined;
  via?: 'portal' | 'direct' | undefined;
  until?: string | undefined;
  comment?: string | undefined;
  by?: string | undefined;
}

/** Keys that say whose an approval is, for whom, what for and until when. */
const LIMITS = ['owner', 'groups', 'users', 'tools', 'methods', 'blockedTools', 'hideTools', 'until'] as const;

export type ExceptionInput = Omit<Exception, 'id'>;

/**
 * Approves a server; an approval of the same URL is updated, a block of the same URL is lifted. The URL is kept redacted.
 *
 * @param options.separate the approval stands beside others of the same URL, which keep their people and dates; only the one with
 *   the same comment is updated
 * @param options.replace what is known of the approval and not said now is taken away
 */
export function approveServer(
  rules: string,
  approval: ApprovalInput,
  options: { separate?: boolean; replace?: boolean | undefined } = {},
): Promise<PolicyChange> {
  const url = redactUrl(approval.url);
  return edit(rules, 'approve', url, ({ approved, modes }) => {
    const list = listIn(approved, 'servers');
    const find = () => {
      if (!options.separate) return findServer(list, url);
      return maps(list).find((item) => item.get('url') === url && item.get('comment') === approval.comment);
    };
    const known = find();
    const before = known?.toJSON();
    const entry = { ...approval, url, via: approval.via === 'direct' ? undefined : approval.via };
    if (known && approval.via === 'direct') known.delete('via');
    if (known && options.replace) for (const key of LIMITS) if (approval[key] === undefined) known.delete(key);
    if (known) update(approved, known, entry);
    else insert(approved, list, entry);
    removeServer(modes, url);
    return { before, after: find() };
  });
}

/**
 * Takes an approval back: all that are written for this URL, or the one at a place in the list.
 *
 * @param at place in `servers`, from 0
 * @throws DaylightError ERR_POLICY_INVALID if the server is not approved, or another one is at that place.
 */
export function unapproveServer(rules: string, url: string, at?: number): Promise<PolicyChange> {
  const redacted = redactUrl(url);
  return edit(rules, 'unapprove', redacted, ({ approved }) => {
    const list = listIn(approved, 'servers');
    const found = findServers(list, redacted).filter((item) => at === undefined || list.items.indexOf(item) === at);
    if (found.length === 0) {
      const where = at === undefined ? '' : ` at place ${at + 1}`;
      throw new DaylightError('ERR_POLICY_INVALID', `${redacted} is not in the list of approved servers${where}`);
    }
    const before = found.map((item) => item.toJSON());
    for (const item of found) list.items.splice(list.items.indexOf(item), 1);
    return { before: before.length === 1 ? before[0] : before, after: undefined };
  });
}

/** Refuses a server whatever the modes say. */
export function blockServer(
  rules: string,
  block: { url: string; until?: string | undefined; comment?: string | undefined; by?: string | undefined },
): Promise<PolicyChange> {
  const url = redactUrl(block.url);
  return edit(rules, 'block', url, ({ modes }) => {
    const list = listIn(modes, 'blocked');
    const known = findServer(list, url);
    const before = known?.toJSON();
    if (known) update(modes, known, { ...block, url });
    else insert(modes, list, { ...block, url });
    return { before, after: findServer(list, url) };
  });
}

/** Takes a block back. @throws DaylightError ERR_POLICY_INVALID if the server is not blocked. */
export function unblockServer(rules: string, url: string): Promise<PolicyChange> {
  const redacted = redactUrl(url);
  return edit(rules, 'unblock', redacted, ({ modes }) => {
    const before = removeServer(modes, redacted);
    if (!before) throw new DaylightError('ERR_POLICY_INVALID', `${redacted} is not in the list of blocked servers`);
    return { before, after: undefined };
  });
}

/** Adds a dated exception; its id is the next free `ex-N`. */
export async function addException(rules: string, exception: ExceptionInput): Promise<PolicyChange> {
  return edit(rules, 'add-exception', '', ({ exceptions }) => {
    const list = listIn(exceptions, 'exceptions');
    const numbers = maps(list).map((item) => Number(/^ex-(\d+)$/.exec(String(item.get('id')))?.[1] ?? 0));
    const id = `ex-${Math.max(0, ...numbers) + 1}`;
    insert(exceptions, list, { id, ...exception });
    return { object: id, before: undefined, after: maps(list).find((item) => item.get('id') === id) };
  });
}

/** Removes an exception. @throws DaylightError ERR_POLICY_INVALID if there is none with this id. */
export function removeException(rules: string, id: string): Promise<PolicyChange> {
  return edit(rules, 'remove-exception', id, ({ exceptions }) => {
    const list = listIn(exceptions, 'exceptions');
    const known = maps(list).find((item) => item.get('id') === id);
    if (!known) {
      const ids = maps(list).map((item) => String(item.get('id')));
      throw new DaylightError(
        'ERR_POLICY_INVALID',
        `there is no exception ${JSON.stringify(id)}; there are: ${ids.join(', ') || 'none'}`,
      );
    }
    list.items.splice(list.items.indexOf(known), 1);
    return { before: known.toJSON(), after: undefined };
  });
}

/** Exceptions as written, expired ones included. */
export async function listExceptions(rules: string): Promise<readonly Exception[]> {
  return (await readPolicy(rules)).exceptions.exceptions;
}
