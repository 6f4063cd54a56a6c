// Edits local policy: `approved.yml`, `modes.yml` and `exceptions.yml` below `<rules>/local`. Each function is one edit; how
// files are read, validated and replaced is in policy-document.ts. A running appliance notices the change by itself.

import type { YAMLMap } from 'yaml';
import type { Exception, Mode } from './engine/policy/schema.ts';
import { redactUrl } from './engine/redact-url.ts';
import { TRAFFIC, type Traffic } from './engine/verdict.ts';
import { DaylightError } from './errors.ts';
import {
  editPolicy as edit,
  findServer,
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

/** What a mode can be set for. */
export type ModeTarget = { rule: string } | { tag: string } | { traffic: Traffic };

export interface ApprovalInput {
  url: string;
  owner?: string | undefined;
  groups?: readonly string[] | undefined;
  users?: readonly string[] | undefined;
  via?: 'portal' | 'direct' | undefined;
  until?: string | undefined;
  comment?: string | undefined;
  by?: string | undefined;
}

export type ExceptionInput = Omit<Exception, 'id'>;

/** Keys that limit a mode entry to some of the traffic. Such an entry is never touched. */
const SCOPE_KEYS = ['users', 'groups', 'networks', 'hosts', 'when'];

/**
 * Sets the mode of a rule, a tag or a traffic class. Entries limited to users, groups, networks or hosts stay as they are and
 * in force. With `after`, what holds until then stays, too.
 *
 * @throws DaylightError ERR_POLICY_INVALID; nothing is written then.
 */
export function setMode(
  rules: string,
  target: ModeTarget,
  mode: Mode,
  options: { after?: string | undefined; comment?: string | undefined; by?: string | undefined } = {},
): Promise<PolicyChange> {
  const [kind, id] = Object.entries(target)[0] as [string, string];
  return edit(rules, 'mode', id, ({ modes }) => {
    const list = listIn(modes, 'modes');
    const ofTarget = () => maps(list).filter((item) => isPlain(item) && String(item.get(kind)) === id);
    const before = ofTarget().map((item) => item.toJSON());
    const lasting = ofTarget().find((item) => !item.has('after'));
    const kept = options.after === undefined ? undefined : lasting;
    for (const item of ofTarget()) if (item !== kept) list.items.splice(list.items.indexOf(item), 1);
    const entry = { [kind]: id, mode, after: options.after, comment: options.comment, by: options.by };
    const index = placeFor(kind, list);
    if (options.after === undefined && lasting) {
      update(modes, lasting, entry);
      list.items.splice(index, 0, lasting);
    } else insert(modes, list, entry, index);
    return { before, after: ofTarget() };
  });
}

/** From general to specific, because later lines win. */
const KINDS = ['traffic', 'tag', 'rule'];

/** Behind every unlimited line that is as general or more, so that the new one counts; before what is more specific. */
function placeFor(kind: string, list: ReturnType<typeof listIn>): number {
  const general = maps(list).filter((item) => isPlain(item) && KINDS.indexOf(kindOf(item)) <= KINDS.indexOf(kind));
  const last = general.at(-1);
  return last ? list.items.indexOf(last) + 1 : 0;
}

function kindOf(item: YAMLMap): string {
  return KINDS.find((kind) => item.has(kind)) ?? '';
}

function isPlain(item: YAMLMap): boolean {
  return !SCOPE_KEYS.some((key) => item.has(key));
}

/** Approves a server; an approval of the same URL is updated, a block of the same URL is lifted. The URL is kept redacted. */
export function approveServer(rules: string, approval: ApprovalInput): Promise<PolicyChange> {
  const url = redactUrl(approval.url);
  return edit(rules, 'approve', url, ({ approved, modes }) => {
    const list = listIn(approved, 'servers');
    const known = findServer(list, url);
    const before = known?.toJSON();
    const entry = { ...approval, url, via: approval.via === 'direct' ? undefined : approval.via };
    if (known) update(approved, known, entry);
    else insert(approved, list, entry);
    removeServer(modes, url);
    return { before, after: findServer(list, url) };
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

/** A mode target from what a person typed: a traffic class, a tag that a rule bears, or a rule id (or its unique beginning). */
export function modeTarget(text: string, rules: readonly { id: string; tags: readonly string[] }[]): ModeTarget {
  if ((TRAFFIC as readonly string[]).includes(text)) return { traffic: text as Traffic };
  const exact = rules.find((rule) => rule.id === text);
  if (exact) return { rule: exact.id };
  if (rules.some((rule) => rule.tags.includes(text))) return { tag: text };
  const matching = text === '' ? [] : rules.filter((rule) => rule.id.startsWith(text.toLowerCase()));
  if (matching.length === 1) return { rule: matching[0]!.id };
  const why =
    matching.length > 1 ? `is the beginning of ${matching.length} rule ids: ${matching.map((rule) => rule.id).join(', ')}` : '';
  throw new DaylightError(
    'ERR_USAGE',
    `${JSON.stringify(text)} ${why || 'is no rule id, tag or traffic class'}; "daylight rules list" shows them all`,
  );
}
