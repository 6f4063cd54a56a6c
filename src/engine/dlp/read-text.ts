// Searches one fragment under all its codings, in this order: as it is; percent-decoded, if it holds escapes; each run of base64 in
// it that says something readable. Each coding is undone once.

import { Base64Reader, findRun, LONGEST_RUN, SHORTEST_RUN, startsAsText } from './base64.ts';
import type { Coverage } from './coverage.ts';
import type { DecodedRun, Fragment, View } from './fragment.ts';
import { decodePercent } from './percent.ts';
import { MAX_HITS, type Search, searchCandidate, tryWindow } from './search.ts';
import type { ScanResult } from './types.ts';
import { holdsVariants, unifyCharacters } from './unify-characters.ts';
import { AnchorProbe, type Window, WindowCollector } from './windows.ts';

/** Characters between two looks at the clock, about 0.2 ms of plain reading. */
const CHECK_AFTER = 50_000;
/** Characters that are looked through for anchors at a time. */
const PIECE = 8_192;
/** Characters of a value that are read together with its name. */
const NAMED_VALUE = 8_192;
/** Characters of a text that is looked through in one step. */
const LONGEST_AT_ONCE = 2_048;
/** Characters that are percent-decoded at a time, and how many of them the next piece repeats. */
const PERCENT_PIECE = 32_768;
const PERCENT_OVERLAP = 4_096;

/** Reads the texts of one message. Generators yield where a scan can be left. */
export class TextReader {
  /** What could not be read. */
  truncated: ScanResult['truncated'] = '';
  readonly #search: Search;
  readonly #windows: WindowCollector;
  readonly #names: AnchorProbe;

  constructor(coverage: Coverage, search: Search) {
    this.#search = search;
    this.#windows = new WindowCollector(coverage);
    this.#names = new AnchorProbe(coverage, 'literals');
  }

  /** What was found so far does not count: it will be read again, another way. */
  forget(): void {
    this.#search.hits.length = 0;
  }

  /** Counts work. @returns whether it is time to look at the clock. */
  pay(work: number): boolean {
    this.#search.work += work;
    return this.#search.work >= CHECK_AFTER;
  }

  /** Whether a value under this name may be found because of the name. */
  isTelling(name: string): boolean {
    if (name === '') return false;
    this.#names.start();
    return this.#names.read(name, 0, name.length);
  }

  /** Whether a short text holds nothing to look at. Most do not, and are done with here. */
  isClean(text: string): boolean {
    const { length } = text;
    if (length > LONGEST_AT_ONCE || holdsVariants(text)) return false;
    const windows = this.#windows;
    windows.start(text);
    windows.read(0, length);
    windows.end();
    return windows.take().length === 0 && !text.includes('%') && (length < SHORTEST_RUN || findRun(text, 0) === undefined);
  }

  /** @param telling what begins in its name is looked for, too. */
  *read(fragment: Fragment, telling: boolean): Generator<void> {
    const { text } = fragment;
    if (telling) {
      const prefix = `${fragment.name}": "`;
      const beginning = prefix + text.slice(0, NAMED_VALUE);
      yield* this.#searchView({ fragment, coding: '', text: beginning, prefix: prefix.length, base: 0 });
    }
    yield* this.#searchView({ fragment, coding: '', text, prefix: 0, base: 0 });
    if (text.includes('%')) yield* this.#readPercent(fragment);
    if (text.length >= SHORTEST_RUN) yield* this.#readRuns(fragment);
  }

  *#readPercent(fragment: Fragment): Generator<void> {
    const { text } = fragment;
    for (let from = 0; from < text.length; from += PERCENT_PIECE - PERCENT_OVERLAP) {
      const to = Math.min(text.length, from + PERCENT_PIECE);
      if (this.pay((to - from) * 2)) yield;
      const decoded = decodePercent(text, from, to);
      if (decoded !== undefined) yield* this.#searchView({ fragment, coding: 'percent', prefix: 0, base: from, ...decoded });
      if (to === text.length) return;
    }
  }

  *#readRuns(fragment: Fragment): Generator<void> {
    const { text } = fragment;
    // Of plain text, few characters are looked at.
    if (this.pay(text.length / 4)) yield;
    for (let run = findRun(text, 0); run !== undefined; run = findRun(text, run.end)) {
      if (this.pay(200 + (run.end - run.start) / 4)) yield;
      if (startsAsText(text, run)) yield* this.readRun(fragment, run.start, run.end);
    }
  }

  /** Searches what a part of a fragment says in base64. */
  *readRun(fragment: Fragment, start: number, end: number): Generator<void> {
    if (end - start > LONGEST_RUN) {
      this.truncated ||= 'size';
      return;
    }
    const reader = new Base64Reader(fragment.text, { start, end });
    let text = '';
    while (!reader.done) {
      const part = reader.next(PIECE);
      if (part === undefined) return;
      text += part;
      if (this.pay(PIECE * 4)) yield;
    }
    const run: DecodedRun = { start, end, text };
    yield* this.#searchView({ fragment, coding: 'base64', text, prefix: 0, base: 0, run });
  }

  *#searchView(decoded: View): Generator<void> {
    const text = unifyCharacters(decoded.text);
    const view = text === decoded.text ? decoded : { ...decoded, text, written: decoded.text };
    const { origins } = view;
    const windows = this.#windows;
    windows.start(text);
    for (let from = 0; from < text.length; ) {
      const to = Math.min(text.length, from + PIECE);
      windows.read(from, to);
      from = to;
      if (from === text.length) windows.end();
      const due = this.pay(PIECE);
      // A window that grows no more; the collector is not used by anything else before this view is done.
      for (const window of windows.take()) {
        // What holds no escape was read before.
        if (origins !== undefined && isVerbatim(origins, window)) continue;
        const candidate = tryWindow(view, window, this.#search);
        if (this.pay(0)) yield;
        if (candidate === undefined) continue;
        for (const _ of searchCandidate(candidate, this.#search)) if (this.pay(0)) yield;
        if (this.#search.hits.length >= MAX_HITS) {
          this.truncated ||= 'budget';
          return;
        }
      }
      if (due) yield;
    }
  }
}

/** Between the ends lies no escape. */
function isVerbatim(origins: Int32Array, { start, end }: Window): boolean {
  return origins[end]! - origins[start]! === end - start;
}
