// The three policy files as YAML documents that can be changed without losing comments and order.
//
// An edit, in order: lock the folder, read the three files, change the documents, validate the whole new policy, replace what
// changed. What does not validate is not written; a policy that is broken already is not touched.

import { join } from 'node:path';
import { type Document, isMap, isSeq, parseDocument, YAMLMap, YAMLSeq } from 'yaml';
import { formatProblem, parseAs, parseText } from './document.ts';
import { checkPolicy } from './engine/policy/check.ts';
import { covers, placeOf } from './engine/policy/origin.ts';
import { approvedSchema, exceptionsSchema, modesSchema, type Policy } from './engine/policy/schema.ts';
import { DaylightError } from './errors.ts';
import { type FileVersion, readVersion, replaceFile, whileLocked } from './replace-files.ts';

/** What an edit did, for the audit log. `before` and `after` are the entry as JSON, '' where there is none. */
export interface PolicyChange {
  action: 'mode' | 'approve' | 'block' | 'unblock' | 'add-exception' | 'remove-exception';
  /** Rule id, tag, traffic class, server URL or exception id. */
  object: string;
  before: string;
  after: string;
  /** Files that were written. Empty if policy already said so. */
  files: readonly string[];
}

const FILES = { approved: 'approved.yml', modes: 'modes.yml', exceptions: 'exceptions.yml' } as const;
type Part = keyof typeof FILES;
const PARTS = Object.keys(FILES) as Part[];

/** The policy on disk. @throws DaylightError ERR_POLICY_INVALID naming every problem with file and line. */
export async function readPolicy(rules: string): Promise<Policy> {
  const folder = join(rules, 'local');
  const versions = await readAll(folder);
  return validate(folder, (part) => versions[part].text ?? '');
}

type Documents = Record<Part, Document>;
interface Edited {
  object?: string;
  before: unknown;
  after: YAMLMap | readonly YAMLMap[] | undefined;
}

/**
 * Runs one edit.
 *
 * @throws DaylightError ERR_POLICY_INVALID when policy is broken before or after it; nothing is written then.
 */
export function editPolicy(
  rules: string,
  action: PolicyChange['action'],
  object: string,
  change: (documents: Documents) => Edited,
): Promise<PolicyChange> {
  const folder = join(rules, 'local');
  return whileLocked(folder, async () => {
    for (let attempt = 0; attempt < 5; attempt++) {
      const versions = await readAll(folder);
      // What is broken already must be mended by hand: editing it would guess.
      validate(folder, (part) => versions[part].text ?? '');
      const documents = mapParts((part) => parseDocument(versions[part].text ?? HEADINGS[part]));
      const edited = change(documents);
      const texts = mapParts((part) => render(documents[part], versions[part].text ?? ''));
      const changed = PARTS.filter(
        (part) => documents[part].toString(style('')) !== unedited(versions[part].text ?? HEADINGS[part]),
      );
      validate(folder, (part) => (changed.includes(part) ? texts[part] : (versions[part].text ?? '')));
      if (await replaceAll(folder, changed, versions, texts)) {
        const files = changed.map((part) => join(folder, FILES[part]));
        return { action, object: edited.object ?? object, before: json(edited.before), after: json(edited.after), files };
      }
    }
    throw new DaylightError('ERR_POLICY_INVALID', `${folder}: the files keep changing while they are edited; try again`);
  });
}

/** The first file that somebody else has changed stops the rest; the next attempt starts from what is there then. */
async function replaceAll(
  folder: string,
  changed: readonly Part[],
  versions: Record<Part, FileVersion>,
  texts: Record<Part, string>,
): Promise<boolean> {
  for (const part of changed) if (!(await replaceFile(folder, versions[part], texts[part]))) return false;
  return true;
}

const HEADINGS: Record<Part, string> = {
  approved: '# Approved MCP servers. Format: docs/reference/policy-format.md\n\nservers: []\n',
  modes: '# What happens on a match. Later lines win. Format: docs/reference/policy-format.md\n\ndefault: log\nmodes: []\n',
  exceptions: '# Dated exceptions. Format: docs/reference/policy-format.md\n\nexceptions: []\n',
};

