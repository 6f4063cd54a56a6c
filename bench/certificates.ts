// The bench's own certificate authority: one P-256 root and leaves signed by it, written as DER with node:crypto alone.
// It stands for the public web in front of the proxies; the proxies' own authorities are theirs.

import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto';

export interface Issued {
  /** PEM. */
  certificate: string;
  /** PKCS#8 PEM. */
  key: string;
}

export interface Authority extends Issued {
  /** A leaf for DNS names and IPv4 addresses. */
  issue(names: readonly string[]): Issued;
}

/** Creates a root certificate that is valid for two days. */
export function createAuthority(commonName: string): Authority {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = nameOf(commonName);
  const keyId = keyIdentifier(publicKey);
  const certificate = signCertificate(privateKey, issuer, issuer, publicKey, [
    extension('551d13', true, sequence(der(0x01, Buffer.from([0xff])))),
    extension('551d0f', true, der(0x03, Buffer.from([1, 0x06]))),
    extension('551d0e', false, der(0x04, keyId)),
  ]);
  return {
    certificate,
    key: pemOf(privateKey),
    issue(names) {
      const leaf = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const issued = signCertificate(privateKey, issuer, nameOf(names[0] ?? 'leaf'), leaf.publicKey, [
        extension('551d13', true, sequence()),
        extension('551d0f', true, der(0x03, Buffer.from([7, 0x80]))),
        extension('551d25', false, sequence(der(0x06, Buffer.from('2b06010505070301', 'hex')))),
        extension('551d0e', false, der(0x04, keyIdentifier(leaf.publicKey))),
        extension('551d23', false, sequence(der(0x80, keyId))),
        extension('551d11', false, sequence(...names.map(generalName))),
      ]);
      return { certificate: issued, key: pemOf(leaf.privateKey) };
    },
  };
}

function signCertificate(signer: KeyObject, issuer: Buffer, subject: Buffer, key: KeyObject, extensions: Buffer[]): string {
  const ecdsaWithSha256 = sequence(der(0x06, Buffer.from('2a8648ce3d040302', 'hex')));
  const serial = randomBytes(16);
  serial[0] = (serial[0]! & 0x3f) | 0x40;
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    ecdsaWithSha256,
    issuer,
    sequence(utcTime(Date.now() - 3_600_000), utcTime(Date.now() + 2 * 86_400_000)),
    subject,
    key.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', body, signer);
  const bytes = sequence(body, ecdsaWithSha256, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return new X509Certificate(bytes).toString();
}

function generalName(name: string): Buffer {
  const octets = name.split('.').map(Number);
  if (octets.length === 4 && octets.every((octet) => octet >= 0 && octet <= 255)) return der(0x87, Buffer.from(octets));
  return der(0x82, Buffer.from(name));
}

function keyIdentifier(key: KeyObject): Buffer {
  return createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();
}

function extension(oid: string, critical: boolean, value: Buffer): Buffer {
  const flag = critical ? [der(0x01, Buffer.from([0xff]))] : [];
  return sequence(der(0x06, Buffer.from(oid, 'hex')), ...flag, der(0x04, value));
}

function nameOf(commonName: string): Buffer {
  return sequence(der(0x31, sequence(der(0x06, Buffer.from('550403', 'hex')), der(0x0c, Buffer.from(commonName)))));
}

function utcTime(time: number): Buffer {
  return der(0x17, Buffer.from(`${new Date(time).toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
