// What a simulation found, in sentences.

import type { Simulated } from '../../api/shapes.ts';
import { counted, plain } from '../text/format.ts';

/** What stands at the top: what would change for people. */
export function simulationHeadline({ events, newly_blocked: newly, no_longer_blocked: gone, blocked }: Simulated): {
  tone: 'bad' | 'good' | 'calm';
  text: string;
} {
  if (events === 0) return { tone: 'calm', text: 'Nothing was recorded in this time, so there is nothing to tell by.' };
  if (newly.requests > 0)
    return {
      tone: 'bad',
      text: `${counted(newly.requests, 'request')} of ${counted(newly.users, 'user')} to ${counted(newly.servers, 'server')} that pass today would have been blocked.`,
    };
  if (gone.requests > 0)
    return {
      tone: 'good',
      text: `Nothing more would have been blocked; ${counted(gone.requests, 'request')} of ${counted(gone.users, 'user')} that are blocked today would have passed.`,
    };
  if (blocked.requests > 0)
    return {
      tone: 'calm',
      text: `No difference: the same ${counted(blocked.requests, 'request')} would have been blocked as today.`,
    };
  return { tone: 'calm', text: 'No difference: nothing recorded would have been blocked, today or with the change.' };
}

/** What makes the figures less certain. */
export function simulationCautions({ on_answer, unknown_rules, cut, uncounted }: Simulated): string[] {
  return [
    on_answer > 0 && `${counted(on_answer, 'request')} would have reached the server: the block is for its answer.`,
    unknown_rules > 0 &&
      `${counted(unknown_rules, 'event')} matched rules that are no longer in the pack; they are less certain.`,
    cut > 0 && `${counted(cut, 'event')} had more steps than could be stored; they are less certain.`,
    uncounted > 0 &&
      `${plain(uncounted)} blocked requests had more different names than are told apart; lists and counts leave them out.`,
  ].filter((line) => line !== false);
}

/** The spread of confidence: ten steps, and what part of it is where blocks are safe. */
export function confidenceSpread(confidence: readonly number[]): { label: string; n: number; share: number; sure: boolean }[] {
  const top = Math.max(1, ...confidence);
  return confidence.map((n, index) => ({
    label: index === 9 ? '90–100' : `${index * 10}–${index * 10 + 9}`,
    n,
    share: n / top,
    // From 75 on the traffic has a name.
    sure: index >= 7,
  }));
}
