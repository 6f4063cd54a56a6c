// Builds and reads X.509 certificates. node-forge does the ASN.1 (der.ts); keys and signatures are node:crypto's, which is what
// makes a leaf cost a third of a millisecond. Profile: RFC 5280 sections 4.1 and 4.2.

import { createHash, type KeyObject, randomBytes, sign as signNow, X509Certificate } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { promisify } from 'node:util';
import ipaddr from 'ipaddr.js';
import forge from 'node-forge';
import { binary, bitString, children, der, integer, octets, oid, parsed, primitive, sequence, set } from './der.ts';

const { asn1 } = forge;
const { Class, Type } = asn1;
const signInPool = promisify(signNow) as (algorithm: string, data: Buffer, key: KeyObject) => Promise<Buffer>;

export interface CertificateRequest {
  /** DER of the Name. */
  issuer: Buffer;
  subject: Buffer;
  notBefore: Date;
  notAfter: Date;
  /** DER of the SubjectPublicKeyInfo. */
  publicKey: Buffer;
  extensions: readonly forge.asn1.Asn1[];
  signer: KeyObject;
}

/** What Daylight needs to know of a certificate that node:crypto does not tell. */
export interface CertificateProfile {
  /** DER of the subject Name, byte for byte. */
  subject: Buffer;
  subjectKeyId: Buffer | undefined;
  /** Key usage bits by position (RFC 5280 4.2.1.3); undefined without the extension. */
  keyUsage: ReadonlySet<number> | undefined;
  /** OIDs; undefined without the extension. */
  extendedKeyUsage: readonly string[] | undefined;
  /** CA certificates that may stand between this one and a leaf; undefined: any number. */
  pathLength: number | undefined;
  basicConstraintsCritical: boolean;
  hasAuthorityKeyId: boolean;
}

const OID = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyId: '2.5.29.35',
  extKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
};
export const KEY_USAGE = { digitalSignature: 0, keyCertSign: 5, cRLSign: 6 };
export const EKU = { serverAuth: OID.serverAuth, any: '2.5.29.37.0' };

/** Hash and signature OID per CA key (RFC 5758, RFC 4055). */
const SIGNATURES: Record<string, { oid: string; hash: string; parameters: boolean }> = {
  prime256v1: { oid: '1.2.840.10045.4.3.2', hash: 'sha256', parameters: false },
  secp384r1: { oid: '1.2.840.10045.4.3.3', hash: 'sha384', parameters: false },
  secp521r1: { oid: '1.2.840.10045.4.3.4', hash: 'sha512', parameters: false },
  rsa: { oid: '1.2.840.113549.1.1.11', hash: 'sha256', parameters: true },
};

/** Whether certificates can be signed with this key: RSA, or EC on P-256, P-384 or P-521. */
export function canSign(key: KeyObject): boolean {
  return signatureOf(key) !== undefined;
}

function signatureOf(key: KeyObject): (typeof SIGNATURES)[string] | undefined {
  return SIGNATURES[
    key.asymmetricKeyType === 'ec' ? (key.asymmetricKeyDetails?.namedCurve ?? '') : (key.asymmetricKeyType ?? '')
  ];
}

/**
 * A signed certificate with a random serial of 127 bits. An RSA signature is made on the thread pool: with 4,096 bits it takes
 * milliseconds. An EC signature takes less time than the way to the pool and back.
 */
export async function buildCertificate(request: CertificateRequest): Promise<X509Certificate> {
  const kind = signatureOf(request.signer);
  if (!kind) throw new TypeError('the key cannot sign certificates');
  const algorithm = sequence(oid(kind.oid), ...(kind.parameters ? [primitive(Type.NULL, '')] : []));
  const tbs = sequence(
    asn1.create(Class.CONTEXT_SPECIFIC, 0, true, [integer(Buffer.from([2]))]),
    integer(randomSerial()),
    algorithm,
    parsed(request.issuer),
    sequence(time(request.notBefore), time(request.notAfter)),
    parsed(request.subject),
    parsed(request.publicKey),
    asn1.create(Class.CONTEXT_SPECIFIC, 3, true, [sequence(...request.extensions)]),
  );
  const signed = der(tbs);
  const signature =
    request.signer.asymmetricKeyType === 'rsa'
      ? await signInPool(kind.hash, signed, request.signer)
      : signNow(kind.hash, signed, request.signer);
  return new X509Certificate(der(sequence(tbs, algorithm, bitString(signature))));
}

/** DER of a Name with common name (at most 64 characters, RFC 5280 appendix A) and organization, both optional. */
export function distinguishedName(parts: { commonName?: string; organization?: string }): Buffer {
  const attributes = [
    [OID.organization, parts.organization],
    [OID.commonName, parts.commonName],
  ] as const;
  const sets = attributes.flatMap(([type, value]) =>
    value === undefined ? [] : [set(sequence(oid(type), primitive(Type.UTF8, forge.util.encodeUtf8(value))))],
  );
  return der(sequence(...sets));
}

