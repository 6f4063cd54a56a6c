// Patterns that people write run on RE2: linear time, no look-around, no back-references. None of them ever reaches V8.
//
// A pattern is refused, when it is loaded, in this order:
//   1. longer than 1,000 characters
//   2. nested repetition without anything fixed between two turns, e.g. `(a+)+`. RE2 survives it, the SIEM or the proxy to
//      which somebody copies the rule does not, and it never says more than the pattern without the inner repetition
//   3. what RE2 itself does not accept
//   4. a compiled program larger than 10,000 instructions

import { RE2JS } from 're2js';
import { remember } from './remember.ts';

const MAX_SOURCE = 1_000;
const MAX_PROGRAM = 10_000;
/** Characters of a field value that a pattern looks at: linear time still needs a bound. */
const MAX_INPUT = 16_384;
/** Bytes that a gate may remember of its states; there is one for each detector. RE2JS itself allows 8 MiB to each pattern. */
const MAX_STATES = 4 * 1024 * 1024;
/** Instructions up to which patterns share a machine: the states of a large one are many and costly to make. */
const MAX_JOINED = 800;

/**
 * Compiles an RE2 pattern into a predicate that searches anywhere in the text.
 *
 * @throws Error whose message says what is wrong and how to write it instead.
 */
export function compilePattern(source: string): (text: string) => boolean {
  const program = compileChecked(source);
  return (text) => program.test(text.length > MAX_INPUT ? text.slice(0, MAX_INPUT) : text);
}

/** Where a pattern matched, and where in it the wanted group did. */
export interface Span {
  start: number;
  end: number;
  partStart: number;
  partEnd: number;
}

/** A pattern that says where it matches. It reads all of the text: the caller bounds its length. */
export interface SpanPattern {
  /** The first match at or after `from`, by which the text before it is seen, too. */
  find(text: string, from: number): Span | undefined;
  /** Instructions of the compiled pattern: what a search may cost. */
  size: number;
}

/** Whether any of some patterns matches, many times faster than `find`. */
export interface Gate {
  test(text: string): boolean;
  size: number;
}

/**
 * Compiles an RE2 pattern into one that says where it matches.
 *
 * @param group capture group whose place is wanted; 0 is the whole match.
 * @throws Error whose message says what is wrong and how to write it instead.
 */
export function compileSpans(source: string, group = 0): SpanPattern {
  const program = compileChecked(source);
  if (group > program.groupCount()) {
    const groups = program.groupCount() === 1 ? '1 group' : `${program.groupCount()} groups`;
    throw new Error(`pattern ${JSON.stringify(source)} has ${groups}, so there is no group ${group}`);
  }
  return {
    size: program.programSize(),
    find(text, from) {
      const matcher = program.matcher(text);
      if (!matcher.find(from)) return undefined;
      const start = matcher.start();
      const end = matcher.end();
      // A group that had no part in the match is nowhere.
      return group === 0
        ? { start, end, partStart: start, partEnd: end }
        : { start, end, partStart: matcher.start(group), partEnd: matcher.end(group) };
    },
  };
}

/** Compiles patterns that were accepted one by one: as many into each machine as fit. */
export function compileGate(sources: readonly string[]): Gate {
  const programs: RE2JS[] = [];
  let last: string | undefined;
  for (const source of sources.map((each) => `(?:${each})`)) {
    const joined = last === undefined ? undefined : compile(`${last}|${source}`);
    if (last !== undefined && joined !== undefined && joined.programSize() <= MAX_JOINED) {
      programs[programs.length - 1] = joined;
      last = `${last}|${source}`;
    } else {
      programs.push(compile(source));
      last = source;
    }
  }
  for (const program of programs) {
    // Text that drives it through ever new states must not fill the memory; it is slower on such a text.
    const { dfa } = program.re2();
    dfa.stateBudget = MAX_STATES / programs.length;
    dfa.memBudget = dfa.stateBudget;
  }
  const size = programs.reduce((sum, program) => sum + program.programSize(), 0);
  return { test: (text) => programs.some((program) => program.test(text)), size };
}

/** A pattern is checked when it is loaded and compiled right after; detectors share the patterns that they let pass. */
const compileChecked = remember(compileAfresh, 1_024);

