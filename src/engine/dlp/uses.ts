// Which profiles use a detector, and what they do about what it finds.

import { profileDetectors } from './members.ts';
import type { Detector, Profile } from './schema.ts';

export interface DetectorUse {
  profile: string;
  request: Profile['request'];
  response: Profile['response'];
}

/** The profiles that name a detector, each with its actions; `off` where the detector does not look. */
export function usesOf(detector: Detector, profiles: readonly Profile[]): DetectorUse[] {
  const actionOf = (profile: Profile, direction: 'request' | 'response') =>
    detector.directions.includes(direction) ? profile[direction] : 'off';
  return profiles
    .filter((profile) => profileDetectors(profile, [detector]).length > 0)
    .map((profile) => ({
      profile: profile.id,
      request: actionOf(profile, 'request'),
      response: actionOf(profile, 'response'),
    }));
}
