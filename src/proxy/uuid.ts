// Event ids: UUID version 7 (RFC 9562 section 5.7), so that ids sort by time.

import { randomFillSync } from 'node:crypto';

const POOL = Buffer.alloc(16 * 256);
let at = POOL.length;

/** @param now epoch milliseconds */
export function uuidv7(now: number): string {
  if (at === POOL.length) {
    randomFillSync(POOL);
    at = 0;
  }
  const bytes = POOL.subarray(at, at + 16);
  at += 16;
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
