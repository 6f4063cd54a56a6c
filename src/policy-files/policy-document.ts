// The policy files as YAML documents that can be changed without losing comments and order.
//
// An edit, in order: lock the folder, read the files, change the documents, validate the whole new policy, replace what
// changed. What does not validate is not written; a policy that is broken already is not touched.

import { join } from 'node:path';
import { type Document, isMap, isSeq, parseDocument, YAMLMap, YAMLSeq } from 'yaml';
import { parseText } from '../document.ts';
import { covers, placeOf } from '../engine/policy/origin.ts';
import type { Policy } from '../engine/policy/schema.ts';
import { DaylightError } from '../errors.ts';
import { type FileVersion, readVersion, replaceFiles, whileLocked } from '../replace-files.ts';
import { POLICY_FILES, type PolicyPart, parsePolicy } from './load-policy.ts';

/** What an edit did, for the audit log. `before` and `after` are the entry as JSON, '' where there is none. */
export interface PolicyChange {
  action:
    | 'mode'
    | 'pause'
    | 'resume'
    | 'approve'
    | 'unapprove'
    | 'block'
    | 'unblock'
    | 'add-exception'
    | 'remove-exception'
    | 'add-passthrough'
    | 'remove-passthrough'
    | 'dlp-profile'
    | 'rollback';
  /** Rule id, tag, traffic class, server URL, exception id, host, DLP profile, or number of the version that was rolled back to. */
  object: string;
  before: string;
  after: string;
  /** Files that were written. Empty if policy already said so. */
  files: readonly string[];
}

type Part = PolicyPart;
const FILES = POLICY_FILES;
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
  after: unknown;
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
      if (
        await replaceFiles(
          folder,
          changed.map((part) => ({ read: versions[part], text: texts[part] })),
        )
      ) {
        const files = changed.map((part) => join(folder, FILES[part]));
        return { action, object: edited.object ?? object, before: json(edited.before), after: json(edited.after), files };
      }
    }
    throw new DaylightError('ERR_POLICY_INVALID', `${folder}: the files keep changing while they are edited; try again`);
  });
}

const HEADINGS: Record<Part, string> = {
  approved: '# Approved MCP servers. Format: docs/reference/policy-format.md\n\nservers: []\n',
  modes: '# What happens on a match. Later lines win. Format: docs/reference/policy-format.md\n\ndefault: log\nmodes: []\n',
  exceptions: '# Dated exceptions. Format: docs/reference/policy-format.md\n\nexceptions: []\n',
  groups: '# Groups of people, for policy. Format: docs/reference/policy-format.md\n\ngroups: {}\n',
  passthrough: '# Hosts that are not decrypted. Format: docs/reference/passthrough.md\n\nhosts: []\n',
};

async function readAll(folder: string): Promise<Record<Part, FileVersion>> {
  const versions = await Promise.all(PARTS.map((part) => readVersion(folder, FILES[part])));
  return mapParts((part) => versions[PARTS.indexOf(part)]!);
}

function validate(folder: string, textOf: (part: Part) => string): Policy {
  return parsePolicy(
    mapParts((part) => parseText(join(folder, FILES[part]), textOf(part))),
    [],
    0,
  ).policy;
}

export function listIn(document: Document, key: string): YAMLSeq<unknown> {
  const found = document.get(key);
  if (isSeq(found)) return found;
  const list = new YAMLSeq();
  if (isMap(document.contents)) document.set(key, list);
  else document.contents = document.createNode({ [key]: list });
  return document.get(key) as YAMLSeq;
}

/** Sets a key of the document itself; the comment beside a plain value stays. */
export function setKey(document: Document, key: string, value: unknown): void {
  if (isMap(document.contents)) document.set(key, typeof value === 'object' ? document.createNode(value) : value);
  else document.contents = document.createNode({ [key]: value });
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
  return findServers(list, url)[0];
}

/** Every entry about the same server: of approvals there may be several, for different people. */
export function findServers(list: YAMLSeq<unknown>, url: string): YAMLMap[] {
  const wanted = placeOf(url);
  return maps(list).filter((item) => {
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
export function render(document: Document, original: string): string {
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
  return {
    approved: make('approved'),
    modes: make('modes'),
    exceptions: make('exceptions'),
    groups: make('groups'),
    passthrough: make('passthrough'),
  };
}

function json(value: unknown): string {
  const plain = Array.isArray(value) ? value.map(toPlain) : toPlain(value);
  return plain === undefined || (Array.isArray(plain) && plain.length === 0) ? '' : JSON.stringify(plain);
}

function toPlain(value: unknown): unknown {
  return value instanceof YAMLMap ? value.toJSON() : value;
}
