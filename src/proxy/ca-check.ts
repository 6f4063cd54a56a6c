// Checks that key and certificates in the CA's folder can do the job, before the first client finds out that they cannot.
//
// In order: readable; the key is plain and of a usable kind; one certificate belongs to it; the path from there upwards; and
// for each certificate on the path: is a CA, may sign, may sign servers, is in its time, allows that many below it.

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DaylightError } from '../errors.ts';
import { type CertificateProfile, canSign, EKU, KEY_USAGE, readProfile } from './certificate.ts';

export interface CheckedAuthority {
  certificate: X509Certificate;
  /** `certificate` and those above it, without the root; empty if `certificate` is the root. */
  chain: X509Certificate[];
  anchor: X509Certificate;
  /** What clients that verify strictly (Python from 3.13 on, OpenSSL with -x509_strict) will not accept; empty if they will. */
  shortcomings: string[];
}

/** Every certificate of a PEM file. @throws DaylightError ERR_CA */
export async function readCertificates(file: string): Promise<X509Certificate[]> {
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new DaylightError('ERR_CA', `${file} cannot be read: ${cause.message}`, { cause });
  });
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text))
    throw caError(
      file,
      'holds a private key, but it is handed out to clients; move the key into ca.key (and replace it if it was)',
    );
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0)
    throw caError(file, 'holds no PEM certificate; convert DER with: openssl x509 -inform der -in FILE -out ca.pem');
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch (cause) {
      throw caError(file, `certificate ${index + 1} of ${blocks.length} cannot be parsed; copy it again from its source`, cause);
    }
  });
}

/** A private key in PKCS #8, SEC1 or PKCS #1. @throws DaylightError ERR_CA */
export function readKey(text: string, file: string): KeyObject {
  if (/ENCRYPTED/.test(text))
    throw caError(
      file,
      'is encrypted, and Daylight starts without anybody to type the passphrase; decrypt it: openssl pkey -in ca.key -out plain.key, then move plain.key to ca.key',
    );
  let key: KeyObject;
  try {
    key = createPrivateKey(text);
  } catch (cause) {
    throw caError(file, 'holds no PEM private key (PKCS #8, SEC1 or PKCS #1)', cause);
  }
  if (!canSign(key))
    throw caError(
      file,
      `is of kind ${kindOf(key)}, which clients do not accept everywhere; use RSA, or EC on P-256, P-384 or P-521`,
    );
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 2048;
  if (bits < 2048) throw caError(file, `is an RSA key of ${bits} bits; clients want at least 2048`);
  return key;
}

/**
 * @param material.found certificates of ca.pem, in any order
 * @param material.above certificates of chain.pem
 * @throws DaylightError ERR_CA
 */
export function checkAuthority(material: {
  key: KeyObject;
  found: readonly X509Certificate[];
  above: readonly X509Certificate[];
  dir: string;
  now: number;
}): CheckedAuthority {
  const file = join(material.dir, 'ca.pem');
  const certificate = material.found.find((each) => each.checkPrivateKey(material.key));
  if (!certificate)
    throw caError(
      join(material.dir, 'ca.key'),
      `does not belong to the certificate in ${file}; put the pair there that belongs together`,
    );
  const path = pathFrom(certificate, [...material.found, ...material.above]);
  for (const [below, each] of path.entries()) checkOne(each, below, file, material.now);
  const top = path.at(-1) ?? certificate;
  const rooted = isSelfSigned(top);
  return {
    certificate,
    chain: rooted ? path.slice(0, -1) : path,
    anchor: rooted ? top : certificate,
    shortcomings: path.flatMap(shortcomingsOf),
  };
}

function pathFrom(certificate: X509Certificate, pool: readonly X509Certificate[]): X509Certificate[] {
  const path = [certificate];
  for (let current = certificate; !isSelfSigned(current); ) {
    const issuer = pool.find((each) => !path.includes(each) && current.checkIssued(each) && current.verify(each.publicKey));
    if (!issuer) break;
    path.push(issuer);
    current = issuer;
  }
  return path;
}

function checkOne(certificate: X509Certificate, below: number, file: string, now: number): void {
  const profile = profileOf(certificate, file);
  const who = nameOf(certificate);
  if (profile.keyUsage && !profile.keyUsage.has(KEY_USAGE.keyCertSign))
    throw caError(file, `${who} may not sign certificates (key usage lacks keyCertSign); get one from your CA that may`);
  if (!certificate.ca)
    throw caError(file, `${who} is not a CA certificate (basicConstraints CA:TRUE); get an intermediate CA certificate`);
  if (profile.extendedKeyUsage && ![EKU.serverAuth, EKU.any].some((oid) => profile.extendedKeyUsage?.includes(oid)))
    throw caError(file, `${who} may not sign server certificates (extended key usage lacks serverAuth)`);
  if (profile.pathLength !== undefined && profile.pathLength < below)
    throw caError(file, `${who} allows ${profile.pathLength} CA certificates below it, but there are ${below} (path length)`);
  if (certificate.validToDate.getTime() <= now) throw caError(file, `${who} expired on ${certificate.validTo}; replace it`);
  if (certificate.validFromDate.getTime() > now)
    throw caError(file, `${who} is not valid before ${certificate.validFrom}; check this machine's clock`);
}

/** RFC 5280 4.2.1: what a CA certificate must have, and lenient verifiers do without. */
function shortcomingsOf(certificate: X509Certificate): string[] {
  const profile = readProfile(certificate);
  const lacks = [
    profile.keyUsage ? '' : 'a key usage',
    profile.subjectKeyId ? '' : 'a subject key identifier',
    profile.hasAuthorityKeyId || isSelfSigned(certificate) ? '' : 'an authority key identifier',
    profile.basicConstraintsCritical ? '' : 'critical basicConstraints',
  ].filter((each) => each !== '');
  return lacks.length === 0 ? [] : [`${nameOf(certificate)} lacks ${lacks.join(', ')}`];
}

function profileOf(certificate: X509Certificate, file: string): CertificateProfile {
  try {
    return readProfile(certificate);
  } catch (cause) {
    throw caError(file, `${nameOf(certificate)} cannot be parsed; its encoding is not DER`, cause);
  }
}

function nameOf(certificate: X509Certificate): string {
  return `certificate "${certificate.subject.replaceAll('\n', ', ')}"`;
}

function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey);
}

function kindOf(key: KeyObject): string {
  const curve = key.asymmetricKeyDetails?.namedCurve;
  return curve ? `EC ${curve}` : String(key.asymmetricKeyType);
}

function caError(file: string, what: string, cause?: unknown): DaylightError {
  return new DaylightError('ERR_CA', `${file}: ${what}`, { cause });
}
