// A stored flow as it would have been judged if nobody had learnt before that its server speaks MCP: under a policy that refuses the
// first requests of a session, later ones come to a server that never proved itself.
//
// Gone are the rules that go by memory alone, all rules on MCP where the evidence without memory does not suffice, and the name and
// revision of the server unless this very exchange gave them.

import type { HttpFlowEvent } from '../event.ts';
import { isSignalId, SIGNALS } from '../signals/catalogue.ts';
import { scoreSignals } from '../signals/score.ts';
import type { Judgement, McpFacts } from '../verdict.ts';
import type { StoredFlow } from './stored-flow.ts';

const MEMORY = ['mcp.learned', 'mcp.learned.fits'];
const NAMES_SERVER = ['mcp.answer.initialize', 'mcp.answer.meta'];
const NAMES_REVISION = ['mcp.header.protocol-version', 'mcp.body.initialize', 'mcp.body.meta', 'mcp.sse.endpoint'];

/** Whether a rule with this gate (rules/compile.ts) goes by memory alone. */
export function goesByMemory(gate: readonly string[] | undefined): boolean {
  return gate?.every((signal) => MEMORY.includes(signal)) ?? false;
}

/** @param byMemory ids of the rules that go by memory alone */
export function forgetServer(event: HttpFlowEvent, stored: StoredFlow, byMemory: ReadonlySet<string>): StoredFlow {
  const { learned: _, ...flow } = stored.flow;
  const isMcp = standsWithoutMemory(event);
  const judgements = stored.judgements.map(({ asked, matches, mcp }): Judgement => {
    const left = matches.filter(({ ruleId, traffic }) => (isMcp || traffic !== 'shadow') && !byMemory.has(ruleId));
    const revised = has(event, NAMES_REVISION) ? mcp : { ...mcp, generation: '' as const };
    return { asked, matches: left, mcp: withoutName(revised, asked, event) };
  });
  return { ...stored, flow, judgements, proved: stored.proved && isMcp };
}

/** The same for a server that has proved itself, but not given its name. */
export function forgetName(event: HttpFlowEvent, stored: StoredFlow): StoredFlow {
  const judgements = stored.judgements.map((each) => ({ ...each, mcp: withoutName(each.mcp, each.asked, event) }));
  return { ...stored, judgements };
}

/** Whether the answer of this exchange holds the name of the server. */
export function givesName(event: HttpFlowEvent): boolean {
  return has(event, NAMES_SERVER);
}

function withoutName(mcp: McpFacts, asked: boolean, event: HttpFlowEvent): McpFacts {
  return !asked && givesName(event) ? mcp : { ...mcp, serverName: '', serverVersion: '' };
}

function has({ signals }: HttpFlowEvent, ids: readonly string[]): boolean {
  return ids.some((id) => signals.includes(id));
}

/** By the usual weights: events do not tell where a signal weighed less. */
function standsWithoutMemory({ signals }: HttpFlowEvent): boolean {
  const rest = signals
    .filter(isSignalId)
    .filter((id) => !MEMORY.includes(id))
    .map((id) => ({ id, where: '', value: '', weight: SIGNALS[id].weight }));
  const { kind, decided } = scoreSignals(rest);
  return kind !== 'none' && decided;
}
