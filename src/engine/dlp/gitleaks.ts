// Turns the rules of a gitleaks configuration into detectors.
//
//   id, description, tags   gitleaks-ID, description
//   regex, secretGroup      a pattern; the sensitive part is that group, or the only outermost group, or the whole match
//   keywords                anchors; a rule without keywords is tried on all text
//   entropy                 entropy
//   allowlists              allow: patterns on the secret, and stop words. The allowlist of the whole file joins each of its rules
//   path                    traffic has no file names: such a rule is less sure (low), one without a regex is skipped
//
// What cannot be said in a detector is skipped or noted, never dropped in silence.

import { checkDetector } from './compile.ts';
import { type Detector, detectorSchema } from './schema.ts';

export interface ImportedDetectors {
  detectors: Detector[];
  /** Rules that are not among the detectors. */
  skipped: { id: string; why: string }[];
  /** What a detector does not take over from its rule. */
  notes: { id: string; what: string }[];
}

/** gitleaks looks for keywords in the whole file; here a match lies around one. A private key is the longest that there is. */
const REACH = { before: 200, after: 4_000 };
/** Characters of one pattern made of stop words, below the limit of a pattern. */
const STOP_WORDS_LENGTH = 900;

type Table = Readonly<Record<string, unknown>>;

/** @param parsed the TOML as data. @throws Error if it is no gitleaks configuration. */
export function detectorsFromGitleaks(parsed: unknown): ImportedDetectors {
  const config = tableOf(parsed);
  const rules = tablesOf(config.rules);
  if (rules.length === 0) throw new Error('holds no [[rules]]; a gitleaks configuration is expected');
  const found: ImportedDetectors = { detectors: [], skipped: [], notes: [] };
  const everywhere = [...tablesOf(config.allowlist), ...tablesOf(config.allowlists)];
  const taken = new Set<string>();
  for (const [index, rule] of rules.entries()) {
    const id = textOf(rule.id) || `rule ${index + 1}`;
    const why = whySkipped(rule);
    if (why !== undefined) {
      found.skipped.push({ id, why });
      continue;
    }
    const { allow, left } = allowOf([...everywhere.filter((list) => concerns(list, id)), ...allowlistsOf(rule)]);
    const checked = acceptDetector(detectorOf(rule, id, allow), taken);
    if (typeof checked === 'string') {
      found.skipped.push({ id, why: checked });
      continue;
    }
    taken.add(checked.id);
    found.detectors.push(checked);
    if (textOf(rule.path) !== '')
      found.notes.push({ id, what: 'is for certain files only; here it reads all text, at low confidence' });
    for (const what of left) found.notes.push({ id, what });
  }
  if (config.extend !== undefined) found.notes.push({ id: 'extend', what: 'is not followed; import that file as well' });
  return found;
}

function whySkipped(rule: Table): string | undefined {
  if (textOf(rule.regex) === '') return 'has no regex: it looks at names of files';
  if (rule.skipReport === true) return 'is never reported: it only helps other rules';
  if (tablesOf(rule.required).length > 0) return 'needs other rules to match nearby, which a detector cannot say';
  return undefined;
}

function detectorOf(rule: Table, id: string, allow: readonly string[]): unknown {
  const regex = textOf(rule.regex);
  const keywords = textsOf(rule.keywords);
  const tags = textsOf(rule.tags);
  const entropy = Number(rule.entropy ?? 0);
  const description = textOf(rule.description) || `The gitleaks rule ${id}.`;
  return {
    id: `gitleaks-${id
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '')}`,
    title: id,
    description: tags.length > 0 ? `${description} Tags: ${tags.join(', ')}.` : description,
    family: 'credential',
    severity: 'high',
    origin: 'gitleaks',
    patterns: [
      {
        regex,
        group: Number(rule.secretGroup ?? 0) || (hasOneOuterGroup(regex) ? 1 : 0),
        alone: textOf(rule.path) === '' ? 'medium' : 'low',
      },
    ],
    anchors: keywords.length > 0 ? { literals: keywords } : { none: true },
    reach: REACH,
    ...(entropy > 0 ? { entropy } : {}),
    allow,
  };
}

