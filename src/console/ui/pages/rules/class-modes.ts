// What policy says of whole classes of traffic, as a person sees it in a table: the mode that holds for everybody now, and the lines beside it
// that are for some people, some clients or another time.

import { endOf, startOf } from '../../../../engine/policy/date.ts';
import type { Mode, ModeEntry, Policy } from '../../../../engine/policy/schema.ts';
import type { Traffic } from '../../../../engine/verdict.ts';

export interface ClassMode {
  /** A class of traffic, a tag, or default: as `daylight rules mode` takes it. */
  target: string;
  kind: 'default' | 'traffic' | 'tag';
  mode: Mode;
  /** It has no line of its own that holds for everybody. */
  inherited: boolean;
  /** Lines for some, or for another time. */
  lines: readonly ModeEntry[];
}

/** Classes that have modes, the most serious first. */
const CLASSES: readonly Traffic[] = ['shadow', 'bypass', 'hosted', 'attached', 'install', 'discovery', 'suspect'];

const LIMITS = ['users', 'groups', 'networks', 'hosts', 'when', 'canary'] as const;

/** @param now epoch milliseconds */
export function classModes(modes: Policy['modes'], now: number): ClassMode[] {
  const tags = [...new Set(modes.modes.flatMap(({ tag }) => (tag === undefined ? [] : [tag])))];
  return [
    row('default', 'default', ({ all }) => all === true),
    ...CLASSES.map((target) => row(target, 'traffic', ({ traffic }) => traffic === target)),
    ...tags.map((target) => row(target, 'tag', ({ tag }) => tag === target)),
  ];

  function row(target: string, kind: ClassMode['kind'], isAbout: (line: ModeEntry) => boolean): ClassMode {
    const about = modes.modes.filter(isAbout);
    const own = about.findLast((line) => isForAll(line) && holds(line, now));
    // A guess is not blocked by a default.
    const fallback = target === 'suspect' && modes.default === 'block' ? 'log' : modes.default;
    return {
      target,
      kind,
      mode: own?.mode ?? fallback,
      inherited: own === undefined && kind !== 'default',
      lines: about.filter((line) => line !== own && endOf(line.until) > now),
    };
  }
}

function isForAll(line: ModeEntry): boolean {
  return LIMITS.every((key) => line[key] === undefined);
}

function holds({ after, until }: ModeEntry, now: number): boolean {
  return startOf(after) <= now && now < endOf(until);
}
