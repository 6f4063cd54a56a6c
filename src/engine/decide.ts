// The decision: one flow, one snapshot, one verdict. Pure, and it never throws.
//
// Steps, each a function with a name:
//   1. a flow whose content cannot be seen is `none`, and says so
//   2. extractSignals   what was observed, and how sure that makes (signals/)
//   3. matchRules       what the rule pack makes of it (rules/)
//   4. resolvePolicy    what local policy makes of that (policy/)
//   5. escalate         across the phases of a flow the action may only rise; traffic and reason are the last phase's
//
// `decide` is called once per phase. It hands its observations on in the verdict, so a later phase reads only what is new.

import type { Flow } from './flow.ts';
import { earlierThan } from './policy/earlier.ts';
import { NO_POLICY, resolvePolicy } from './policy/resolve.ts';
import { matchRules } from './rules/match.ts';
import { NO_MCP } from './signals/draft.ts';
import { type Extraction, extractSignals } from './signals/extract.ts';
import type { Snapshot } from './snapshot.ts';
import { ACTIONS, type Action, type Disposition, type PolicyStep, type Verdict } from './verdict.ts';

/** The verdict on ordinary traffic. */
export const NONE: Verdict = nothing('No sign of MCP.');
const PASSTHROUGH = nothing('Not inspected: the host is on the list of hosts that are never decrypted.');
const OPAQUE = nothing('Not inspected: the traffic is not HTTP.');

const DISPOSITION: Readonly<Record<Action, Disposition>> = {
  allow: 'allowed',
  log: 'logged',
  redact: 'redacted',
  block: 'blocked',
};

/** Joins the present reason to the one that a retained action had. */
const EARLIER = ' Decided earlier: ';

/**
 * Judges a flow at its present phase.
 *
 * @param previous the verdict of the phase before, if any.
 * @returns a verdict; an internal fault gives one whose policy step is `error`, which the caller treats as configured.
 */
export function decide(flow: Flow, snapshot: Snapshot, previous?: Verdict): Verdict {
  try {
    return judge(flow, snapshot, previous);
  } catch (error) {
    return escalate(faulty(error), previous);
  }
}

function judge(flow: Flow, snapshot: Snapshot, previous: Verdict | undefined): Verdict {
  if (flow.inspected === 'passthrough') return escalate(PASSTHROUGH, previous);
  if (flow.inspected === 'opaque') return escalate(OPAQUE, previous);
  const extraction = extractSignals(flow, previous?.extraction);
  const { signals, mcp, score } = extraction;
  if (signals.length === 0 && snapshot.index.always.length === 0) return escalate(noneWith(extraction), previous);
  const matches = matchRules({ flow, signals, mcp, score }, snapshot.index);
  const { traffic, action, policy, reason } = resolvePolicy(flow, mcp, matches, snapshot.policy);
  const verdict: Verdict = {
    traffic,
    action,
    disposition: DISPOSITION[action],
    reason,
    confidence: score.confidence,
    signals,
    matches,
    findings: NONE.findings,
    mcp,
    policy,
    extraction,
  };
  return escalate(verdict, previous);
}

/** A stronger action of an earlier phase stays, together with the policy step that asked for it. */
function escalate(now: Verdict, previous: Verdict | undefined): Verdict {
  if (previous === undefined) return now;
  const earlier = earlierThan(now, previous);
  const verdict = earlier === undefined ? now : { ...now, earlier };
  if (ACTIONS.indexOf(verdict.action) >= ACTIONS.indexOf(previous.action)) return verdict;
  const { action, policy } = previous;
  const first = previous.reason.slice(previous.reason.indexOf(EARLIER) + 1 && previous.reason.indexOf(EARLIER) + EARLIER.length);
  const reason = verdict.reason === first ? first : `${verdict.reason}${EARLIER}${first}`;
  return { ...verdict, action, disposition: DISPOSITION[action], policy, reason };
}

/** The shared verdict, with what was read from the flow for the phases to come. */
function noneWith(extraction: Extraction): Verdict {
  return { ...NONE, mcp: extraction.mcp, extraction };
}

function nothing(reason: string, policy: PolicyStep = NO_POLICY): Verdict {
  return Object.freeze<Verdict>({
    traffic: 'none',
    action: 'allow',
    disposition: 'allowed',
    reason,
    confidence: 0,
    signals: Object.freeze([]),
    matches: Object.freeze([]),
    findings: Object.freeze([]),
    mcp: NO_MCP,
    policy,
  });
}

function faulty(error: unknown): Verdict {
  const why = error instanceof Error ? error.message : String(error);
  return nothing(`Internal fault: ${why}.`, { step: 'error', id: '', mode: 'off', comment: '' });
}
