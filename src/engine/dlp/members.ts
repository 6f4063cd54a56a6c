// Which detectors a profile means: ids, `family:NAME` and `all`, less what `except` names in the same way.

import type { Detector, Profile } from './schema.ts';

/** The detectors of a profile, in the order in which they were loaded. Names that mean nothing are nobody. */
export function profileDetectors<T extends Pick<Detector, 'id' | 'family'>>(
  { detectors: names, except }: Pick<Profile, 'detectors' | 'except'>,
  detectors: readonly T[],
): T[] {
  return detectors.filter((detector) => isNamed(detector, names) && !isNamed(detector, except));
}

function isNamed({ id, family }: Pick<Detector, 'id' | 'family'>, names: readonly string[]): boolean {
  return names.includes(id) || names.includes(`family:${family}`) || names.includes('all');
}
