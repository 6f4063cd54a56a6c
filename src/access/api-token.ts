// How an API token looks: `dlt_`, 256 random bits, and a checksum, so that scanners for leaked secrets recognise it surely and a typing
// error is told without looking anything up.

import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

const SHAPE = /^dlt_([A-Za-z0-9_-]{43})([A-Za-z0-9_-]{6})$/;

export function newApiToken(): string {
  const secret = randomBytes(32).toString('base64url');
  return `dlt_${secret}${checksum(secret)}`;
}

/** Whether a text can be an API token at all. */
export function isApiToken(text: string): boolean {
  const [, secret = '', sum] = SHAPE.exec(text) ?? [];
  return sum !== undefined && sum === checksum(secret);
}

function checksum(secret: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(secret));
  return bytes.toString('base64url');
}