function compileAfresh(source: string): RE2JS {
  if (source.length > MAX_SOURCE) {
    throw new Error(`pattern has ${source.length} characters; the limit is ${MAX_SOURCE}: split it into several values`);
  }
  const nested = findNestedRepetition(source);
  if (nested !== undefined) {
    throw new Error(
      `pattern ${JSON.stringify(source)} repeats a repetition (${nested}), which takes exponential time on other engines; remove the inner or the outer repetition`,
    );
  }
  const program = compile(source);
  if (program.programSize() > MAX_PROGRAM) {
    throw new Error(`pattern ${JSON.stringify(source)} is too large when compiled; lower its repeat counts`);
  }
  return program;
}

function compile(source: string): RE2JS {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`pattern ${JSON.stringify(source)} is not valid RE2: ${why}; RE2 has no look-around and no back-references`);
  }
}

/** One open group: what the current alternative holds, and whether any alternative so far could turn without a fixed part. */
interface Group {
  start: number;
  /** The current alternative has an unbounded repetition. */
  loops: boolean;
  /** The current alternative has a part that must appear exactly as written. */
  fixed: boolean;
  /** Some finished alternative loops and has no fixed part. */
  slippery: boolean;
}

/** Finds `(x+)+`, `(x*|y)*`, `(\w+\s?)*` and the like; returns the offending part, or undefined. Linear in the pattern. */
function findNestedRepetition(source: string): string | undefined {
  const open: Group[] = [{ start: 0, loops: false, fixed: false, slippery: false }];
  let at = 0;
  while (at < source.length) {
    const group = open.at(-1)!;
    const char = source[at]!;
    if (char === '(') {
      open.push({ start: at, loops: false, fixed: false, slippery: false });
      at = afterGroupPrefix(source, at + 1);
      continue;
    }
    if (char === '|') {
      closeAlternative(group);
      at += 1;
      continue;
    }
    let atomSlippery = false;
    let atomLoops = false;
    const start = char === ')' ? group.start : at;
    if (char === ')') {
      closeAlternative(group);
      if (open.length > 1) open.pop();
      atomSlippery = group.slippery;
      atomLoops = group.slippery;
      at += 1;
    } else {
      at = afterAtom(source, at);
    }
    const [quantifier, next] = readQuantifier(source, at);
    at = next;
    if (quantifier === 'many' && atomSlippery) return source.slice(start, next);
    const outer = open.at(-1)!;
    if (quantifier === 'many' || atomLoops) outer.loops = true;
    if (quantifier === 'once' && !atomSlippery) outer.fixed = true;
  }
  return undefined;
}

function closeAlternative(group: Group): void {
  if (group.loops && !group.fixed) group.slippery = true;
  group.loops = false;
  group.fixed = false;
}

/** Skips `?:`, `?i:`, `?P<name>` after an opening parenthesis. */
function afterGroupPrefix(source: string, at: number): number {
  if (source[at] !== '?') return at;
  let end = at + 1;
  while (end < source.length && source[end] !== ':' && source[end] !== '>' && source[end] !== ')') end += 1;
  return source[end] === ')' ? end : end + 1;
}

function afterAtom(source: string, at: number): number {
  if (source[at] === '\\') return at + 2;
  if (source[at] !== '[') return at + 1;
  let end = at + 1;
  if (source[end] === '^') end += 1;
  if (source[end] === ']') end += 1;
  while (end < source.length && source[end] !== ']') end += source[end] === '\\' ? 2 : 1;
  return end + 1;
}

function readQuantifier(source: string, at: number): ['once' | 'maybe' | 'many', number] {
  const char = source[at];
  let end = at;
  let kind: 'once' | 'maybe' | 'many' = 'once';
  if (char === '*' || char === '+') {
    kind = 'many';
    end = at + 1;
  } else if (char === '?') {
    kind = 'maybe';
    end = at + 1;
  } else if (char === '{') {
    const close = source.indexOf('}', at);
    const body = close < 0 ? '' : source.slice(at + 1, close);
    if (!/^\d+(,\d*)?$/.test(body)) return ['once', at];
    kind = body.endsWith(',') ? 'many' : body.startsWith('0') ? 'maybe' : 'once';
    end = close + 1;
  } else {
    return ['once', at];
  }
  return [kind, source[end] === '?' ? end + 1 : end];
}
