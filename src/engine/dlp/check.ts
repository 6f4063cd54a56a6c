// What the schema of profiles cannot see: names that mean nothing, actions that traffic is not given and scopes that do not
// compile are problems; profiles and detectors that come to nothing are warnings.

import { compileScope } from '../policy/scope.ts';
import { suggest } from '../rules/predicate.ts';
import { profileDetectors } from './members.ts';
import { type Detector, FAMILIES, type Profile } from './schema.ts';

/** Something about one profile. `path` leads to it inside `dlp.yml`, for the line number. */
export interface ProfileRemark {
  path: readonly (string | number)[];
  message: string;
}

export interface ProfileCheck {
  problems: ProfileRemark[];
  warnings: ProfileRemark[];
}

/** Only what goes through a portal, or to a server that was approved, may be changed or stopped because of its content. */
const MAY_BE_CHANGED: readonly string[] = ['portal', 'approved'];

/** @param broken ids of detectors that exist and were refused, so that their profiles are not refused as well. */
export function checkProfiles(
  profiles: readonly Profile[],
  detectors: readonly Detector[],
  broken: ReadonlySet<string> = new Set(),
): ProfileCheck {
  const found: ProfileCheck = { problems: [], warnings: [] };
  const names = ['all', ...FAMILIES.map((family) => `family:${family}`), ...detectors.map(({ id }) => id), ...broken];
  const seen = new Set<string>();
  for (const [index, profile] of profiles.entries()) {
    const problem = (path: readonly (string | number)[], message: string): void =>
      void found.problems.push({ path: ['profiles', index, ...path], message });
    if (seen.has(profile.id)) problem(['id'], `there is a profile ${profile.id} already; give each its own id`);
    seen.add(profile.id);
    for (const key of ['detectors', 'except'] as const) {
      for (const [at, name] of profile[key].entries()) {
        if (names.includes(name)) continue;
        const what = name.startsWith('family:') ? 'family' : 'detector';
        problem([key, at], `there is no ${what} ${JSON.stringify(name)}${suggest(name, names)}`);
      }
    }
    const changing = (['request', 'response'] as const).find((key) => profile[key] === 'redact' || profile[key] === 'block');
    for (const [at, traffic] of profile.traffic.entries()) {
      if (changing === undefined || MAY_BE_CHANGED.includes(traffic)) continue;
      problem(
        ['traffic', at],
        `${traffic} traffic can only be logged, and ${changing} is ${profile[changing]}; give it a profile of its own that logs`,
      );
    }
    try {
      compileScope(profile);
    } catch (error) {
      problem([], error instanceof Error ? error.message : String(error));
    }
    // A refused detector may be the one that is missed.
    if (broken.size > 0) continue;
    if (takesOutAll(profile, detectors))
      problem(['except'], 'takes out every detector of the profile; remove the profile or name less');
    else {
      const idle = whyIdle(profile, detectors);
      if (idle !== undefined) found.warnings.push({ path: ['profiles', index], message: idle });
    }
  }
  return found;
}

function takesOutAll(profile: Profile, detectors: readonly Detector[]): boolean {
  const isEmpty = profileDetectors(profile, detectors).length === 0;
  return isEmpty && profileDetectors({ ...profile, except: [] }, detectors).length > 0;
}

/** Why a profile finds nothing whatever it reads, if that is so. */
function whyIdle(profile: Profile, detectors: readonly Detector[]): string | undefined {
  const directions = (['request', 'response'] as const).filter((direction) => profile[direction] !== 'off');
  if (directions.length === 0) return `profile ${profile.id} is off in both directions; it reads nothing`;
  const members = profileDetectors(profile, detectors);
  if (members.length === 0) return `profile ${profile.id} has no detectors: nothing bears these names yet; it finds nothing`;
  if (members.some((detector) => directions.some((direction) => detector.directions.includes(direction)))) return undefined;
  return `profile ${profile.id} reads only the ${directions[0]}, and none of its detectors looks there; it finds nothing`;
}
