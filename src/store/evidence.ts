// Seals what DLP found for the operator alone: JWE to a public key whose private half never comes near the appliance.
//
//   EC P-256, P-384, P-521   ECDH-ES+A256KW
//   RSA of 2,048 bits up     RSA-OAEP-256
//
// Content is encrypted with A256GCM (RFC 7516, RFC 7518).

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CompactEncrypt, compactDecrypt } from 'jose';
import { DaylightError } from '../errors.ts';

/** What is sealed. */
export interface Evidence {
  detector: string;
  field: string;
  value: string;
}

/** Encrypts evidence; the result is JWE in compact form. */
export type SealEvidence = (evidence: Evidence) => Promise<string>;

const CURVES = new Set(['prime256v1', 'secp384r1', 'secp521r1']);
const SMALLEST_RSA = 2_048;
/** Characters of a value that are kept. */
const MAX_VALUE = 4_000;

/**
 * A sealer for the key in a PEM file.
 *
 * @throws DaylightError ERR_CONFIG_INVALID if the file holds no usable public key, or a private one.
 */
export function createEvidenceSealer(file: string): SealEvidence {
  const pem = read(file);
  if (pem.includes('PRIVATE KEY')) {
    throw invalid(file, 'holds a private key, which must not lie on this machine; give the public one (openssl pkey -pubout)');
  }
  const key = parse(file, () => createPublicKey(pem));
  const alg = algorithmOf(key);
  if (alg === undefined) {
    throw invalid(file, `is a key that cannot be used; make one with: openssl ecparam -name prime256v1 -genkey -noout`);
  }
  return ({ detector, field, value }) =>
    new CompactEncrypt(new TextEncoder().encode(JSON.stringify({ detector, field, value: value.slice(0, MAX_VALUE) })))
      .setProtectedHeader({ alg, enc: 'A256GCM' })
      .encrypt(key);
}

/**
 * Opens sealed evidence with the private key in a PEM file.
 *
 * @throws DaylightError ERR_USAGE if the key is unusable or another one than the evidence was sealed for.
 */
export async function openEvidence(jwe: string, file: string): Promise<Evidence> {
  const key = parse(file, () => createPrivateKey(read(file)));
  try {
    const { plaintext } = await compactDecrypt(jwe, key);
    return JSON.parse(new TextDecoder().decode(plaintext)) as Evidence;
  } catch (cause) {
    throw new DaylightError('ERR_USAGE', `${file} does not open this evidence: it was sealed for another key`, { cause });
  }
}

function algorithmOf(key: KeyObject): string | undefined {
  const { namedCurve = '', modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ec' && CURVES.has(namedCurve)) return 'ECDH-ES+A256KW';
  if (key.asymmetricKeyType === 'rsa' && modulusLength >= SMALLEST_RSA) return 'RSA-OAEP-256';
  return undefined;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw invalid(file, `cannot be read (${(cause as Error).message})`, cause);
  }
}

function parse(file: string, make: () => KeyObject): KeyObject {
  try {
    return make();
  } catch (cause) {
    throw invalid(file, 'holds no key in PEM form', cause);
  }
}

function invalid(file: string, why: string, cause?: unknown): DaylightError {
  return new DaylightError('ERR_CONFIG_INVALID', `evidence key ${file} ${why}`, { cause });
}
