// What the hits of a message come to, in this order:
//
//   1. words to the model are no finding where the protocol has servers speak to it
//   2. a detector that needs several different values counts only with so many
//   3. hits of a confidence that no profile takes are dropped
//   4. of hits of one family on the same characters the best stays: the stronger action, then the higher confidence, then a form of
//      its own rather than one that the text around it gives, then the longer, then the more severe
//   5. a profile that has too few findings logs them

import { ACTIONS, type Action, type Finding } from '../verdict.ts';
import { type CompiledDetector, rankOf } from './compile.ts';
import type { Coverage, CoverageRule } from './coverage.ts';
import type { Hit } from './fragment.ts';

export interface Settled {
  hit: Hit;
  profile: string;
  action: Finding['action'];
}

export interface Settlement {
  /** What is reported, in the order of the message. */
  findings: readonly Settled[];
  /** What is replaced: also what another finding covers. */
  redacted: readonly Settled[];
  action: Action;
}

const SEVERITIES: readonly Finding['severity'][] = ['low', 'medium', 'high', 'critical'];

/**
 * Where servers describe themselves to the model (MCP specification, `InitializeResult.instructions` and the lists). Tools are checked
 * in the inventory, with checks of their own.
 */
const FOR_THE_MODEL = /\.result\.(instructions|tools|prompts|resources|resourceTemplates|serverInfo|capabilities)(\.|$)/;

export function settleHits(hits: readonly Hit[], coverage: Coverage): Settlement {
  const counting = hits.filter(
    ({ detector, where }) => detector.source.family !== 'prompt-injection' || !FOR_THE_MODEL.test(where),
  );
  const enough = withEnoughValues(counting);
  const wanted = enough.flatMap((hit) => {
    const rule = rulesFor(hit, coverage)[0];
    return rule === undefined ? [] : [settled(hit, rule)];
  });
  const best = withoutDoubles(wanted);
  const counts = new Map<string, number>();
  for (const { hit } of best) {
    for (const { profile } of rulesFor(hit, coverage)) counts.set(profile, (counts.get(profile) ?? 0) + 1);
  }
  const decide = ({ hit }: Settled): Settled => {
    const rules = rulesFor(hit, coverage);
    const rule = rules.find(({ profile, count }) => counts.get(profile)! >= count);
    return rule === undefined ? { ...settled(hit, rules[0]!), action: 'log' } : settled(hit, rule);
  };
  const findings = best.map(decide);
  return {
    findings,
    redacted: wanted.map(decide).filter(({ action }) => action !== 'log'),
    action: findings.reduce<Action>((most, { action }) => stronger(most, action), 'allow'),
  };
}

function settled(hit: Hit, { profile, action }: CoverageRule): Settled {
  return { hit, profile, action };
}

/** What profiles ask for on a hit, strongest first. */
function rulesFor({ detector, confidence }: Hit, { rules }: Coverage): readonly CoverageRule[] {
  const rank = rankOf(confidence);
  const all = rules[detector.index] ?? [];
  return all.every(({ threshold }) => threshold <= rank) ? all : all.filter(({ threshold }) => threshold <= rank);
}

export function stronger(a: Action, b: Action): Action {
  return ACTIONS.indexOf(a) >= ACTIONS.indexOf(b) ? a : b;
}

function withEnoughValues(hits: readonly Hit[]): readonly Hit[] {
  if (hits.every(({ detector }) => detector.source.distinct === 1)) return hits;
  const values = new Map<CompiledDetector, Set<string>>();
  for (const { detector, value } of hits) {
    const known = values.get(detector);
    if (known === undefined) values.set(detector, new Set([value]));
    else known.add(value);
  }
  return hits.filter(({ detector }) => values.get(detector)!.size >= detector.source.distinct);
}

/** Of each family, one finding for the same characters. Hits come in the order of their texts. */
function withoutDoubles(all: readonly Settled[]): Settled[] {
  const order = new Map(all.map((each, index) => [each, index]));
  const byPlace = new Map<object, Settled[]>();
  for (const each of all) {
    const place = each.hit.run ?? each.hit.fragment;
    const list = byPlace.get(place);
    if (list === undefined) byPlace.set(place, [each]);
    else list.push(each);
  }
  const kept = [...byPlace.values()].flatMap(bestOfEach);
  return kept.sort((a, b) => order.get(a)! - order.get(b)!);
}

function bestOfEach(list: Settled[]): Settled[] {
  if (list.length === 1) return list;
  const last = new Map<string, Settled>();
  const kept = new Set<Settled>();
  for (const each of list.sort((a, b) => a.hit.start - b.hit.start || b.hit.end - a.hit.end)) {
    const { family } = each.hit.detector.source;
    const before = last.get(family);
    if (before !== undefined && each.hit.start < before.hit.end) {
      if (!isBetter(each, before)) continue;
      kept.delete(before);
    }
    kept.add(each);
    last.set(family, each);
  }
  return [...kept];
}

/** Whether the first of two findings on the same characters says more. */
export function isBetter(a: Settled, b: Settled): boolean {
  const [x, y] = [a.hit, b.hit];
  const order =
    ACTIONS.indexOf(a.action) - ACTIONS.indexOf(b.action) ||
    rankOf(x.confidence) - rankOf(y.confidence) ||
    ownForm(x) - ownForm(y) ||
    x.end - x.start - (y.end - y.start) ||
    SEVERITIES.indexOf(x.detector.source.severity) - SEVERITIES.indexOf(y.detector.source.severity);
  return order > 0;
}

/** 1 if the value is known by its own form or by a check, 0 if only by what stands around it. */
function ownForm({ detector }: Hit): number {
  const { validators, patterns } = detector.source;
  return validators.length > 0 || patterns?.every(({ group }) => group === 0) ? 1 : 0;
}
