// Combines signals into a confidence of 0 to 100, and says which kind of traffic they speak for.
//
// Order: signals are grouped by what they speak for (catalogue.ts); each group is scored alone; the group with the highest score
// wins, and among equals the more serious one (mcp, hosted, attached, discovery, install). Within a group evidence is combined as
// independent: confidence = 1 - product(1 - p), with p = 0.95 for decisive, 0.65 for strong and 0.20 for weak signals; a signal id
// occurs once. Two limits make the words mean what they say: weak signals alone never exceed 45, and strong signals of MCP with a
// look-alike against them never exceed 60. From DECIDED on the traffic has a name; below it, and above 0, it is `suspect`.
// docs/explain/score.md has examples.

import type { Signal } from '../verdict.ts';
import { kindOf, type SignalKind } from './catalogue.ts';

/** Confidence from which the traffic is named; below it there is only suspicion. */
export const DECIDED = 75;

export interface Score {
  /** The kind of traffic that the signals speak for; `none` without signals. */
  kind: Exclude<SignalKind, 'not'> | 'none';
  /** 0 to 100. */
  confidence: number;
  /** confidence >= DECIDED */
  decided: boolean;
}

export const NO_SCORE: Score = Object.freeze({ kind: 'none', confidence: 0, decided: false });

const KINDS = ['mcp', 'hosted', 'attached', 'discovery', 'install'] as const;
const PROBABILITY = { decisive: 0.95, strong: 0.65, weak: 0.2 } as const;
const RANK = { decisive: 2, strong: 1, weak: 0 } as const;
const WEAK_ALONE = 45;
const DISPUTED = 60;

/** The score of a list of signals. */
export function scoreSignals(signals: readonly Signal[]): Score {
  if (signals.length === 0) return NO_SCORE;
  const doubt = { mcp: 1, hosted: 1, attached: 1, discovery: 1, install: 1, not: 1 };
  const rank = { mcp: 0, hosted: 0, attached: 0, discovery: 0, install: 0, not: 0 };
  for (const { id, weight } of signals) {
    const kind = kindOf(id);
    doubt[kind] *= 1 - PROBABILITY[weight];
    if (RANK[weight] > rank[kind]) rank[kind] = RANK[weight];
  }
  let best = NO_SCORE;
  for (const kind of KINDS) {
    let confidence = Math.round(100 * (1 - doubt[kind]));
    if (rank[kind] === 0) confidence = Math.min(confidence, WEAK_ALONE);
    else if (kind === 'mcp' && rank.mcp === 1 && doubt.not < 1) confidence = Math.min(confidence, DISPUTED);
    if (confidence > best.confidence) best = { kind, confidence, decided: confidence >= DECIDED };
  }
  return best;
}
