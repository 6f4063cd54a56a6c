// Edits `passthrough.yml`: the hosts that are not decrypted. Each function is one edit (policy-document.ts).

import { endOf } from '../engine/policy/date.ts';
import type { Uninspected } from '../engine/policy/schema.ts';
import { normaliseHost } from '../engine/url.ts';
import { DaylightError } from '../errors.ts';
import { editPolicy, insert, listIn, maps, type PolicyChange, readPolicy, update } from './policy-document.ts';

export interface PassthroughInput {
  host: string;
  reason: string;
  owner: string;
  until?: string | undefined;
  comment?: string | undefined;
}

/**
 * Adds a host, or renews its entry: what is said now replaces what was there, an end that is not said is taken away.
 *
 * @throws DaylightError ERR_POLICY_INVALID; nothing is written then.
 */
export function addPassthrough(rules: string, entry: PassthroughInput): Promise<PolicyChange> {
  const host = normaliseHost(entry.host);
  return editPolicy(rules, 'add-passthrough', host, ({ passthrough }) => {
    const list = listIn(passthrough, 'hosts');
    const find = () => maps(list).find((item) => normaliseHost(String(item.get('host'))) === host);
    const known = find();
    const before = known?.toJSON();
    if (known && entry.until === undefined) known.delete('until');
    if (known) update(passthrough, known, { ...entry, host });
    else insert(passthrough, list, { ...entry, host });
    return { before, after: find() };
  });
}

/** Takes a host off the list: it is decrypted again. @throws DaylightError ERR_POLICY_INVALID if it is not on it. */
export function removePassthrough(rules: string, host: string): Promise<PolicyChange> {
  const wanted = normaliseHost(host);
  return editPolicy(rules, 'remove-passthrough', wanted, ({ passthrough }) => {
    const list = listIn(passthrough, 'hosts');
    const known = maps(list).find((item) => normaliseHost(String(item.get('host'))) === wanted);
    if (!known) {
      const hosts = maps(list).map((item) => String(item.get('host')));
      throw new DaylightError(
        'ERR_POLICY_INVALID',
        `${JSON.stringify(host)} is not in passthrough.yml; there are: ${hosts.join(', ') || 'none'}`,
      );
    }
    list.items.splice(list.items.indexOf(known), 1);
    return { before: known.toJSON(), after: undefined };
  });
}

/** The entries as written, each with whether it has expired. @param now epoch milliseconds */
export async function listPassthrough(rules: string, now: number): Promise<(Uninspected & { expired: boolean })[]> {
  const { hosts } = (await readPolicy(rules)).passthrough;
  return hosts.map((entry) => ({ ...entry, expired: endOf(entry.until) <= now }));
}
