// Encrypts small secrets for this installation alone: AES-256-GCM under a key made of the installation key (RFC 5869), bound to what they
// are for.

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

export interface Seal {
  seal(text: string, purpose: string): string;
  /** undefined for what was sealed with another key, for another purpose, or changed since. */
  open(sealed: string, purpose: string): string | undefined;
}

const NONCE = 12;
const TAG = 16;

export function createSeal(installationKey: Buffer): Seal {
  const key = Buffer.from(hkdfSync('sha256', installationKey, '', 'daylight: secrets of signing in, 1', 32));
  return {
    seal(text, purpose) {
      const nonce = randomBytes(NONCE);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(purpose));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, body, cipher.getAuthTag()]).toString('base64url');
    },
    open(sealed, purpose) {
      const bytes = Buffer.from(sealed, 'base64url');
      if (bytes.length < NONCE + TAG) return undefined;
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE), { authTagLength: TAG });
      decipher.setAAD(Buffer.from(purpose)).setAuthTag(bytes.subarray(-TAG));
      try {
        return Buffer.concat([decipher.update(bytes.subarray(NONCE, -TAG)), decipher.final()]).toString('utf8');
      } catch {
        return undefined;
      }
    },
  };
}
