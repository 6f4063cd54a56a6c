// A small reader of Sigma rules (specification 2): enough of selections, modifiers and conditions to try exported rules on log lines.
// Lists in a log line fit if one of their elements does, as SIEMs have it.

type Scalar = string | number | boolean;
type Fields = Record<string, Scalar | Scalar[]>;
export type LogLine = Readonly<Record<string, unknown>>;
export interface Detection {
  condition: string;
  [selection: string]: string | Fields | Fields[];
}

/** Whether a log line fits a rule. @throws Error for what this reader does not know */
export function matchesSigma(detection: Detection, line: LogLine): boolean {
  const { condition, ...selections } = detection;
  const holds = new Map(
    Object.entries(selections).map(([name, selection]) => {
      const maps = (Array.isArray(selection) ? selection : [selection]) as Fields[];
      return [name, maps.some((map) => Object.entries(map).every(([key, value]) => fieldHolds(key, value, line)))];
    }),
  );
  return evaluate(condition, holds);
}

function fieldHolds(key: string, wanted: Scalar | Scalar[], line: LogLine): boolean {
  const [column = '', ...modifiers] = key.split('|');
  if (!(column in line)) throw new Error(`the log line has no column ${column}`);
  const seen = [line[column]].flat();
  const compare = comparison(modifiers.filter((each) => each !== 'all'));
  const fits = (value: Scalar) => seen.some((each) => compare(each as Scalar, value));
  const values = [wanted].flat();
  return modifiers.includes('all') ? values.every(fits) : values.some(fits);
}

function comparison(modifiers: readonly string[]): (seen: Scalar, wanted: Scalar) => boolean {
  const text = (value: Scalar) => String(value).toLowerCase();
  switch (modifiers.join('|')) {
    case '':
      return (seen, wanted) => (typeof wanted === 'string' ? wildcard(wanted).test(String(seen)) : seen === wanted);
    case 'startswith':
      return (seen, wanted) => text(seen).startsWith(text(wanted));
    case 'endswith':
      return (seen, wanted) => text(seen).endsWith(text(wanted));
    case 'contains':
      return (seen, wanted) => text(seen).includes(text(wanted));
    case 're':
      return (seen, wanted) => new RegExp(String(wanted)).test(String(seen));
    case 'gte':
      return (seen, wanted) => Number(seen) >= Number(wanted);
    case 'gt':
      return (seen, wanted) => Number(seen) > Number(wanted);
    case 'lte':
      return (seen, wanted) => Number(seen) <= Number(wanted);
    case 'lt':
      return (seen, wanted) => Number(seen) < Number(wanted);
    default:
      throw new Error(`modifier ${modifiers.join('|')} is not known here`);
  }
}

/** `*` any text, `?` any character; a backslash before them takes that away. */
function wildcard(pattern: string): RegExp {
  const source = pattern.replace(/\\[*?\\]|[\s\S]/g, (each) => {
    if (each === '*') return '[\\s\\S]*';
    if (each === '?') return '[\\s\\S]';
    const plain = each.length === 2 ? each.slice(1) : each;
    return plain.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  });
  return new RegExp(`^${source}$`, 'i');
}

function evaluate(condition: string, holds: ReadonlyMap<string, boolean>): boolean {
  const tokens = condition.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const or = (): boolean => {
    let value = and();
    while (tokens[at] === 'or') {
      at++;
      const right = and();
      value = value || right;
    }
    return value;
  };
  const and = (): boolean => {
    let value = not();
    while (tokens[at] === 'and') {
      at++;
      const right = not();
      value = value && right;
    }
    return value;
  };
  const not = (): boolean => {
    const token = tokens[at++];
    if (token === 'not') return !not();
    if (token === '(') {
      const value = or();
      if (tokens[at++] !== ')') throw new Error(`${condition}: a parenthesis is open`);
      return value;
    }
    if ((token === '1' || token === 'any' || token === 'all') && tokens[at] === 'of') {
      at++;
      const pattern = wildcard(tokens[at] === 'them' ? '*' : (tokens[at] ?? ''));
      at++;
      const named = [...holds].filter(([name]) => pattern.test(name)).map(([, value]) => value);
      return token === 'all' ? named.every(Boolean) : named.some(Boolean);
    }
    const value = holds.get(token ?? '');
    if (value === undefined) throw new Error(`${condition}: there is no selection ${token}`);
    return value;
  };
  const value = or();
  if (at !== tokens.length) throw new Error(`${condition}: ${tokens[at]} is left over`);
  return value;
}
