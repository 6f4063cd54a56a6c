// An authority of tests, in a folder of its own: certificates for receivers and for clients, as files and as text.

import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openCa } from '../../../src/proxy/ca.ts';
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

export interface Certified {
  cert: string;
  key: string;
  certFile: string;
  keyFile: string;
}

export interface Authority {
  ca: string;
  caFile: string;
  /** A certificate without limits on what it is used for. */
  certify(...names: string[]): Promise<Certified>;
}

export async function openAuthority(dir: string, name = 'authority'): Promise<Authority> {
  const ca = await openCa({ dir: join(dir, name) });
  const issuer = readProfile(ca.certificate);
  return {
    ca: ca.anchor.toString(),
    caFile: ca.info.file,
    async certify(...names) {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
      const certificate = await buildCertificate({
        issuer: issuer.subject,
        subject: distinguishedName({ commonName: names[0] ?? '' }),
        notBefore: new Date(Date.now() - 3_600_000),
        notAfter: new Date(Date.now() + 3_600_000),
        publicKey: publicKey.export({ type: 'spki', format: 'der' }),
        extensions: [
          subjectAltName(names, false),
          keyUsage(KEY_USAGE.digitalSignature),
          subjectKeyId(keyIdOf(publicKey)),
          authorityKeyId(issuer.subjectKeyId ?? Buffer.alloc(0)),
        ],
        signer: ca.key,
      });
      const cert = certificate.toString();
      const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
      const base = join(dir, `${name}-${names[0]}`);
      writeFileSync(`${base}.pem`, cert);
      writeFileSync(`${base}.key`, key, { mode: 0o600 });
      return { cert, key, certFile: `${base}.pem`, keyFile: `${base}.key` };
    },
  };
}
