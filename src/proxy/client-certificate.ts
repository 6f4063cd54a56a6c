// What a verified client certificate says of its holder.

import type { TLSSocket } from 'node:tls';
import type { ClientCertificate } from './client.ts';

/** One entry of a subjectAltName as Node writes it: values with special characters are JSON strings. */
const ENTRY = /([A-Za-z0-9 ]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/y;

/** @param socket one whose certificate was verified @returns undefined if there is none */
export function readCertificate(socket: TLSSocket): ClientCertificate | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) return undefined;
  const { CN } = certificate.toLegacyObject().subject;
  return {
    commonName: nameOf(CN),
    emails: emailsOf(certificate.subjectAltName ?? ''),
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
  };
}

/** A common name that can be somebody's: several could be read either way, and names are text. Otherwise ''. */
export function nameOf(commonName: unknown): string {
  return typeof commonName === 'string' && /^(?=.*\S)\P{Cc}{1,256}$/u.test(commonName) ? commonName : '';
}

/** @param text subjectAltName as Node writes it; one that cannot be read whole holds no address */
export function emailsOf(text: string): string[] {
  const emails: string[] = [];
  ENTRY.lastIndex = 0;
  while (ENTRY.lastIndex < text.length) {
    const entry = ENTRY.exec(text);
    if (!entry) return [];
    // A quoted address holds a character that belongs into none.
    if (
      entry[1] === 'email' &&
      entry[2]!.length <= 256 &&
      /^[\x21-\x7e]+@[\x21-\x7e]+$/.test(entry[2]!) &&
      !entry[2]!.startsWith('"')
    )
      emails.push(entry[2]!);
  }
  return emails;
}
