// A key and a certificate as PEM, for whoever has to hold both: servers that ask for client certificates, and their clients.

import { generateKeyPairSync } from 'node:crypto';
import type { Ca } from '../../../src/proxy/ca.ts';
import {
  authorityKeyId,
  buildCertificate,
  distinguishedName,
  KEY_USAGE,
  keyIdOf,
  keyUsage,
  readProfile,
  subjectAltName,
  subjectKeyId,
} from '../../../src/proxy/certificate.ts';

const DAY = 86_400_000;

/** @param names the first is the common name, too @param notAfter epoch milliseconds; a week from now if absent */
export async function keyPairFor(
  ca: Ca,
  names: string | readonly string[],
  notAfter = Date.now() + 7 * DAY,
): Promise<{ key: string; cert: string }> {
  const all = [names].flat();
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const issuer = readProfile(ca.certificate);
  const certificate = await buildCertificate({
    issuer: issuer.subject,
    subject: distinguishedName({ commonName: all[0] ?? '' }),
    notBefore: new Date(notAfter - 8 * DAY),
    notAfter: new Date(notAfter),
    publicKey: publicKey.export({ type: 'spki', format: 'der' }),
    extensions: [
      subjectAltName(all, false),
      keyUsage(KEY_USAGE.digitalSignature),
      subjectKeyId(keyIdOf(publicKey)),
      authorityKeyId(issuer.subjectKeyId ?? keyIdOf(ca.certificate.publicKey)),
    ],
    signer: ca.key,
  });
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert: certificate.toString() };
}
