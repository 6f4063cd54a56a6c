// Tries another policy on recorded events: the policy proposed (proposed-policy.ts), both policies in the form in which events are
// stored, then event by event as engine/policy/simulate.ts has it.

import type { HttpFlowEvent } from '../engine/event.ts';
import { compilePolicy } from '../engine/policy/compile.ts';
import type { Policy } from '../engine/policy/schema.ts';
import { createSimulation, type SimulationOptions, type SimulationResult } from '../engine/policy/simulate.ts';
import { compileRules } from '../engine/rules/compile.ts';
import { loadSnapshotSource } from '../load.ts';
import { type Proposal, proposedPolicy } from './proposed-policy.ts';

export interface SimulateOptions extends Proposal, SimulationOptions {
  /** Lines of each list. */
  limit: number;
  /** How the store names people, if not as policy does. */
  pseudonym?: ((user: string) => string) | undefined;
  /** Told after each page. */
  onPage?(page: readonly HttpFlowEvent[]): void;
}

/**
 * @param rules the folder of rules and policy
 * @param history pages of events, oldest first
 * @throws DaylightError ERR_USAGE, ERR_POLICY_INVALID
 */
export async function simulatePolicy(
  rules: string,
  history: AsyncIterable<readonly HttpFlowEvent[]>,
  options: SimulateOptions,
): Promise<SimulationResult> {
  const { pseudonym, onPage, limit } = options;
  const { source } = loadSnapshotSource(rules);
  const proposed = await proposedPolicy(rules, source.rules, options);
  const compile = (policy: Policy) => compilePolicy(pseudonym ? withPseudonyms(policy, pseudonym) : policy);
  const simulation = createSimulation(compileRules(source.rules), compile(source.policy), compile(proposed), options);
  for await (const page of history) {
    for (const event of page) simulation.add(event);
    onPage?.(page);
  }
  return simulation.result(limit);
}

/** Policy names people, a store with pseudonyms does not: there, policy is read as if it named their pseudonyms as well. */
function withPseudonyms(policy: Policy, pseudonym: (user: string) => string): Policy {
  const both = <T extends { users?: string[] | undefined }>(entry: T): T =>
    entry.users === undefined ? entry : { ...entry, users: entry.users.flatMap((user) => [user, pseudonym(user)]) };
  const { approved, modes, exceptions, groups, passthrough } = policy;
  return {
    passthrough,
    approved: { ...approved, servers: approved.servers.map(both) },
    modes: { ...modes, modes: modes.modes.map(both) },
    exceptions: {
      exceptions: exceptions.exceptions.flatMap((entry) =>
        entry.user === undefined ? [entry] : [entry, { ...entry, user: pseudonym(entry.user) }],
      ),
    },
    groups: { groups: Object.fromEntries(Object.entries(groups.groups).map(([name, group]) => [name, both(group)])) },
  };
}
