// Patterns that people write run on RE2: linear time, no look-around, no back-references. None of them ever reaches V8.
//
// A pattern is refused, when it is loaded, in this order:
//   1. longer than 1,000 characters
//   2. nested repetition without anything fixed between two turns, e.g. `(a+)+`. RE2 survives it, the SIEM or the proxy to
//      which somebody copies the rule does not, and it never says more than the pattern without the inner repetition
//   3. what RE2 itself does not accept
//   4. a compiled program larger than 10,000 instructions

import { RE2JS } from 're2js';

const MAX_SOURCE = 1_000;
const MAX_PROGRAM = 10_000;
/** Characters of a field value that a pattern looks at: linear time still needs a bound. */
const MAX_INPUT = 16_384;

/**
 * Compiles an RE2 pattern into a predicate that searches anywhere in the text.
 *
 * @throws Error whose message says what is wrong and how to write it instead.
 */
export function compilePattern(source: string): (text: string) => boolean {
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
  return (text) => program.test(text.length > MAX_INPUT ? text.slice(0, MAX_INPUT) : text);
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
