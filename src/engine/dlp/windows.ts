// Where patterns are to be tried: a window around each anchor, as wide as the detector reaches. Windows of one detector that overlap
// become one, up to a length that keeps each search short.

import { AnchorScanner, type AnchorSink } from './anchors.ts';
import type { CompiledDetector } from './compile.ts';
import type { Coverage } from './coverage.ts';
import { isWhole } from './keywords.ts';

/** A stretch of a text in which a detector may find something; for a word, the word. */
export interface Window {
  detector: CompiledDetector;
  start: number;
  end: number;
}

/** Never written to. */
const NO_WINDOWS: Window[] = [];

/** Collects the windows of texts, one text after the other. */
export class WindowCollector implements AnchorSink {
  readonly #coverage: Coverage;
  readonly #scanner: AnchorScanner;
  /** For each detector, the window that may still grow; and the detectors that have one. */
  readonly #open: (Window | undefined)[];
  #growing: number[] = [];
  #complete = NO_WINDOWS;
  #text = '';
  #fewestDigits: number;

  constructor(coverage: Coverage) {
    this.#coverage = coverage;
    this.#scanner = new AnchorScanner(coverage.dlp.anchors, this);
    this.#open = coverage.dlp.detectors.map(() => undefined);
    this.#fewestDigits = Math.min(...coverage.digits.map(({ least }) => least));
  }

  start(text: string): void {
    this.#text = text;
    this.#close();
    this.#complete = NO_WINDOWS;
    this.#scanner.start();
  }

  /** Reads on. Where it ends, the next call goes on. */
  read(from: number, to: number): void {
    this.#scanner.read(this.#text, from, to);
    for (const detector of this.#coverage.everywhere) this.#add(detector, from, to);
  }

  /** The text is over. */
  end(): void {
    this.#scanner.end();
    this.#close();
  }

  #close(): void {
    if (this.#growing.length === 0) return;
    for (const index of this.#growing) {
      this.#tell(this.#open[index]!);
      this.#open[index] = undefined;
    }
    this.#growing = [];
  }

  #tell(window: Window): void {
    if (this.#complete === NO_WINDOWS) this.#complete = [window];
    else this.#complete.push(window);
  }

  /** The windows that grow no more, each given once. */
  take(): readonly Window[] {
    const complete = this.#complete;
    this.#complete = NO_WINDOWS;
    return complete;
  }

  literal(index: number, start: number, end: number): boolean {
    if (this.#coverage.rules[index] === undefined) return false;
    const detector = this.#coverage.dlp.detectors[index]!;
    if (detector.words.length === 0) this.#add(detector, start, end);
    else if (isWhole(this.#text, start, end)) this.#tell({ detector, start, end });
    return false;
  }

  digits(count: number, start: number, end: number): boolean {
    if (count < this.#fewestDigits) return false;
    for (const { detector, least } of this.#coverage.digits) {
      if (count < least) continue;
      for (let from = start; from < end; from += detector.span) this.#add(detector, from, Math.min(end, from + detector.span));
    }
    return false;
  }

  character(code: number, start: number, end: number): boolean {
    for (const { detector, ranges } of this.#coverage.characters) {
      if (ranges.some(([first, last]) => code >= first && code <= last)) this.#add(detector, start, end);
    }
    return false;
  }

  /** Puts an anchor into the window of its detector. */
  #add(detector: CompiledDetector, first: number, last: number): void {
    const { before, after } = detector.source.reach;
    const start = Math.max(0, first - before);
    const end = Math.min(this.#text.length, last + after);
    const open = this.#open[detector.index];
    if (open !== undefined && start <= open.end && end - open.start <= detector.span + before + after) {
      if (start < open.start) open.start = start;
      if (end > open.end) open.end = end;
      return;
    }
    if (open === undefined) this.#growing.push(detector.index);
    else this.#tell(open);
    this.#open[detector.index] = { detector, start, end };
  }
}

/** Only tells whether a text holds anything that a detector of the coverage would look at. */
export class AnchorProbe implements AnchorSink {
  readonly #coverage: Coverage;
  readonly #scanner: AnchorScanner;
  readonly #withWords: boolean;
  readonly #fewestDigits: number;

  /** @param kinds `all` anchors, or `literals` beside which a value may stand, as in names of members. */
  constructor(coverage: Coverage, kinds: 'all' | 'literals') {
    this.#coverage = coverage;
    this.#scanner = new AnchorScanner(coverage.dlp.anchors, this);
    this.#withWords = kinds === 'all';
    this.#fewestDigits = kinds === 'all' ? Math.min(...coverage.digits.map(({ least }) => least)) : Number.POSITIVE_INFINITY;
  }

  start(): void {
    this.#scanner.start();
  }

  /** @returns whether something was found. */
  read(text: string, from: number, to: number): boolean {
    return this.#scanner.read(text, from, to) || (to >= text.length && this.#scanner.end());
  }

  literal(index: number): boolean {
    const used = this.#coverage.rules[index] !== undefined;
    return used && (this.#withWords || this.#coverage.dlp.detectors[index]!.words.length === 0);
  }

  digits(count: number): boolean {
    return count >= this.#fewestDigits;
  }

  character(code: number): boolean {
    const isIn = ([first, last]: readonly [number, number]): boolean => code >= first && code <= last;
    return this.#withWords && this.#coverage.characters.some(({ ranges }) => ranges.some(isIn));
  }
}
