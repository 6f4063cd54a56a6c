// Decides stored flows again under one policy, in the order in which they happened, as the data path would have.
//
//   1. what is known of the server under this policy (replayed-servers.ts)
//   2. the judgements of the flow, phase by phase: the first that is blocked ends it
//   3. an answer that got that far teaches, with the outcome of this policy
//
// What no policy decides stays as it was: a block by DLP, or by a fault where proxy.onError is closed. A pause is left out: it ends by
// itself, and what policy does without it is what people want to know.

import type { HttpFlowEvent } from '../event.ts';
import type { Flow } from '../flow.ts';
import type { Traffic } from '../verdict.ts';
import type { CompiledPolicy } from './compile.ts';
import { forgetName, forgetServer, givesName } from './forget-server.ts';
import { createReplayedServers } from './replayed-servers.ts';
import { resolvePolicy } from './resolve.ts';
import type { StoredFlow } from './stored-flow.ts';

export interface Outcome {
  blocked: boolean;
  /** Blocked only when the answer was there: the request had reached the server. */
  onAnswer: boolean;
  traffic: Traffic;
  /** Rule that decided, '' if none did. */
  rule: string;
  tool: string;
  /** What let pass what the modes would have blocked. */
  savedBy: { step: 'approval' | 'exception'; id: string } | undefined;
}

export type Replay = (event: HttpFlowEvent, stored: StoredFlow) => Outcome;

export interface ReplayOptions {
  /** Ids of the rules that go by memory alone. */
  byMemory: ReadonlySet<string>;
  /** Policy time for all flows, epoch milliseconds; the time of each flow if undefined. */
  at?: number | undefined;
}

export function createReplay(policy: CompiledPolicy, { byMemory, at }: ReplayOptions): Replay {
  const servers = createReplayedServers();
  const lasting: CompiledPolicy = { ...policy, pause: undefined };

  /** The flow as it would have come to this policy. */
  function recall(event: HttpFlowEvent, stored: StoredFlow): StoredFlow {
    const { learned } = stored.flow;
    if (learned === undefined) return stored;
    const known = servers.find(stored);
    if (known === 'forgotten') return forgetServer(event, stored, byMemory);
    if (known === undefined) return stored;
    const flow: Flow = { ...stored.flow, learned: { ...learned, blocked: known.blocked } };
    return known.named ? { ...stored, flow } : forgetName(event, { ...stored, flow });
  }

  return (event, stored) => {
    const { flow, judgements, proved } = recall(event, stored);
    const judged: Flow = { ...flow, time: at ?? flow.time };
    let outcome: Outcome = { blocked: false, onAnswer: false, traffic: 'none', rule: '', tool: '', savedBy: undefined };
    let asked = true;
    let name = '';
    for (const judgement of judgements) {
      const { traffic, action, rule, policy: step } = resolvePolicy(judged, judgement.mcp, judgement.matches, lasting);
      asked &&= judgement.asked;
      name = judgement.mcp.serverName;
      const blocked = action === 'block';
      const saved = step.step === 'exception' || (step.step === 'approval' && step.comment === 'block');
      const savedBy = saved ? { step: step.step as 'approval' | 'exception', id: step.id } : outcome.savedBy;
      outcome = { blocked, onAnswer: blocked && !asked, traffic, rule, tool: judgement.mcp.tool, savedBy };
      if (blocked) break;
    }
    const elsewhere = event.action === 'block' && (event.policy_step === 'dlp' || event.policy_step === 'error');
    if (elsewhere) outcome.blocked = true;
    if (outcome.blocked) outcome.savedBy = undefined;
    const answered = proved && !(outcome.blocked && asked) && outcome.traffic !== 'none';
    const lesson = answered ? { blocked: outcome.blocked, named: givesName(event) && name !== '' } : undefined;
    servers.note(stored, event.ts + event.ttfb_ms, lesson);
    return outcome;
  };
}
