// Which classes of traffic the DLP profiles read: wholly, partly (only for some people, hosts or moments, or in one direction), or not at all.

import type { Profile } from '../../../../engine/dlp/schema.ts';
import { TRAFFIC, type Traffic } from '../../../../engine/verdict.ts';
import type { DlpProfile } from '../../../api/shapes.ts';

export type Coverage = 'covered' | 'partly' | 'not';

export interface TrafficCoverage {
  traffic: Traffic;
  coverage: Coverage;
  /** Why not wholly; '' if it is. */
  why: string;
  /** Profiles that read it. */
  profiles: { id: string; request: Profile['request']; response: Profile['response']; limits: string }[];
}

const DIRECTIONS = ['request', 'response'] as const;
const WORDS = { request: 'requests', response: 'answers' } as const;
const LIMITS = ['users', 'groups', 'networks', 'hosts', 'when'] as const;
const LIMIT_WORDS: Readonly<Record<(typeof LIMITS)[number], string>> = {
  users: 'Only of users',
  groups: 'Only of groups',
  networks: 'Only from networks',
  hosts: 'Only to hosts',
  when: 'Only when',
};

/** The API sends profiles as they were loaded: every key that has a default is there. */
export function fullProfile(profile: DlpProfile): Profile {
  return profile as unknown as Profile;
}

/** What narrows a profile down, as name and value. */
export function limitsOf(profile: DlpProfile): [name: string, value: string][] {
  const full = fullProfile(profile);
  return LIMITS.flatMap((key): [string, string][] => {
    const value = full[key];
    return value === undefined ? [] : [[LIMIT_WORDS[key], Array.isArray(value) ? value.join(', ') : String(value)]];
  });
}

/** Every class of MCP traffic, those that DLP is most for first. */
export function trafficCoverage(profiles: readonly DlpProfile[]): TrafficCoverage[] {
  return TRAFFIC.filter((traffic) => traffic !== 'none')
    .reverse()
    .map((traffic) => coverageOf(traffic, profiles));
}

function coverageOf(traffic: Traffic, all: readonly DlpProfile[]): TrafficCoverage {
  const reading = all
    .filter((profile) => profile.traffic.includes(traffic) && DIRECTIONS.some((direction) => profile[direction] !== 'off'))
    .map((profile) => ({ profile: fullProfile(profile), limits: limitsOf(profile) }));
  const profiles = reading.map(({ profile: { id, request, response }, limits }) => ({
    id,
    request,
    response,
    limits: limits.map(([name, value]) => `${name.toLowerCase()} ${value}`).join('; '),
  }));
  if (profiles.length === 0) return { traffic, coverage: 'not', why: 'no profile names it', profiles };
  const missing = DIRECTIONS.filter(
    (direction) => !profiles.some((profile) => profile[direction] !== 'off' && profile.limits === ''),
  );
  if (missing.length === 0) return { traffic, coverage: 'covered', why: '', profiles };
  const unread = missing.filter((direction) => profiles.every((profile) => profile[direction] === 'off'));
  const limited = missing.filter((direction) => !unread.includes(direction));
  const why = [
    ...unread.map((direction) => `${WORDS[direction]} are not read`),
    ...limited.map((direction) => `${WORDS[direction]} are read only for some`),
  ];
  return { traffic, coverage: 'partly', why: why.join('; '), profiles };
}
