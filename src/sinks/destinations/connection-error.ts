// Says in words why a receiver could not be reached, and what to do.

import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { DaylightError } from '../../errors.ts';

const UNTRUSTED = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
]);

/** One sentence without its end. `to` names the receiver. */
export function describeConnectionError(error: unknown, to: string): string {
  const { code = '', message = String(error) } = error as NodeJS.ErrnoException;
  if (UNTRUSTED.has(code))
    return `the certificate of ${to} is not trusted (${code}); set ca to the PEM file of the authority that issued it`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `the certificate of ${to} is for other names: ${clean(message)}`;
  if (code === 'CERT_HAS_EXPIRED') return `the certificate of ${to} has expired`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `the name of ${to} is not known (${code})`;
  if (code === 'ECONNREFUSED') return `nothing listens at ${to} (${code})`;
  if (code === 'ECONNRESET' || code === 'EPIPE') return `${to} closed the connection (${code})`;
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_') || code.startsWith('ERR_OSSL_'))
    return `TLS with ${to} failed: ${clean(message)}`;
  // Errors of several addresses at once have no words.
  return `${to}: ${clean(message) || code || 'unknown error'}`;
}

/** Text from outside as part of a message: one line, printable, at most 300 characters. */
export function clean(text: string): string {
  const line = text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const characters = [...line];
  return characters.length <= 300 ? line : `${characters.slice(0, 299).join('')}…`;
}

/** PEM files of a sink's options, read. */
export interface TlsFiles {
  ca?: Buffer;
  cert?: Buffer;
  key?: Buffer;
}

/** @throws DaylightError ERR_CONFIG_INVALID for files that cannot be read or hold something else */
export function readTlsFiles(files: {
  ca?: string | undefined;
  clientCert?: string | undefined;
  clientKey?: string | undefined;
}): TlsFiles {
  const read: TlsFiles = {};
  if (files.ca !== undefined) read.ca = readPem(files.ca, 'ca', 'CERTIFICATE');
  if (files.clientCert !== undefined) read.cert = readPem(files.clientCert, 'clientCert', 'CERTIFICATE');
  if (files.clientKey !== undefined) read.key = readPem(files.clientKey, 'clientKey', 'PRIVATE KEY');
  try {
    createSecureContext(read);
  } catch (error) {
    const names = Object.values(files).filter((name) => name !== undefined);
    throw new DaylightError('ERR_CONFIG_INVALID', `${names.join(', ')}: not usable for TLS (${(error as Error).message})`, {
      cause: error,
    });
  }
  return read;
}

function readPem(file: string, key: string, label: string): Buffer {
  let pem: Buffer;
  try {
    pem = readFileSync(file);
  } catch (error) {
    throw new DaylightError('ERR_CONFIG_INVALID', `${key}: cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
  if (!pem.includes(`${label}-----`))
    throw new DaylightError('ERR_CONFIG_INVALID', `${key}: ${file} holds no PEM block named ${label}`);
  return pem;
}
