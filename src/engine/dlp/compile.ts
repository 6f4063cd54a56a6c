// Detectors and profiles, compiled once when they are loaded. What is wrong with one is found here, never while traffic is read.
//
// Refused: patterns that RE2 does not take and groups that they do not have, names of validators that do not exist, an exact list
// that is not there, ranges of characters that end before they begin, and more literals than one table should hold.

import { compileScope, type Scope } from '../policy/scope.ts';
import { compileGate, compileSpans, type Gate, type SpanPattern } from '../regex.ts';
import { createMemory, type Memory } from '../remember.ts';
import { type AnchorTable, compileAnchors, MAX_LITERALS } from './anchors.ts';
import type { Coverage } from './coverage.ts';
import { compileKeywords, type Keyword } from './keywords.ts';
import { profileDetectors } from './members.ts';
import { CONFIDENCES, type Confidence, type Detector, type DlpSource, type ExactList, type Profile } from './schema.ts';
import { VALIDATORS } from './validators.ts';

/** Nothing is scanned. */
export const NO_DLP: DlpSource = Object.freeze({ detectors: [], profiles: [], exact: {} });

export interface CompiledDlp {
  source: DlpSource;
  detectors: readonly CompiledDetector[];
  profiles: readonly CompiledProfile[];
  anchors: AnchorTable;
  /** Coverages by the profiles that apply (coverage.ts). */
  coverages: Memory<Coverage>;
}

export interface CompiledDetector {
  /** Place in the list of all detectors. */
  index: number;
  source: Detector;
  patterns: readonly CompiledPattern[];
  /** Whether any of the patterns matches, in one pass over the text. */
  gate: Gate;
  /** Empty for patterns. */
  words: readonly string[];
  allow: Gate | undefined;
  validators: readonly ((text: string) => boolean)[];
  keywords: readonly Keyword[];
  exact: { salt: string; hashes: ReadonlySet<string> } | undefined;
  /** Without a keyword nearby nothing of it counts. */
  needsKeyword: boolean;
  /** Characters between the first and the last anchor of one window: fewer for large patterns, so that no search takes long. */
  span: number;
}

export interface CompiledPattern extends SpanPattern {
  group: number;
  alone: Confidence | 'none';
  near: Confidence;
}

export interface CompiledProfile {
  source: Profile;
  traffic: ReadonlySet<string>;
  scope: Scope;
  detectors: readonly CompiledDetector[];
}

/** Something wrong inside a detector; `path` leads to it, for the line number. */
export interface DetectorProblem {
  path: readonly (string | number)[];
  message: string;
}

export class DetectorProblems extends Error {
  readonly problems: readonly DetectorProblem[];

  constructor(detector: Detector, problems: readonly DetectorProblem[]) {
    super(`detector ${detector.id}: ${problems.map((problem) => problem.message).join('; ')}`);
    this.name = 'DetectorProblems';
    this.problems = problems;
  }
}

const LONGEST_SPAN = 2_048;
const SHORTEST_SPAN = 128;
/** Characters times instructions of one search. */
const SEARCH_SIZE = 600_000;
/** Coverages that are kept; twice as many at most. */
const MAX_COVERAGES = 64;

/**
 * Compiles what was loaded.
 *
 * @throws DetectorProblems for the first detector that does not compile; Error if literals are too many or a scope is wrong.
 */
export function compileDlp(source: DlpSource): CompiledDlp {
  const detectors = source.detectors.map((detector, index) => ({
    ...compileDetector(detector, source.exact[detector.id]),
    index,
  }));
  const profiles = source.profiles.map((profile) => ({
    source: profile,
    traffic: new Set<string>(profile.traffic),
    scope: compileScope(profile),
    detectors: detectors.filter((detector) => profileDetectors(profile, [detector.source]).length > 0),
  }));
  return { source, detectors, profiles, anchors: anchorsOf(detectors), coverages: createMemory(MAX_COVERAGES) };
}

function anchorsOf(detectors: readonly CompiledDetector[]): AnchorTable {
  const literals = new Map<string, number[]>();
  for (const { index, source, words } of detectors) {
    for (const literal of new Set([...words, ...(source.anchors?.literals ?? [])])) {
      literals.set(literal, [...(literals.get(literal) ?? []), index]);
    }
  }
  return compileAnchors(
    literals,
    detectors.flatMap(({ source }) => source.anchors?.characters ?? []),
  );
}

