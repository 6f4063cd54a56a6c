// How a proxy token looks, and what is stored of it. With it a program says on whose behalf it sends.
//
// `dlp_ID_SECRET`: the id finds the entry and is no secret; the secret is 256 random bits with a checksum, so that scanners for leaked
// secrets recognise it surely and a typing error is told without looking anything up. Only a hash is kept (decision 016).

import { hash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

const SHAPE = /^dlp_([a-z0-9]{10})_([A-Za-z0-9_-]{43})([A-Za-z0-9_-]{6})$/;

/** A new token. */
export function newProxyToken(): { id: string; text: string } {
  const id = Array.from(randomBytes(10), (byte) => (byte % 36).toString(36)).join('');
  const secret = randomBytes(32).toString('base64url');
  return { id, text: `dlp_${id}_${secret}${checksum(secret)}` };
}

/** The id in a text that can be a proxy token; undefined for any other text. */
export function proxyTokenId(text: string): string | undefined {
  const [, id, secret = '', sum] = SHAPE.exec(text) ?? [];
  return sum !== undefined && sum === checksum(secret) ? id : undefined;
}

/** SHA-256, base64url. One round is enough for 256 random bits: nobody can guess them. */
export function hashProxyToken(text: string): string {
  return hash('sha256', text, 'base64url');
}

function checksum(secret: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(secret));
  return bytes.toString('base64url');
}
