// One line of a selection, `field|modifier: value`, as a predicate.
//
// Texts compare without regard to case, as in Sigma; patterns (`re`) are exact unless they say `(?i)`. A list of values is
// any of them, with `all` all of them. On a field with several values (signals, methods of a batch) one fitting value
// suffices per wanted value. An absent field fits nothing but `exists: false`.

import { compileNetwork } from '../network.ts';
import { compilePattern } from '../regex.ts';
import { isSignalId, SIGNALS } from '../signals/catalogue.ts';
import { type Field, fieldNames, findField, type RuleInput } from './field.ts';

export interface Predicate {
  test: (input: RuleInput) => boolean;
  field: string;
  /** What evidence shows for this line. */
  show: (input: RuleInput) => string;
  /** Ids of signals of which one must be present for `test` to hold; undefined if none need be. */
  gate: readonly string[] | undefined;
}

type Scalar = string | number | boolean;
type Compare = (actual: string) => boolean;

const TEXT_MODIFIERS = ['contains', 'startswith', 'endswith', 're', 'cidr'] as const;
const NUMBER_MODIFIERS = ['gt', 'gte', 'lt', 'lte'] as const;
const MODIFIERS: readonly string[] = [...TEXT_MODIFIERS, ...NUMBER_MODIFIERS, 'exists', 'all'];

/**
 * Compiles one line.
 *
 * @throws Error that names what is wrong and how to write it.
 */
export function compilePredicate(key: string, value: Scalar | readonly Scalar[]): Predicate {
  const [name = '', ...modifiers] = key.split('|');
  const field = findField(name);
  if (field === undefined) throw new Error(`there is no field ${JSON.stringify(name)}${suggest(name, fieldNames())}`);
  for (const modifier of modifiers) {
    if (!MODIFIERS.includes(modifier)) {
      throw new Error(`there is no modifier ${JSON.stringify(modifier)}; the modifiers are ${MODIFIERS.join(', ')}`);
    }
  }
  const all = modifiers.includes('all');
  const [modifier = 'is', second] = modifiers.filter((each) => each !== 'all');
  if (second !== undefined) throw new Error(`${modifier} and ${second} cannot be combined; use one of them`);
  const values: readonly Scalar[] = Array.isArray(value) ? value : [value as Scalar];

  if (modifier === 'exists') {
    if (typeof value !== 'boolean') throw new Error(`${key} must be true or false`);
    const present = (input: RuleInput): boolean => isPresent(field, input);
    const gate = name === 'signal' && value ? Object.keys(SIGNALS) : undefined;
    return { test: value ? present : (input) => !present(input), field: name, show: field.show, gate };
  }
  const plain = { field: name, show: field.show, gate: undefined };
  if (field.kind === 'number') return { ...plain, test: compileNumber(field, key, modifier, values) };
  if (field.kind === 'flag') return { ...plain, test: compileFlag(field, key, modifier, value) };
  const compares = values.map((each) => compileText(key, modifier, each));
  const holds = (actual: string): boolean => compares.some((compare) => compare(actual));
  if (field.kind === 'text') {
    const test = (input: RuleInput): boolean => {
      const actual = field.read(input);
      if (typeof actual !== 'string') return false;
      return all ? compares.every((compare) => compare(actual)) : holds(actual);
    };
    return { ...plain, test };
  }
  const actuals = (input: RuleInput): readonly string[] => field.read(input) as readonly string[];
  const test = (input: RuleInput): boolean =>
    all ? compares.every((compare) => actuals(input).some(compare)) : actuals(input).some(holds);
  if (name !== 'signal') return { ...plain, test };
  const gate = signalGate(modifier, values, holds);
  const wanted = new Set(gate);
  const someWanted = (input: RuleInput): boolean => input.signals.some((signal) => wanted.has(signal.id));
  return { field: name, test: all ? test : someWanted, show: (input) => showSignals(input, wanted), gate };
}

