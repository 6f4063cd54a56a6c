// Checks of credentials and of text.

import { unseenCharacters } from '../../inventory/visible-text.ts';

/** The JSON object that a part of a token holds in base64url (RFC 4648 section 5); undefined if it holds none. */
function readObject(part: string): object | undefined {
  try {
    const value: unknown = JSON.parse(atob(part.replaceAll('-', '+').replaceAll('_', '/')));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** JSON Web Token (RFC 7519): three parts; the header is a JSON object that names its algorithm, the second part one too. */
export function isJwt(text: string): boolean {
  const [header = '', claims = '', signature = '', ...more] = text.split('.');
  if (more.length > 0 || signature.length < 16) return false;
  const algorithm = Object.entries(readObject(header) ?? {}).find(([name]) => name === 'alg')?.[1];
  return typeof algorithm === 'string' && readObject(claims) !== undefined;
}

/** Has what passwords have and words, names of types and sentences lack: a digit or a sign, or four words and more. */
export function isPassword(text: string): boolean {
  return isVaried(text) && (/[\d!#$%^&*?+~@]/.test(text) || text.split(/[ -]/).length >= 4);
}

/** More than two characters in turn, and not in the order of the alphabet or of the digits. */
export function isVaried(text: string): boolean {
  const codes = [...text.toLowerCase()].map((char) => char.charCodeAt(0));
  const steps = codes.slice(1).map((code, at) => code - codes[at]!);
  return new Set(codes).size > 2 && !steps.every((step) => step === steps[0]);
}

/** Holds characters that a reader does not see and that neither the script nor an emoji needs. */
export function holdsUnseen(text: string): boolean {
  return unseenCharacters(text).length > 0;
}

const OPEN_LICENCE =
  /\b(?:MIT|BSD|Apache|ISC|MPL|A?GPL|LGPL|EPL|CC0|Unlicense|Mozilla Public|GNU|zlib|Boost)\b|licensed under|redistribution and use|permission is hereby granted|public domain|open[ -]source/i;

/** A notice of rights that names no open licence in the same lines. */
export function isClosedSource(text: string): boolean {
  return !OPEN_LICENCE.test(text);
}
