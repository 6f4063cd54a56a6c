// Whom an entry of policy concerns: users, groups, source networks, hosts, a period of time, and a CEL condition.
// Every key that is present must fit; users and groups count as one key (any of either).

import { compileNetwork } from '../network.ts';
import { compileHostPattern } from '../url.ts';
import { endOf, startOf } from './date.ts';
import { compileWhen, type WhenInput } from './when.ts';

export interface ScopeSource {
  users?: readonly string[] | undefined;
  groups?: readonly string[] | undefined;
  networks?: readonly string[] | undefined;
  hosts?: readonly string[] | undefined;
  after?: string | undefined;
  until?: string | undefined;
  when?: string | undefined;
}

export type Scope = (input: WhenInput) => boolean;

/**
 * Compiles the scope of an entry.
 *
 * @throws Error that names the offending value.
 */
export function compileScope(source: ScopeSource): Scope {
  const tests: Scope[] = [];
  const from = startOf(source.after);
  const to = endOf(source.until);
  if (Number.isFinite(from) || Number.isFinite(to)) tests.push(({ flow }) => flow.time >= from && flow.time < to);
  if (source.users !== undefined || source.groups !== undefined) {
    const users = new Set(source.users?.map((user) => user.toLowerCase()));
    const groups = new Set(source.groups);
    tests.push(
      ({ flow: { principal } }) => users.has(principal.user.toLowerCase()) || principal.groups.some((group) => groups.has(group)),
    );
  }
  if (source.networks !== undefined) {
    const networks = source.networks.map(compileNetwork);
    tests.push(({ flow }) => networks.some((network) => network(flow.client.address)));
  }
  if (source.hosts !== undefined) {
    const hosts = source.hosts.map(compileHostPattern);
    tests.push(({ flow }) => hosts.some((host) => host(flow.server.host)));
  }
  const when = compileWhen(source.when);
  if (when !== undefined) tests.push(when);
  return (input) => tests.every((test) => test(input));
}
