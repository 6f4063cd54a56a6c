// The `condition` of a rule: how its named selections combine.
//
//   expression  = term { "or" term }
//   term        = factor { "and" factor }
//   factor      = "not" factor | "(" expression ")" | quantified | NAME
//   quantified  = ( "1" | "any" | "all" ) "of" ( "them" | PATTERN )      PATTERN may end in `*`
//
// Words are not case-sensitive, names are. `them` is every selection.

export type Condition =
  | { op: 'selection'; name: string }
  | { op: 'not'; item: Condition }
  | { op: 'and' | 'or'; items: readonly Condition[] };

const KEYWORDS = new Set(['and', 'or', 'not', 'of', 'them']);
const MAX_DEPTH = 50;

/**
 * Parses a condition against the selections that the rule defines.
 *
 * @throws Error that names the offending word and what would be right.
 */
export function parseCondition(text: string, names: readonly string[]): Condition {
  const words = text.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const peek = (): string => (words[at] ?? '').toLowerCase();
  const fail = (why: string): never => {
    throw new Error(`condition ${JSON.stringify(text)}: ${why}; the selections are ${names.join(', ')}`);
  };

  const chain = (op: 'and' | 'or', next: (depth: number) => Condition, depth: number): Condition => {
    const items = [next(depth)];
    while (peek() === op) {
      at += 1;
      items.push(next(depth));
    }
    return items.length === 1 ? items[0]! : { op, items };
  };
  const expression = (depth: number): Condition => chain('or', term, depth);
  const term = (depth: number): Condition => chain('and', factor, depth);

  const factor = (depth: number): Condition => {
    if (depth > MAX_DEPTH) fail(`is nested deeper than ${MAX_DEPTH}`);
    const word = words[at] ?? fail('ends too early');
    const keyword = word.toLowerCase();
    at += 1;
    if (keyword === 'not') return { op: 'not', item: factor(depth + 1) };
    if (word === '(') {
      const inner = expression(depth + 1);
      if (words[at] !== ')') fail('a closing parenthesis is missing');
      at += 1;
      return inner;
    }
    if (peek() === 'of' && !names.includes(word)) {
      at += 1;
      if (keyword !== '1' && keyword !== 'any' && keyword !== 'all')
        fail(`${word} of ... is not supported, only 1 of and all of`);
      return quantified(keyword === 'all' ? 'and' : 'or', words[at++] ?? fail('ends too early'));
    }
    if (KEYWORDS.has(keyword) || word === ')') fail(`${JSON.stringify(word)} cannot stand here`);
    if (!names.includes(word)) fail(`${JSON.stringify(word)} is not a selection`);
    return { op: 'selection', name: word };
  };

  const quantified = (op: 'and' | 'or', pattern: string): Condition => {
    const matching = names.filter((name) => (pattern.toLowerCase() === 'them' ? true : matches(name, pattern)));
    if (matching.length === 0) fail(`no selection is called ${JSON.stringify(pattern)}`);
    const items = matching.map((name): Condition => ({ op: 'selection', name }));
    return items.length === 1 ? items[0]! : { op, items };
  };

  if (words.length === 0) fail('is empty');
  const condition = expression(0);
  if (at < words.length) fail(`${JSON.stringify(words[at])} is one word too many (use and, or)`);
  return condition;
}

function matches(name: string, pattern: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

/** Names of the selections that a condition mentions. */
export function selectionsOf(condition: Condition): string[] {
  if (condition.op === 'selection') return [condition.name];
  return condition.op === 'not' ? selectionsOf(condition.item) : condition.items.flatMap(selectionsOf);
}
