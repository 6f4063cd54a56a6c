// Which detectors read a message, and what their findings call for: the profiles that apply to the flow, merged.
//
// A profile applies if it names the traffic class, its direction is not off, and its scope fits. Redacting and blocking is only for
// traffic through a portal or to a server that was approved; elsewhere a profile logs. The same profiles always give the same
// coverage, so it is computed once.

import type { Flow } from '../flow.ts';
import type { Finding, Traffic, Verdict } from '../verdict.ts';
import { type CompiledDetector, type CompiledDlp, type CompiledProfile, rankOf } from './compile.ts';
import type { Direction } from './types.ts';

export interface Coverage {
  dlp: CompiledDlp;
  direction: Direction;
  /** By number of the detector: what profiles ask for, strongest action first; undefined if it is not run. */
  rules: readonly (readonly CoverageRule[] | undefined)[];
  /** Those that look for runs of digits, of characters, or have no anchor, with what they look for. */
  digits: readonly { detector: CompiledDetector; least: number }[];
  characters: readonly { detector: CompiledDetector; ranges: readonly (readonly [number, number])[] }[];
  everywhere: readonly CompiledDetector[];
}

/** What one profile asks for. */
export interface CoverageRule {
  profile: string;
  /** Rank of the lowest confidence that counts. */
  threshold: number;
  /** Findings of the profile that a message must hold before the action applies. */
  count: number;
  action: Finding['action'];
}

const STRENGTH: Readonly<Record<Finding['action'], number>> = { log: 0, redact: 1, block: 2 };

/** @returns undefined if nothing is to be scanned. */
export function coverageOf(flow: Flow, verdict: Verdict, dlp: CompiledDlp, direction: Direction): Coverage | undefined {
  let key = '';
  const { traffic, mcp } = verdict;
  for (let index = 0; index < dlp.profiles.length; index += 1) {
    const profile = dlp.profiles[index]!;
    if (!profile.traffic.has(traffic) || profile.source[direction] === 'off') continue;
    if (profile.scope({ flow, mcp, traffic })) key += `${index},`;
  }
  if (key === '') return undefined;
  const changes = mayChange(traffic);
  key += `${direction}${changes}`;
  const known = dlp.coverages.get(key);
  if (known !== undefined) return known;
  const applying = key.split(',').slice(0, -1);
  const coverage = mergeProfiles(
    dlp,
    applying.map((index) => dlp.profiles[Number(index)]!),
    direction,
    changes,
  );
  dlp.coverages.set(key, coverage);
  return coverage;
}

/** Whether findings may change or stop traffic of this class. */
export function mayChange(traffic: Traffic): boolean {
  return traffic === 'portal' || traffic === 'approved';
}

function mergeProfiles(dlp: CompiledDlp, profiles: readonly CompiledProfile[], direction: Direction, changes: boolean): Coverage {
  const rules: (CoverageRule[] | undefined)[] = dlp.detectors.map(() => undefined);
  for (const { source, detectors } of profiles) {
    const wanted = source[direction];
    if (wanted === 'off') continue;
    const rule = {
      profile: source.id,
      threshold: rankOf(source.threshold),
      count: source.count,
      action: changes ? wanted : 'log',
    } as const;
    for (const { index, source: detector } of detectors) {
      if (!detector.directions.includes(direction)) continue;
      rules[index] ??= [];
      rules[index].push(rule);
    }
  }
  for (const list of rules) list?.sort((a, b) => STRENGTH[b.action] - STRENGTH[a.action]);
  return coverRules(dlp, rules, direction);
}

/** A coverage by rules made elsewhere. */
export function coverRules(dlp: CompiledDlp, rules: Coverage['rules'], direction: Direction): Coverage {
  const active = dlp.detectors.filter(({ index }) => rules[index] !== undefined);
  return {
    dlp,
    direction,
    rules,
    digits: active.flatMap((detector) => {
      const least = detector.source.anchors?.digits;
      return least === undefined ? [] : [{ detector, least }];
    }),
    characters: active.flatMap((detector) => {
      const ranges = detector.source.anchors?.characters;
      return ranges === undefined ? [] : [{ detector, ranges }];
    }),
    everywhere: active.filter(({ source }) => source.anchors?.none === true),
  };
}
