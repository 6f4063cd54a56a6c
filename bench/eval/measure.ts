// Counts what was found, missed and wrongly named: per class of traffic, generation and transport, for exchanges and for sessions.

import type { JudgedEntry } from '../../src/engine/har.ts';
import type { Traffic } from '../../src/engine/verdict.ts';
import { type BaselineHit, baseline } from './baseline.ts';
import type { Expectation, Session } from './corpus.ts';

export const CLASSES = ['shadow', 'hosted', 'attached', 'discovery', 'install'] as const;
/** Classes whose sessions must be found without exception. */
export const SESSION_CLASSES = ['shadow', 'hosted', 'attached'] as const;
type Class = (typeof CLASSES)[number];

export interface Count {
  found: number;
  missed: number;
  /** Named so, but something else. */
  wrong: number;
}

/** Daylight beside the baseline, on the same exchanges. */
export interface Compared {
  daylight: Count;
  body: Count;
  any: Count;
}

export interface Remark {
  kind: 'miss' | 'false alarm' | 'suspicion';
  session: string;
  index: number;
  sublabel: string;
  expected: Traffic;
  got: Traffic;
  confidence: number;
  request: string;
  reason: string;
  signals: string;
}

export interface Measured {
  sessions: number;
  exchanges: number;
  /** Exchanges that by the recording's own word cannot be told from themselves. */
  undecidable: { all: number; found: number };
  byClass: Record<Class, Count>;
  bySession: Record<Class, Count>;
  /** Exchanges that decide themselves, judged in order and judged alone. */
  strict: { all: number; inOrder: number; alone: number };
  byGeneration: Map<string, Compared>;
  byTransport: Map<string, Compared>;
  benign: { all: number; suspect: number; above: number };
  /** On `shadow` exchanges that decide themselves, and as wrong on all others. */
  baseline: { body: Count; any: Count };
  /** The same for whole `shadow` sessions: one hit finds a session. */
  baselineSessions: { body: Count; any: Count };
  remarks: Remark[];
}

export function newMeasure(): Measured {
  const counts = (): Record<Class, Count> => Object.fromEntries(CLASSES.map((name) => [name, zero()])) as Record<Class, Count>;
  return {
    sessions: 0,
    exchanges: 0,
    undecidable: { all: 0, found: 0 },
    byClass: counts(),
    bySession: counts(),
    strict: { all: 0, inOrder: 0, alone: 0 },
    byGeneration: new Map(),
    byTransport: new Map(),
    benign: { all: 0, suspect: 0, above: 0 },
    baseline: { body: zero(), any: zero() },
    baselineSessions: { body: zero(), any: zero() },
    remarks: [],
  };
}

/**
 * Adds one session.
 *
 * @param judged its entries judged in order, with memory of servers.
 * @param alone the same entries judged each for itself.
 */
export function addSession(
  measured: Measured,
  session: Session,
  judged: readonly JudgedEntry[],
  alone: readonly JudgedEntry[],
): void {
  measured.sessions++;
  const expected = new Set<Traffic>();
  const got = new Set<Traffic>();
  const hits = { body: false, any: false };
  judged.forEach((result, index) => {
    const expectation = session.expected[index] as Expectation;
    if (expectation.skip) return;
    measured.exchanges++;
    const { traffic } = result.verdict;
    got.add(traffic);
    if (expectation.strict) expected.add(expectation.traffic);
    const hit = baseline(result.entry.flow);
    hits.body ||= hit.body;
    hits.any ||= hit.any;
    addBaseline(measured, expectation, hit);
    if (expectation.benign) addBenign(measured, traffic);
    else addExchange(measured, expectation, traffic, alone[index]?.verdict.traffic ?? 'none', hit);
    for (const name of CLASSES) if (traffic === name && expectation.traffic !== name) measured.byClass[name].wrong++;
    const kind = remarkKind(expectation, traffic);
    if (kind !== undefined) measured.remarks.push(remark(kind, session.name, index, expectation, result));
  });
  for (const column of ['body', 'any'] as const) {
    const count = measured.baselineSessions[column];
    if (expected.has('shadow')) count[hits[column] ? 'found' : 'missed']++;
    else if (hits[column]) count.wrong++;
  }
  for (const name of CLASSES) {
    if (expected.has(name)) measured.bySession[name][got.has(name) ? 'found' : 'missed']++;
    else if (got.has(name) && !session.expected.some((each) => each.traffic === name)) measured.bySession[name].wrong++;
  }
}

