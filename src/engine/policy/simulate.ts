// What another policy would have done: decides stored flows again under the present and the proposed policy, and counts what differs.
//
// Only what was recorded is decided again. Rules are not matched anew, so a rule that was not in the pack then finds nothing; a flow that
// was blocked was recorded up to the block, so under a looser policy it counts as passing from there; and what people would have done
// after a block nobody knows: every request of the history is taken as made. Feed events oldest first: blocks on an answer concern
// the requests after it.

import type { HttpFlowEvent } from '../event.ts';
import type { Match, Traffic } from '../verdict.ts';
import type { CompiledPolicy } from './compile.ts';
import { goesByMemory } from './forget-server.ts';
import { createReplay, type Outcome } from './replay.ts';
import { flowFromEvent } from './stored-flow.ts';
import { createTally, type Tally, type TallyEntry } from './tally.ts';

/** How many, of each kind. Users who are not identified count by address. */
export interface Extent {
  requests: number;
  users: number;
  servers: number;
  tools: number;
}

export interface Affected extends TallyEntry {
  name: string;
}

export interface SimulationResult {
  /** Events decided again, and the time of the first and the last, epoch milliseconds (0 without any). */
  events: number;
  first: number;
  last: number;
  blocked: Extent;
  /** Of the blocked requests, those that would have reached the server: the block was for its answer. */
  on_answer: number;
  newly_blocked: Extent;
  no_longer_blocked: Extent;
  /** Blocked requests by confidence: 0-9, 10-19, ... 90-100. */
  confidence: number[];
  traffic: Affected[];
  rules: (Affected & { title: string })[];
  users: Affected[];
  servers: Affected[];
  tools: (Affected & { server: string })[];
  /** Approvals and exceptions that let pass what the modes would have blocked. */
  saved: { by: 'approval' | 'exception'; id: string; requests: number; events: readonly string[] }[];
  /** Events with rules that are no longer in the pack, and with more phases than could be stored: less certain. */
  unknown_rules: number;
  cut: number;
  /** Blocked requests whose user, server or tool could not be counted apart. */
  uncounted: number;
}

export interface Simulation {
  add(event: HttpFlowEvent): { present: Outcome; proposed: Outcome };
  /** @param top entries of each list */
  result(top?: number): SimulationResult;
}

interface KnownRule {
  id: string;
  title: string;
  level: Match['level'];
  tags: readonly string[];
  traffic: Traffic;
  /** As in rules/compile.ts. */
  gate?: readonly string[] | undefined;
}

export interface SimulationOptions {
  /** Try the proposed policy as of this time, epoch milliseconds. Without it, and under the present policy, each event has its own. */
  at?: number | undefined;
  /** Which events are counted. All are replayed: what is known of a server comes from the requests of everybody. */
  reports?: ((event: HttpFlowEvent) => boolean) | undefined;
}