function isPresent(field: Field, input: RuleInput): boolean {
  const actual = field.read(input);
  return typeof actual === 'object' ? actual.length > 0 : actual !== undefined && actual !== false;
}

function compileText(key: string, modifier: string, value: Scalar): Compare {
  if ((NUMBER_MODIFIERS as readonly string[]).includes(modifier))
    throw new Error(`${key} compares numbers, but the field holds text`);
  const wanted = String(value);
  if (wanted === '') throw new Error(`${key} is empty; write |exists: false for "absent"`);
  if (modifier === 're') return compilePattern(wanted);
  if (modifier === 'cidr') return compileNetwork(wanted);
  const lower = wanted.toLowerCase();
  if (modifier === 'contains') return (actual) => actual.toLowerCase().includes(lower);
  if (modifier === 'startswith')
    return (actual) => actual.length >= lower.length && actual.slice(0, lower.length).toLowerCase() === lower;
  if (modifier === 'endswith')
    return (actual) => actual.length >= lower.length && actual.slice(-lower.length).toLowerCase() === lower;
  if (wanted.includes('*'))
    throw new Error(`${key}: ${JSON.stringify(wanted)} holds a wildcard; use |contains, |startswith, |endswith or |re`);
  return (actual) => actual === wanted || (actual.length === lower.length && actual.toLowerCase() === lower);
}

function compileNumber(field: Field, key: string, modifier: string, values: readonly Scalar[]): Predicate['test'] {
  const numbers = values.map((value) => {
    if (typeof value !== 'number') throw new Error(`${key} must be a number, not ${JSON.stringify(value)}`);
    return value;
  });
  const [first = 0] = numbers;
  const compare: ((actual: number) => boolean) | undefined = {
    is: (actual: number) => numbers.includes(actual),
    gt: (actual: number) => actual > first,
    gte: (actual: number) => actual >= first,
    lt: (actual: number) => actual < first,
    lte: (actual: number) => actual <= first,
  }[modifier];
  if (compare === undefined)
    throw new Error(`${key}: ${modifier} works on text, but the field holds a number; use gt, gte, lt, lte or a value`);
  if (modifier !== 'is' && numbers.length > 1) throw new Error(`${key} takes one number, not a list`);
  return (input) => {
    const actual = field.read(input);
    return typeof actual === 'number' && compare(actual);
  };
}

function compileFlag(field: Field, key: string, modifier: string, value: unknown): Predicate['test'] {
  if (modifier !== 'is' || typeof value !== 'boolean') throw new Error(`${key} must be true or false, without a modifier`);
  return (input) => field.read(input) === value;
}

/** The signals that wake the rule. A misspelt id would make a rule that never matches: it is refused. */
function signalGate(modifier: string, values: readonly Scalar[], holds: Compare): readonly string[] {
  const known = Object.keys(SIGNALS);
  if (modifier === 'is') {
    for (const id of values.map(String)) {
      if (!isSignalId(id)) throw new Error(`there is no signal ${JSON.stringify(id)}${suggest(id, known)}`);
    }
  }
  const gate = known.filter(holds);
  if (gate.length === 0) throw new Error(`no signal fits signal|${modifier}: ${values.join(', ')}`);
  return gate;
}

function showSignals(input: RuleInput, wanted: ReadonlySet<string>): string {
  const shown = input.signals
    .filter((signal) => wanted.has(signal.id))
    .map((signal) => (signal.value === '' ? signal.id : `${signal.id} = ${signal.value}`));
  return shown.slice(0, 4).join(', ');
}

/** ` (did you mean X?)`, or the whole list if nothing is near. */
export function suggest(word: string, candidates: readonly string[]): string {
  const near = candidates
    .map((candidate) => [distance(word.slice(0, 60), candidate), candidate] as const)
    .sort((a, b) => a[0] - b[0])[0];
  if (near !== undefined && near[0] <= Math.max(2, word.length / 4)) return `; did you mean ${near[1]}?`;
  return candidates.length > 50 ? '' : `; known are ${candidates.join(', ')}`;
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