/** The detector, or why there is none. */
function acceptDetector(candidate: unknown, taken: ReadonlySet<string>): Detector | string {
  const parsed = detectorSchema.safeParse(candidate);
  if (!parsed.success) return parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  if (taken.has(parsed.data.id)) return `an earlier rule has become ${parsed.data.id} already`;
  try {
    checkDetector(parsed.data);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return parsed.data;
}

/** Whether an allowlist of the whole file is for this rule. */
function concerns(allowlist: Table, id: string): boolean {
  const targets = textsOf(allowlist.targetRules);
  return targets.length === 0 || targets.includes(id);
}

/** Older files have one `allowlist`, newer ones several `allowlists`. */
function allowlistsOf(rule: Table): Table[] {
  return [...tablesOf(rule.allowlist), ...tablesOf(rule.allowlists)];
}

/** Patterns for `allow`, and what of the allowlists is left. Paths and commits never hold for traffic. */
function allowOf(allowlists: readonly Table[]): { allow: string[]; left: string[] } {
  const allow = new Set<string>();
  const left: string[] = [];
  for (const allowlist of allowlists) {
    const regexes = textsOf(allowlist.regexes);
    const stopwords = textsOf(allowlist.stopwords);
    const needsAll = textOf(allowlist.condition).toUpperCase() === 'AND';
    if (needsAll && textsOf(allowlist.paths).length + textsOf(allowlist.commits).length > 0) continue;
    if (needsAll && regexes.length > 0 && stopwords.length > 0) {
      left.push('an allowlist that needs a pattern and a stop word at once is not taken over');
      continue;
    }
    const target = textOf(allowlist.regexTarget);
    if (regexes.length > 0 && (target === 'match' || target === 'line')) {
      left.push(`the patterns of an allowlist look at the whole ${target} and not at the secret; they are not taken over`);
    } else for (const regex of regexes) allow.add(regex);
    for (const pattern of stopPatterns(stopwords)) allow.add(pattern);
  }
  return { allow: [...allow], left };
}

/** Stop words as few patterns: any of them anywhere in the secret, without regard to case. */
function stopPatterns(words: readonly string[]): string[] {
  const patterns: string[] = [];
  let alternatives = '';
  const flush = (): void => void (alternatives !== '' && patterns.push(`(?i)${alternatives}`));
  for (const word of words) {
    const escaped = word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
    if (alternatives.length + escaped.length > STOP_WORDS_LENGTH) {
      flush();
      alternatives = '';
    }
    alternatives += alternatives === '' ? escaped : `|${escaped}`;
  }
  flush();
  return patterns;
}

/** One capture group that is inside no other and not repeated: the secret, by custom. */
function hasOneOuterGroup(regex: string): boolean {
  /** Open groups: whether each captures. */
  const open: boolean[] = [];
  let outer = 0;
  for (let at = 0; at < regex.length; at += 1) {
    const char = regex[at];
    if (char === '\\') at += 1;
    else if (char === '[') at = endOfClass(regex, at);
    else if (char === '(') {
      const captures = regex[at + 1] !== '?' || /^\(\?P?<[^=!]/.test(regex.slice(at, at + 5));
      if (captures && !open.includes(true)) outer += 1;
      open.push(captures);
    } else if (char === ')') {
      const captured = open.pop() === true && !open.includes(true);
      if (captured && /[*+?{]/.test(regex[at + 1] ?? '')) return false;
    }
  }
  return outer === 1;
}

function endOfClass(regex: string, start: number): number {
  let at = start + 1;
  if (regex[at] === '^') at += 1;
  if (regex[at] === ']') at += 1;
  while (at < regex.length && regex[at] !== ']') at += regex[at] === '\\' ? 2 : 1;
  return at;
}

function tableOf(value: unknown): Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Table) : {};
}

/** One table or several. */
function tablesOf(value: unknown): Table[] {
  return (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(tableOf);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string' && each !== '') : [];
}