/** @param rules the pack, as it is now */
export function createSimulation(
  rules: readonly KnownRule[],
  present: CompiledPolicy,
  proposed: CompiledPolicy,
  { at, reports = () => true }: SimulationOptions = {},
): Simulation {
  const matches = new Map(rules.map((rule): [string, Match] => [rule.id, matchOf(rule)]));
  const byMemory = new Set(rules.filter(({ gate }) => goesByMemory(gate)).map(({ id }) => id));
  const replayPresent = createReplay(present, { byMemory });
  const replayProposed = createReplay(proposed, { byMemory, at });
  const tallies = {
    traffic: createTally(),
    rules: createTally(),
    users: createTally(),
    servers: createTally(),
    tools: createTally(),
  };
  const saved = new Map<string, SimulationResult['saved'][number]>();
  const counts = { events: 0, first: 0, last: 0, blocked: 0, newly: 0, noLonger: 0, onAnswer: 0, unknown: 0, cut: 0 };
  const confidence = new Array<number>(10).fill(0);

  function add(event: HttpFlowEvent): ReturnType<Simulation['add']> {
    const stored = flowFromEvent(event, matches);
    const outcomes = { present: replayPresent(event, stored), proposed: replayProposed(event, stored) };
    if (!reports(event)) return outcomes;
    counts.events++;
    counts.first ||= event.ts;
    counts.last = Math.max(counts.last, event.ts);
    if (stored.unknown > 0) counts.unknown++;
    if (stored.cut) counts.cut++;
    count(event, outcomes);
    return outcomes;
  }

  function count(event: HttpFlowEvent, { present, proposed }: ReturnType<Simulation['add']>): void {
    if (proposed.savedBy !== undefined) noteSaved(event, proposed.savedBy);
    if (!present.blocked && !proposed.blocked) return;
    const blocked = { present: present.blocked, proposed: proposed.blocked };
    const outcome = proposed.blocked ? proposed : present;
    if (proposed.blocked) {
      counts.blocked++;
      if (proposed.onAnswer) counts.onAnswer++;
      if (!present.blocked) counts.newly++;
      confidence[Math.min(9, Math.floor(event.confidence / 10))]!++;
    } else counts.noLonger++;
    const put = (tally: Tally, name: string): void => tally.add(name, event.event_id, blocked);
    put(tallies.traffic, outcome.traffic);
    if (outcome.rule !== '') put(tallies.rules, outcome.rule);
    put(tallies.users, event.user_id || event.src_ip);
    const servers = serversOf(event, outcome.traffic);
    for (const server of servers) put(tallies.servers, server);
    if (outcome.tool !== '') put(tallies.tools, `${servers[0]}\n${outcome.tool}`);
  }

  function noteSaved({ event_id }: HttpFlowEvent, { step, id }: NonNullable<Outcome['savedBy']>): void {
    const key = `${step} ${id}`;
    const entry = saved.get(key) ?? { by: step, id, requests: 0, events: [] };
    const events = entry.events.length < 3 ? [...entry.events, event_id] : entry.events;
    saved.set(key, { ...entry, requests: entry.requests + 1, events });
  }

  function extent(key: 'requests' | 'newly' | 'no_longer', requests: number): Extent {
    const { users, servers, tools } = tallies;
    return { requests, users: users.names(key), servers: servers.names(key), tools: tools.names(key) };
  }

  return {
    add,
    result: (top = 10) => ({
      events: counts.events,
      first: counts.first,
      last: counts.last,
      blocked: extent('requests', counts.blocked),
      on_answer: counts.onAnswer,
      newly_blocked: extent('newly', counts.newly),
      no_longer_blocked: extent('no_longer', counts.noLonger),
      confidence: [...confidence],
      traffic: tallies.traffic.top(top),
      rules: tallies.rules.top(top).map((entry) => ({ ...entry, title: matches.get(entry.name)?.title ?? '' })),
      users: tallies.users.top(top),
      servers: tallies.servers.top(top),
      tools: tallies.tools.top(top).map(({ name, ...entry }) => {
        const [server = '', tool = ''] = name.split('\n');
        return { name: tool, server, ...entry };
      }),
      saved: [...saved.values()].sort((a, b) => b.requests - a.requests).slice(0, top),
      unknown_rules: counts.unknown,
      cut: counts.cut,
      uncounted: Math.max(tallies.users.others, tallies.servers.others, tallies.tools.others),
    }),
  };
}

function matchOf({ id: ruleId, title, level, tags, traffic }: KnownRule): Match {
  return { ruleId, title, level, tags, traffic, evidence: [] };
}

/** The servers as the inventory names them: those that a message names, or the one that it went to. */
function serversOf(event: HttpFlowEvent, traffic: Traffic): readonly string[] {
  if (event.mcp_servers.length > 0) {
    if (traffic === 'hosted') return event.mcp_servers;
    if (traffic === 'attached') return event.mcp_servers.map((server) => `attached:${server}`);
  }
  return [event.server_key || event.dst_host];
}