/**
 * Compiles one detector. Its `index` is 0.
 *
 * @param exact its list of hashes, if it names one and the list is at hand; without it nothing is found.
 * @throws DetectorProblems listing everything that is wrong, not only the first.
 */
export function compileDetector(detector: Detector, exact?: ExactList): CompiledDetector {
  const { patterns, validators } = checkDetector(detector);
  const gate = compileGate((detector.patterns ?? []).map(({ regex }) => regex));
  return {
    index: 0,
    source: detector,
    patterns,
    gate,
    words: detector.words ?? [],
    allow: detector.allow.length > 0 ? compileGate(detector.allow) : undefined,
    validators,
    keywords: compileKeywords(detector.keywords),
    exact: detector.exact && { salt: exact?.salt ?? '', hashes: new Set(exact?.hashes) },
    needsKeyword: patterns.length > 0 && patterns.every(({ alone }) => alone === 'none'),
    span: Math.min(LONGEST_SPAN, Math.max(SHORTEST_SPAN, Math.round(SEARCH_SIZE / gate.size))),
  };
}

/**
 * Everything that can be wrong with a detector, without the machines that only scans need.
 *
 * @throws DetectorProblems listing everything that is wrong, not only the first.
 */
export function checkDetector(detector: Detector): Pick<CompiledDetector, 'patterns' | 'validators'> {
  const problems: DetectorProblem[] = [];
  const attempt = <T>(path: DetectorProblem['path'], compile: () => T): T | undefined => {
    try {
      return compile();
    } catch (error) {
      problems.push({ path, message: error instanceof Error ? error.message : String(error) });
      return undefined;
    }
  };
  const patterns = (detector.patterns ?? []).flatMap(({ regex, group, alone, near }, index) => {
    const compiled = attempt(['patterns', index, 'regex'], () => refuseEmpty(compileSpans(regex, group), regex));
    return compiled === undefined ? [] : [{ ...compiled, group, alone, near }];
  });
  for (const [index, regex] of detector.allow.entries()) attempt(['allow', index], () => compileSpans(regex));
  const validators = detector.validators.flatMap((name, index) => attempt(['validators', index], () => validatorOf(name)) ?? []);
  checkAnchors(detector, problems);
  if (problems.length > 0) throw new DetectorProblems(detector, problems);
  return { patterns, validators };
}

/** A pattern that an empty text matches would match everywhere. */
function refuseEmpty(pattern: SpanPattern, regex: string): SpanPattern {
  if (pattern.find('', 0) === undefined) return pattern;
  throw new Error(`pattern ${JSON.stringify(regex)} matches an empty text; demand at least one character`);
}

function validatorOf(name: string): (text: string) => boolean {
  const validator = Object.hasOwn(VALIDATORS, name) ? VALIDATORS[name] : undefined;
  if (validator !== undefined) return validator;
  throw new Error(`there is no validator ${JSON.stringify(name)}; there are ${Object.keys(VALIDATORS).sort().join(', ')}`);
}

function checkAnchors({ anchors, words, patterns, keywords }: Detector, problems: DetectorProblem[]): void {
  for (const [index, [first, last]] of (anchors?.characters ?? []).entries()) {
    if (first <= last) continue;
    problems.push({ path: ['anchors', 'characters', index], message: `the range ends at ${last}, before it begins at ${first}` });
  }
  const length = [...(words ?? []), ...(anchors?.literals ?? [])].reduce((sum, text) => sum + text.length, 0);
  if (length > MAX_LITERALS) {
    const message = `has ${length} characters; the limit is ${MAX_LITERALS}: use an exact list`;
    problems.push({ path: [words === undefined ? 'anchors' : 'words'], message });
  }
  if (keywords.length === 0 && patterns?.every(({ alone }) => alone === 'none')) {
    problems.push({ path: ['keywords'], message: 'every pattern needs a keyword nearby (alone: none), and there are none' });
  }
}

/** Strength of a confidence: 0 low, 1 medium, 2 high. */
export function rankOf(confidence: Confidence): number {
  return CONFIDENCES.indexOf(confidence);
}
