// What Grafana and its ClickHouse plugin make of a query of a dashboard before ClickHouse sees it, written after the plugin's documentation
// (query editor, template variables).
//
// Order: $__conditionalAll, which knows what is chosen; the other macros; variables. A query that uses either in another way is an error here.

export interface Expansion {
  /** Epoch milliseconds. */
  from: number;
  to: number;
  /** Of one point of a time series, seconds. */
  interval: number;
  /** What is chosen; a variable that is not here has `All` chosen. */
  chosen?: Readonly<Record<string, readonly string[]>>;
}

type Macro = (range: { from: number; to: number; interval: number }, ...args: string[]) => string;

const dateTime = (ms: number) => `toDateTime(${Math.trunc(ms / 1000)})`;
const dateTime64 = (ms: number) => `fromUnixTimestamp64Milli(${ms})`;

/** Of the documented macros those that dashboards of events have a use for. */
const MACROS: Readonly<Record<string, Macro>> = {
  timeFilter: ({ from, to }, column) => `${column} >= ${dateTime(from)} AND ${column} <= ${dateTime(to)}`,
  timeFilter_ms: ({ from, to }, column) => `${column} >= ${dateTime64(from)} AND ${column} <= ${dateTime64(to)}`,
  fromTime: ({ from }) => dateTime(from),
  toTime: ({ to }) => dateTime(to),
  fromTime_ms: ({ from }) => dateTime64(from),
  toTime_ms: ({ to }) => dateTime64(to),
  interval_s: ({ interval }) => String(interval),
  timeInterval: ({ interval }, column) => `toStartOfInterval(toDateTime(${column}), INTERVAL ${interval} second)`,
};
const WITH_ARGUMENTS = new Set(['timeFilter', 'timeFilter_ms', 'timeInterval']);

/** @throws Error for a macro or a variable that Grafana would leave as it is, or that would select nothing sensible */
export function expandQuery(sql: string, expansion: Expansion): string {
  const expanded = expandMacros(expandConditions(sql, expansion), expansion);
  const unquoted = /\$(?!\{\w+:singlequote\})\{?\w+/.exec(expanded);
  if (unquoted) throw new Error(`${unquoted[0]}: variables are written as \${name:singlequote}`);
  return expandVariables(expanded, expansion);
}

/** Names of the variables that a query uses. */
export function variablesOf(sql: string): string[] {
  return [...new Set([...sql.matchAll(/\$\{(\w+)(?::\w+)?\}|\$(?!__)(\w+)/g)].map((match) => match[1] ?? match[2] ?? ''))];
}

function expandConditions(sql: string, { chosen = {} }: Expansion): string {
  const name = '$__conditionalAll';
  const at = sql.indexOf(`${name}(`);
  if (at < 0) return sql;
  const { args, end } = readArguments(sql, at + name.length);
  const variable = /^\$\{?(\w+)\}?$/.exec(args[1] ?? '')?.[1];
  if (args.length !== 2 || !variable) throw new Error(`${sql.slice(at, end)}: wants a condition and a plain variable`);
  const condition = chosen[variable] ? args[0] : '1=1';
  return expandConditions(sql.slice(0, at) + condition + sql.slice(end), { chosen } as Expansion);
}

function expandVariables(sql: string, { chosen = {} }: Expansion): string {
  return sql.replace(/\$\{(\w+):singlequote\}/g, (_, name: string) => {
    const values = chosen[name];
    if (!values) throw new Error(`\${${name}} may be All: only in $__conditionalAll does that mean everything`);
    return values.map((value) => `'${value.replaceAll("'", "\\'")}'`).join(',');
  });
}

function expandMacros(sql: string, expansion: Expansion): string {
  const match = /\$__(\w+)/.exec(sql);
  if (!match) return sql;
  const [text, name = ''] = match;
  const macro = MACROS[name];
  if (!macro) throw new Error(`${text}: not a macro that is known here`);
  const start = match.index + text.length;
  const { args, end } = WITH_ARGUMENTS.has(name) ? readArguments(sql, start) : { args: [], end: start };
  return expandMacros(sql.slice(0, match.index) + macro(expansion, ...args) + sql.slice(end), expansion);
}

/** Arguments in parentheses, which may hold parentheses themselves; `end` is behind the last one. */
function readArguments(sql: string, start: number): { args: string[]; end: number } {
  if (sql[start] !== '(') throw new Error(`${sql.slice(start - 20, start)}: arguments are missing`);
  const args = [''];
  for (let at = start + 1, depth = 1; at < sql.length; at++) {
    const letter = sql.charAt(at);
    if (letter === '(') depth++;
    if (letter === ')') depth--;
    if (depth === 0) return { args: args.map((arg) => arg.trim()), end: at + 1 };
    if (letter === ',' && depth === 1) args.push('');
    else args[args.length - 1] += letter;
  }
  throw new Error(`${sql.slice(start)}: a parenthesis is missing`);
}