function addExchange(measured: Measured, expectation: Expectation, inOrder: Traffic, alone: Traffic, hit: BaselineHit): void {
  const ok = inOrder === expectation.traffic;
  if (!expectation.strict) {
    measured.undecidable.all++;
    if (ok) measured.undecidable.found++;
    return;
  }
  measured.strict.all++;
  if (ok) measured.strict.inOrder++;
  if (alone === expectation.traffic) measured.strict.alone++;
  const outcome = ok ? 'found' : 'missed';
  measured.byClass[expectation.traffic as Class][outcome]++;
  const compared = [
    expectation.generation === '' ? undefined : countFor(measured.byGeneration, expectation.generation),
    expectation.transport === '' ? undefined : countFor(measured.byTransport, expectation.transport),
  ];
  for (const each of compared) {
    if (each === undefined) continue;
    each.daylight[outcome]++;
    // The baseline does not claim to find the other classes.
    if (expectation.traffic !== 'shadow') continue;
    each.body[hit.body ? 'found' : 'missed']++;
    each.any[hit.any ? 'found' : 'missed']++;
  }
}

function addBenign(measured: Measured, traffic: Traffic): void {
  measured.benign.all++;
  if (traffic === 'suspect') measured.benign.suspect++;
  else if (traffic !== 'none') measured.benign.above++;
}

function addBaseline(measured: Measured, expectation: Expectation, hit: BaselineHit): void {
  const shadow = expectation.traffic === 'shadow';
  if (shadow && !expectation.strict) return;
  for (const column of ['body', 'any'] as const) {
    const count = measured.baseline[column];
    if (shadow) count[hit[column] ? 'found' : 'missed']++;
    else if (hit[column]) count.wrong++;
  }
}

function remarkKind(expectation: Expectation, traffic: Traffic): Remark['kind'] | undefined {
  if (traffic === expectation.traffic) return undefined;
  if (expectation.benign) return traffic === 'suspect' ? 'suspicion' : 'false alarm';
  if (expectation.strict) return 'miss';
  return traffic === 'none' || traffic === 'suspect' ? undefined : 'false alarm';
}

function remark(
  kind: Remark['kind'],
  session: string,
  index: number,
  expectation: Expectation,
  { entry, verdict }: JudgedEntry,
): Remark {
  const { method, url } = entry.flow.request;
  return {
    kind,
    session,
    index,
    sublabel: expectation.sublabel,
    expected: expectation.traffic,
    got: verdict.traffic,
    confidence: verdict.confidence,
    request: `${method} ${url.slice(0, 120)}`,
    reason: verdict.reason,
    signals: verdict.signals.map(({ id, weight }) => `${id} (${weight})`).join(', '),
  };
}

function countFor(map: Map<string, Compared>, key: string): Compared {
  const count = map.get(key) ?? { daylight: zero(), body: zero(), any: zero() };
  map.set(key, count);
  return count;
}

function zero(): Count {
  return { found: 0, missed: 0, wrong: 0 };
}

/** Share of what was there that was found; 1 if nothing was there. */
export function recall({ found, missed }: Count): number {
  return found + missed === 0 ? 1 : found / (found + missed);
}

/** Share of what was named that was right; 1 if nothing was named. */
export function precision({ found, wrong }: Count): number {
  return found + wrong === 0 ? 1 : found / (found + wrong);
}