async function readAll(folder: string): Promise<Record<Part, FileVersion>> {
  const [approved, modes, exceptions] = await Promise.all(PARTS.map((part) => readVersion(folder, FILES[part])));
  return { approved: approved!, modes: modes!, exceptions: exceptions! };
}

function validate(folder: string, textOf: (part: Part) => string): Policy {
  const documents = mapParts((part) => parseText(join(folder, FILES[part]), textOf(part)));
  const approved = parseAs(documents.approved, approvedSchema, {});
  const modes = parseAs(documents.modes, modesSchema, {});
  const exceptions = parseAs(documents.exceptions, exceptionsSchema, {});
  const problems = PARTS.flatMap((part) => documents[part].problems);
  if (!approved || !modes || !exceptions) throw new DaylightError('ERR_POLICY_INVALID', problems.map(formatProblem).join('\n'));
  const policy: Policy = { approved, modes, exceptions };
  const remarks = checkPolicy(policy, [], 0).problems.map(({ document, path, message }) =>
    formatProblem({
      file: documents[document].file,
      line: documents[document].lineOf(path),
      message: `${path.join('.')}: ${message}`,
    }),
  );
  if (remarks.length > 0) throw new DaylightError('ERR_POLICY_INVALID', remarks.join('\n'));
  return policy;
}

export function listIn(document: Document, key: string): YAMLSeq<unknown> {
  const found = document.get(key);
  if (isSeq(found)) return found;
  const list = new YAMLSeq();
  if (isMap(document.contents)) document.set(key, list);
  else document.contents = document.createNode({ [key]: list });
  return document.get(key) as YAMLSeq;
}

export function maps(list: YAMLSeq<unknown>): YAMLMap[] {
  return list.items.filter((item) => isMap(item));
}

export function insert(
  document: Document,
  list: YAMLSeq<unknown>,
  entry: Record<string, unknown>,
  index = list.items.length,
): void {
  list.flow = false;
  list.items.splice(index, 0, document.createNode(defined(entry)));
}

/** Sets what the new entry names. What it does not name stays, so that an approval keeps its tools and its comment. */
export function update(document: Document, item: YAMLMap, entry: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(defined(entry))) {
    if (JSON.stringify(item.toJSON()[key]) !== JSON.stringify(value))
      item.set(key, typeof value === 'object' ? document.createNode(value) : value);
  }
}

function defined(entry: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined));
}

export function findServer(list: YAMLSeq<unknown>, url: string): YAMLMap | undefined {
  const wanted = placeOf(url);
  return maps(list).find((item) => {
    const place = placeOf(String(item.get('url')));
    return String(item.get('url')) === url || (covers(place, wanted) && covers(wanted, place));
  });
}

export function removeServer(modes: Document, url: string): unknown {
  const list = modes.get('blocked');
  if (!isSeq(list)) return undefined;
  const known = findServer(list, url);
  if (known) list.items.splice(list.items.indexOf(known), 1);
  return known?.toJSON();
}

/** The document as text, in the indentation that the file had. */
function render(document: Document, original: string): string {
  return document.toString(style(original));
}

function style(original: string) {
  const padded = original.match(/[[{] /g)?.length ?? 0;
  const tight = original.match(/[[{][^\s\]}]/g)?.length ?? 0;
  return { lineWidth: 0, indentSeq: !/^\w+:[^\n]*\n- /m.test(original), flowCollectionPadding: padded >= tight };
}

function unedited(text: string): string {
  return parseDocument(text).toString(style(''));
}

function mapParts<T>(make: (part: Part) => T): Record<Part, T> {
  return { approved: make('approved'), modes: make('modes'), exceptions: make('exceptions') };
}

function json(value: unknown): string {
  const plain = Array.isArray(value) ? value.map(toPlain) : toPlain(value);
  return plain === undefined || (Array.isArray(plain) && plain.length === 0) ? '' : JSON.stringify(plain);
}

function toPlain(value: unknown): unknown {
  return value instanceof YAMLMap ? value.toJSON() : value;
}
