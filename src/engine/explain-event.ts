// Why an event was judged as it was: what was stored with it, and what would change the verdict.

import type { HttpFlowEvent } from './event.ts';
import { POLICY_STEPS } from './policy/steps.ts';
import { waysToChange } from './policy/ways-to-change.ts';
import { recordedEvidence } from './rules/recorded-evidence.ts';
import type { Rule } from './rules/schema.ts';
import { isSignalId, SIGNALS } from './signals/catalogue.ts';
import { scoreSignals } from './signals/score.ts';
import { turningPoints } from './signals/turning-points.ts';
import type { Match, PolicyStep, Signal } from './verdict.ts';

export interface EventExplanation {
  signals: DescribedSignal[];
  /** Rules that left the pack meanwhile have no title. */
  rules: ExplainedRule[];
  policy: { step: string; id: string; text: string };
  /** Where the stored signals do not tell all. */
  note: string;
  /** What the evidence hangs on, or what is missing. */
  evidence: string[];
  /** Commands and edits that would lead to another verdict. */
  change: string[];
}

export interface ExplainedRule {
  id: string;
  title: string;
  level: string;
  traffic: string;
  description: string;
  /** Which lines of which selection matched; none if the rule, as it is now, would not match what is stored. */
  evidence: Match['evidence'];
}

export interface DescribedSignal {
  id: string;
  weight: string;
  meaning: string;
}

export function explainEvent(event: HttpFlowEvent, rules: readonly Rule[]): EventExplanation {
  const known = new Map(rules.map((rule) => [rule.id, rule]));
  const signals = event.signals
    .filter(isSignalId)
    .map((id): Signal => ({ id, weight: SIGNALS[id].weight, where: '', value: '' }));
  return {
    signals: event.signals.map(describeSignal),
    rules: event.rules.map((id): ExplainedRule => {
      const rule = known.get(id);
      if (!rule) return { id, title: '', level: '', traffic: '', description: '', evidence: [] };
      const { title, level, traffic, description } = rule;
      return { id, title, level, traffic, description, evidence: recordedEvidence(event, rule) };
    }),
    policy: {
      step: event.policy_step,
      id: event.policy_id,
      text: POLICY_STEPS[event.policy_step as PolicyStep['step']] ?? '',
    },
    note: weighedLess(signals, event.confidence),
    evidence: turningPoints(signals),
    change: waysToChange({
      ...event,
      step: event.policy_step as PolicyStep['step'],
      decidedBy: event.policy_id,
      server: event.server_key,
      host: event.dst_host,
      servers: event.mcp_servers,
    }),
  };
}

export function describeSignal(id: string): DescribedSignal {
  if (!isSignalId(id)) return { id, weight: '', meaning: '' };
  const { weight, meaning } = SIGNALS[id];
  return { id, weight, meaning };
}

/** Events keep which signals there were, not where one weighed less than usual; the confidence tells. */
function weighedLess(signals: readonly Signal[], confidence: number): string {
  if (scoreSignals(signals).confidence === confidence) return '';
  return `weights are the usual ones; in this exchange some counted for less, and the confidence was ${confidence}`;
}
