// What the evidence of a verdict hangs on: the signals without which it would have another outcome, or what is missing for one.
//
// Order: nothing was seen; the evidence suffices (is there one signal that it falls with? if not, how many must go?); it does not (how
// much more would do?). Scores are computed as for a verdict (score.ts).

import type { Signal } from '../verdict.ts';
import { kindOf } from './catalogue.ts';
import { DECIDED, type Score, scoreSignals } from './score.ts';

const RANK = { decisive: 0, strong: 1, weak: 2 } as const;

/** Sentences for people; none without signals. */
export function turningPoints(signals: readonly Signal[]): string[] {
  const score = scoreSignals(signals);
  if (score.kind === 'none') return [];
  return score.decided ? whatCarries(signals, score) : whatIsMissing(signals, score);
}

function whatCarries(signals: readonly Signal[], score: Score): string[] {
  const alone = signals.flatMap((signal) => {
    const without = scoreSignals(signals.filter((each) => each !== signal));
    return changes(without, score) ? [`without ${signal.id}: ${outcomeOf(without)}`] : [];
  });
  if (alone.length > 0) return alone;
  const gone: string[] = [];
  let left = [...signals];
  for (const signal of signals.filter(({ id }) => kindOf(id) === score.kind).sort((a, b) => RANK[a.weight] - RANK[b.weight])) {
    gone.push(signal.id);
    left = left.filter((each) => each !== signal);
    const without = scoreSignals(left);
    if (changes(without, score)) return [`no single signal decides; without ${gone.join(', ')}: ${outcomeOf(without)}`];
  }
  return [];
}

function whatIsMissing(signals: readonly Signal[], score: Score): string[] {
  for (const weight of ['weak', 'strong', 'decisive'] as const) {
    const more: Signal = { id: `${PREFIX[score.kind]}one-more`, where: '', value: '', weight };
    const then = scoreSignals([...signals, more]);
    if (then.decided)
      return [`with one more ${weight} signal of the kind: confidence ${then.confidence}, named (from ${DECIDED} on)`];
  }
  return [];
}

const PREFIX: Readonly<Record<Score['kind'], string>> = {
  mcp: 'mcp.',
  hosted: 'llm.hosted.',
  attached: 'llm.attached.',
  discovery: 'discovery.',
  install: 'install.',
  none: '',
};

function changes(without: Score, score: Score): boolean {
  return !without.decided || without.kind !== score.kind;
}

function outcomeOf({ kind, confidence, decided }: Score): string {
  if (kind === 'none') return 'nothing would be left';
  return `confidence ${confidence}, ${decided ? `named ${kind}` : `suspicion only (named from ${DECIDED} on)`}`;
}
