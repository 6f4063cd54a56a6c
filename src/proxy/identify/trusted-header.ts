// The fields with which a proxy in front says who somebody is. From whom they are taken is decided in identify.ts.

import type { IdentityConfig } from '../../config/identity.ts';

export interface TrustedPerson {
  /** '' if the field is there and names nobody. */
  user: string;
  groups: string[];
  /** The fields contradict themselves, as a sentence. */
  problem?: string;
}

type HeaderConfig = NonNullable<IdentityConfig['header']>;

const MAX_NAME = 256;
const MAX_GROUPS = 200;
const CONTROL = /\p{Cc}/u;

/** undefined where none of the fields is there. */
export function readTrustedHeader({ name, groups }: HeaderConfig, headers: readonly string[]): TrustedPerson | undefined {
  const users = valuesOf(headers, name);
  const lists = groups === undefined ? [] : valuesOf(headers, groups);
  if (users.length === 0 && lists.length === 0) return undefined;
  const person: TrustedPerson = {
    user: users[0] ?? '',
    groups: lists.flatMap((list) => list.split(',')).map((each) => each.trim()),
  };
  person.groups = person.groups.filter((each) => each !== '');
  // A proxy that adds its field to that of the client would let the client choose.
  if (users.length > 1)
    person.problem = `The header ${name} was sent more than once: the proxy in front must replace it, not add to it.`;
  else if (lists.length > 1)
    person.problem = `The header ${groups} was sent more than once: the proxy in front must replace it, not add to it.`;
  else if ([person.user, ...person.groups].some((each) => each.length > MAX_NAME || CONTROL.test(each)))
    person.problem = `The header ${name} or ${groups ?? 'its groups'} holds a name that is none.`;
  else if (person.groups.length > MAX_GROUPS) person.problem = `The header ${groups} names more than ${MAX_GROUPS} groups.`;
  return person;
}

/** The fields that say who somebody is, in lower case. */
export function withheldFields(header: IdentityConfig['header']): string[] {
  const names = header ? [header.name, ...(header.groups ? [header.groups] : [])] : [];
  return ['proxy-authorization', ...names.map((name) => name.toLowerCase())];
}

function valuesOf(headers: readonly string[], name: string): string[] {
  const lower = name.toLowerCase();
  const found: string[] = [];
  for (let i = 0; i < headers.length; i += 2)
    if (headers[i]!.length === name.length && headers[i]!.toLowerCase() === lower) found.push(fromLatin1(headers[i + 1]!).trim());
  return found;
}

/** HTTP delivers bytes; names are UTF-8 where that fits. */
function fromLatin1(text: string): string {
  const bytes = Buffer.from(text, 'latin1');
  const utf8 = bytes.toString('utf8');
  return utf8.includes('\ufffd') ? text : utf8;
}
