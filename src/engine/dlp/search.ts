// What a detector finds in a window, in this order: a pattern matches, or it is a word; the sensitive part is no placeholder; no
// `allow` pattern matches it; the validators agree; entropy and exact list are met; keywords nearby settle how sure that is.
//
// The cheap questions come first: whether a pattern matches at all costs a tenth of where.

import type { CompiledDetector, CompiledPattern } from './compile.ts';
import { hashExact } from './exact.ts';
import { contextAround, type Hit, type View } from './fragment.ts';
import { holdsKeyword } from './keywords.ts';
import { meetsPlaceholder } from './placeholder.ts';
import type { Confidence } from './schema.ts';
import type { ScanTools } from './types.ts';
import type { Window } from './windows.ts';

/** Characters to which a window is widened so that it cuts no word. */
const WORD_SLACK = 64;
/** Characters by which a window is widened when a match ends where it was cut. */
const MATCH_SLACK = 8_192;
/** Hits of one scan: more are not told apart, and the scan counts as truncated. */
export const MAX_HITS = 5_000;

// Cost of work in characters of plain reading, for the looks at the clock. A machine that meets new states, and a search for the
// place of a match, cost the more for each character the larger the pattern is.
const COST_OF_TRY = 1_000;
const COST_OF_CHECKS = 400;
const TEST_PER_INSTRUCTION = 1 / 20;
const FIND_PER_INSTRUCTION = 1 / 10;

/** What the parts of a scan share. */
export interface Search {
  tools: ScanTools;
  hits: Hit[];
  /** For each detector, where the last match ended that had a keyword nearby: the next rows of a table go without. */
  lastNear: Map<CompiledDetector, { view: View; end: number }>;
  /** Work since the last look at the clock, in characters. */
  work: number;
}

interface Match {
  start: number;
  end: number;
  partStart: number;
  partEnd: number;
}

/** A window in which something does match. */
interface Candidate {
  view: View;
  detector: CompiledDetector;
  text: string;
  /** Place of the text in the view. */
  from: number;
}

/** Tries one detector in one window of a view. @returns what is to be searched; most windows hold nothing, and words are done here. */
export function tryWindow(view: View, { detector, start, end }: Window, search: Search): Candidate | undefined {
  if (detector.words.length > 0) {
    check(view, detector, { start, end, partStart: start, partEnd: end }, detector.source.wordConfidence, undefined, search);
    return undefined;
  }
  // One character more, so that the window does not look like the beginning of the text.
  const from = Math.max(0, leftEdge(view.text, start) - 1);
  const to = rightEdge(view.text, end);
  const text = view.text.slice(from, to);
  search.work += COST_OF_TRY + text.length * detector.gate.size * TEST_PER_INSTRUCTION;
  if (!detector.gate.test(text)) return undefined;
  if (detector.needsKeyword) {
    search.work += COST_OF_CHECKS;
    if (!isNearKeyword(view, detector, from, to, search)) return undefined;
  }
  return { view, detector, text, from };
}

/** Finds all matches of a candidate. It yields between two searches; each is bounded by the window. */
export function* searchCandidate({ view, detector, text, from }: Candidate, search: Search): Generator<void> {
  for (const pattern of detector.patterns) {
    for (let at = 0; at <= text.length; ) {
      if (search.hits.length >= MAX_HITS) return;
      search.work += COST_OF_CHECKS + (text.length - at) * (10 + pattern.size * FIND_PER_INSTRUCTION);
      const match = findIn(view, pattern, text, from, at);
      if (match === undefined) break;
      // The next one may need a character that this one ended with.
      at = Math.max(match.start - from + 1, pattern.group > 0 ? match.partEnd - from : match.end - from);
      const isCut = from > 0 && match.partStart === from;
      if (match.partEnd > match.partStart && !isCut) check(view, detector, match, pattern.alone, pattern.near, search);
      yield;
    }
  }
}

/** The next match of a window, in places of the view. One that ends where the window does is looked for with more text behind it. */
function findIn(view: View, pattern: CompiledPattern, text: string, from: number, at: number): Match | undefined {
  let span = pattern.find(text, at);
  if (span?.end === text.length && from + text.length < view.text.length) {
    span = pattern.find(view.text.slice(from, from + text.length + MATCH_SLACK), span.start);
  }
  if (span === undefined) return undefined;
  const { start, end, partStart, partEnd } = span;
  return { start: start + from, end: end + from, partStart: partStart + from, partEnd: partEnd + from };
}

function check(
  view: View,
  detector: CompiledDetector,
  match: Match,
  alone: Confidence | 'none',
  near: Confidence | undefined,
  search: Search,
): void {
  // Of a name, only what it says about the value counts.
  if (view.prefix > 0 && (match.partStart < view.prefix || match.start >= view.prefix)) return;
  const part = { start: match.partStart, end: match.partEnd };
  const value = view.text.slice(part.start, part.end);
  const { source, allow, validators, exact } = detector;
  if (meetsPlaceholder(view.text, match, part)) return;
  if (allow?.test(value)) return;
  if (!validators.every((validator) => validator(value))) return;
  if (source.entropy !== undefined && entropyOf(value) < source.entropy) return;
  if (exact !== undefined && !exact.hashes.has(hashExact(value, exact.salt, search.tools.sha256))) return;
  const isNear = near !== undefined && isNearKeyword(view, detector, match.start, match.end, search);
  const confidence = isNear ? near : alone;
  if (confidence === 'none') return;
  if (isNear) search.lastNear.set(detector, { view, end: match.end });
  const written = view.written?.slice(part.start, part.end) ?? value;
  search.hits.push(hitOf(view, detector, part, written, confidence));
}

/** Whether a keyword is near, or a find of the same detector that has one, as in a list or a column. */
function isNearKeyword(view: View, detector: CompiledDetector, start: number, end: number, search: Search): boolean {
  const { keywords, source } = detector;
  if (keywords.length === 0) return false;
  const last = search.lastNear.get(detector);
  if (last?.view === view && start - last.end <= source.proximity && end > last.end) return true;
  return holdsKeyword(keywords, contextAround(view, start, end, source.proximity));
}

function hitOf(
  view: View,
  detector: CompiledDetector,
  part: { start: number; end: number },
  value: string,
  confidence: Confidence,
): Hit {
  const { fragment, coding, run, origins, base, prefix } = view;
  const offset = part.start - prefix;
  const until = part.end - prefix;
  const start = origins?.[offset] ?? base + offset;
  const end = origins?.[until] ?? base + until;
  return {
    detector,
    fragment,
    where: fragment.locate(),
    start,
    end,
    coding,
    escaped: end - start !== value.length,
    run,
    offset: base + offset,
    value,
    confidence,
  };
}

/** Shannon entropy, bits per character. */
function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  const length = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return [...counts.values()].reduce((sum, count) => sum - (count / length) * Math.log2(count / length), 0);
}

function leftEdge(text: string, start: number): number {
  let at = start;
  while (at > 0 && start - at < WORD_SLACK && isWordUnit(text.charCodeAt(at - 1))) at -= 1;
  return at;
}

function rightEdge(text: string, end: number): number {
  let at = end;
  while (at < text.length && at - end < WORD_SLACK && isWordUnit(text.charCodeAt(at))) at += 1;
  return at;
}

/** Letters, digits and all that is not ASCII: what a word, and a pair of surrogates, is made of. */
function isWordUnit(unit: number): boolean {
  return (unit >= 48 && unit <= 57) || (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122) || unit === 95 || unit > 127;
}