export function basicConstraints(ca: { pathLength: number }): forge.asn1.Asn1 {
  return extension(OID.basicConstraints, sequence(primitive(Type.BOOLEAN, '\xff'), integer(Buffer.from([ca.pathLength]))), true);
}

export function keyUsage(...bits: number[]): forge.asn1.Asn1 {
  let flags = 0;
  for (const bit of bits) flags |= 0x80 >> bit;
  // DER: trailing zero bits of a named bit list are left out (X.690 11.2.2).
  const unused = 7 - Math.max(...bits);
  return extension(OID.keyUsage, primitive(Type.BITSTRING, String.fromCharCode(unused, flags)), true);
}

export function serverAuth(): forge.asn1.Asn1 {
  return extension(OID.extKeyUsage, sequence(oid(OID.serverAuth)));
}

export function subjectKeyId(id: Buffer): forge.asn1.Asn1 {
  return extension(OID.subjectKeyId, octets(id));
}

export function authorityKeyId(id: Buffer): forge.asn1.Asn1 {
  return extension(OID.authorityKeyId, sequence(asn1.create(Class.CONTEXT_SPECIFIC, 0, false, binary(id))));
}

/**
 * @param names DNS names (A-labels) and IP addresses in normal form
 * @param critical required when the subject is empty (RFC 5280 4.2.1.6)
 */
export function subjectAltName(names: readonly string[], critical: boolean): forge.asn1.Asn1 {
  const entries = names.map((name) =>
    ipaddr.isValid(name) && (isIPv6(name) || ipaddr.IPv4.isValidFourPartDecimal(name))
      ? asn1.create(Class.CONTEXT_SPECIFIC, 7, false, binary(Buffer.from(ipaddr.parse(name).toByteArray())))
      : asn1.create(Class.CONTEXT_SPECIFIC, 2, false, name),
  );
  return extension(OID.subjectAltName, sequence(...entries), critical);
}

/** First 160 bits of SHA-256 over the SubjectPublicKeyInfo: unique, which is all RFC 5280 4.2.1.2 and RFC 7093 ask. */
export function keyIdOf(publicKey: KeyObject): Buffer {
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(spki).digest().subarray(0, 20);
}

export function readProfile(certificate: X509Certificate): CertificateProfile {
  const whole = parsed(certificate.raw);
  const fields = children(children(whole)[0]);
  const versioned = fields[0]?.tagClass === Class.CONTEXT_SPECIFIC ? 1 : 0;
  const subject = fields[versioned + 4];
  const found = new Map<string, Buffer>();
  const critical = new Set<string>();
  const list = fields.find((field) => field.tagClass === Class.CONTEXT_SPECIFIC && Number(field.type) === 3);
  for (const each of children(children(list)[0])) {
    const parts = children(each);
    const type = asn1.derToOid(String(parts[0]?.value));
    found.set(type, Buffer.from(String(parts.at(-1)?.value), 'latin1'));
    if (parts.length === 3 && parts[1]?.value === '\xff') critical.add(type);
  }
  const usage = found.get(OID.keyUsage);
  const extended = found.get(OID.extKeyUsage);
  const constraints = found.get(OID.basicConstraints);
  const id = found.get(OID.subjectKeyId);
  return {
    subject: subject ? der(subject) : Buffer.alloc(0),
    subjectKeyId: id && Buffer.from(String(parsed(id).value), 'latin1'),
    keyUsage: usage && bitsOf(Buffer.from(String(parsed(usage).value), 'latin1')),
    extendedKeyUsage: extended && children(parsed(extended)).map((each) => asn1.derToOid(String(each.value))),
    pathLength: constraints && pathLengthOf(children(parsed(constraints))),
    basicConstraintsCritical: critical.has(OID.basicConstraints),
    hasAuthorityKeyId: found.has(OID.authorityKeyId),
  };
}

/** BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL } */
function pathLengthOf(fields: readonly forge.asn1.Asn1[]): number | undefined {
  const field = fields.find((each) => each.type === Type.INTEGER);
  return field && Buffer.from(String(field.value), 'latin1').readUIntBE(0, Math.min(6, String(field.value).length));
}

function bitsOf(bits: Buffer): Set<number> {
  const set = new Set<number>();
  for (const [index, byte] of bits.subarray(1).entries())
    for (let bit = 0; bit < 8; bit += 1) if (byte & (0x80 >> bit)) set.add(8 * index + bit);
  return set;
}

/** 127 bits, positive, always 16 bytes: bit 126 is set so that DER needs no padding (RFC 5280 4.1.2.2). */
function randomSerial(): Buffer {
  const serial = randomBytes(16);
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  return serial;
}

/** RFC 5280 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050. */
function time(date: Date): forge.asn1.Asn1 {
  return date.getUTCFullYear() < 2050
    ? primitive(Type.UTCTIME, asn1.dateToUtcTime(date) as string)
    : primitive(Type.GENERALIZEDTIME, asn1.dateToGeneralizedTime(date) as string);
}

function extension(type: string, value: forge.asn1.Asn1, critical = false): forge.asn1.Asn1 {
  return sequence(oid(type), ...(critical ? [primitive(Type.BOOLEAN, '\xff')] : []), octets(der(value)));
}
