// Whether protection is paused: `pause` in modes.yml holds until its date, by the time of the flow. It ends by itself.

import { endOf } from './date.ts';
import type { Pause } from './schema.ts';

export interface CompiledPause {
  source: Pause;
  /** Epoch milliseconds. */
  until: number;
}

export function compilePause(source: Pause | undefined): CompiledPause | undefined {
  return source === undefined ? undefined : { source, until: endOf(source.until) };
}

/** @param time epoch milliseconds, of the flow. */
export function isPaused({ pause }: { readonly pause: CompiledPause | undefined }, time: number): boolean {
  return pause !== undefined && time < pause.until;
}

/** For a person: until when, by whom and why. */
export function whyPaused({ until, by, comment }: Pause): string {
  return `Protection is paused until ${until}${by === undefined ? '' : ` by ${by}`} (${comment}).`;
}
