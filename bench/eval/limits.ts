// The limits that detection has to keep on a labelled corpus.

import { type Measured, precision, recall, SESSION_CLASSES } from './measure.ts';

/** Least share of self-deciding exchanges that are named right. */
const LEAST_EXCHANGES = 0.995;
/** At most one benign flow in so many may be `suspect`. */
const SUSPECT_ONE_IN = 200;

/** What is not kept, one sentence each; empty if all limits are. */
export function unmetLimits(measured: Measured): string[] {
  const unmet: string[] = [];
  for (const name of SESSION_CLASSES) {
    const count = measured.bySession[name];
    if (recall(count) < 1) unmet.push(`Sessions: recall of ${name} is ${recall(count).toFixed(4)}, not 1.`);
    if (precision(count) < 1) unmet.push(`Sessions: precision of ${name} is ${precision(count).toFixed(4)}, not 1.`);
  }
  const { all, inOrder } = measured.strict;
  if (all > 0 && inOrder / all < LEAST_EXCHANGES) {
    unmet.push(
      `Exchanges: ${(inOrder / all).toFixed(4)} of those that decide themselves are named right, not ${LEAST_EXCHANGES}.`,
    );
  }
  const { benign } = measured;
  if (benign.above > 0) unmet.push(`Benign: ${benign.above} of ${benign.all} flows are above suspect.`);
  // A small corpus may have one.
  if (benign.suspect > Math.max(1, benign.all / SUSPECT_ONE_IN)) {
    unmet.push(`Benign: ${benign.suspect} of ${benign.all} flows are suspect, more than 1 in ${SUSPECT_ONE_IN}.`);
  }
  return unmet;
}
