// The server's side of SCRAM (RFC 5802, RFC 7677), as Kafka speaks it.

import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';

export interface ScramServer {
  /** The answer to a message of the client; undefined if the client is not who it says. */
  answer(message: Buffer): Buffer | undefined;
}

export function createScramServer(hash: 'sha256' | 'sha512', user: string, password: string): ScramServer {
  const iterations = 4096;
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, iterations, hash === 'sha256' ? 32 : 64, hash);
  const hmac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest();
  const clientKey = hmac(salted, 'Client Key');
  const storedKey = createHash(hash).update(clientKey).digest();
  let clientFirst = '';
  let serverFirst = '';

  return {
    answer(message) {
      const text = message.toString();
      if (serverFirst === '') {
        const parts = /^n,,(n=([^,]+),r=([^,]+).*)$/.exec(text);
        if (!parts || parts[2] !== user) return undefined;
        clientFirst = parts[1] ?? '';
        serverFirst = `r=${parts[3]}${randomBytes(12).toString('hex')},s=${salt.toString('base64')},i=${iterations}`;
        return Buffer.from(serverFirst);
      }
      const parts = /^(c=biws,r=([^,]+)),p=(.+)$/.exec(text);
      if (!parts || !serverFirst.startsWith(`r=${parts[2]},`)) return undefined;
      const transcript = `${clientFirst},${serverFirst},${parts[1]}`;
      const proof = Buffer.from(parts[3] ?? '', 'base64');
      const signature = hmac(storedKey, transcript);
      if (proof.length !== signature.length) return undefined;
      const key = Buffer.from(proof.map((byte, at) => byte ^ (signature[at] ?? 0)));
      if (!timingSafeEqual(createHash(hash).update(key).digest(), storedKey)) return undefined;
      return Buffer.from(`v=${hmac(hmac(salted, 'Server Key'), transcript).toString('base64')}`);
    },
  };
}
