// The link in a block answer that leads to the page for asking for approval: who may open it, and for how long.
//
// The token is `base64url(event id, 16 bytes).base64url(first 16 bytes of HMAC-SHA256)`, under a key of its own that is made of the
// installation key. It is bound to one blocked request, cannot be made without the key, and needs no memory. Its age is that of
// the event, whose id carries the time (UUIDv7, RFC 9562 section 5.7). In this order: shape, signature, age.

import { createHmac, timingSafeEqual } from 'node:crypto';

/** How long a link can be used, milliseconds. */
export const ASK_VALID_MS = 7 * 86_400_000;
/** Where people reach the appliance through its own proxy. Only `http`, and only the paths below /ask/. */
export const OWN_HOST = 'daylight.internal';

const SHAPE = /^[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{22}$/;
const BYTES = 16;

export type ReadToken = { is: 'valid' | 'expired'; eventId: string } | { is: 'unknown' };

/** The key for links. Separate from every other use of the installation key. */
export function askKey(installationKey: Buffer): Buffer {
  return createHmac('sha256', installationKey).update('daylight: link to ask for approval, 1').digest();
}

/** @param eventId a UUID */
export function signAsk(key: Buffer, eventId: string): string {
  const id = Buffer.from(eventId.replaceAll('-', ''), 'hex');
  return `${id.toString('base64url')}.${signature(key, id).toString('base64url')}`;
}

/** @param now epoch milliseconds */
export function readAsk(key: Buffer, token: string, now: number): ReadToken {
  if (!SHAPE.test(token)) return { is: 'unknown' };
  const [id, signed] = token.split('.').map((part) => Buffer.from(part, 'base64url')) as [Buffer, Buffer];
  if (!timingSafeEqual(signed, signature(key, id))) return { is: 'unknown' };
  const eventId = id.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  // Spare bits at the end of either part would give one event many tokens.
  if (signAsk(key, eventId) !== token) return { is: 'unknown' };
  return { is: now < timeOfEvent(eventId) + ASK_VALID_MS ? 'valid' : 'expired', eventId };
}

/** When the event was made, epoch milliseconds. */
export function timeOfEvent(eventId: string): number {
  return Number.parseInt(eventId.slice(0, 8) + eventId.slice(9, 13), 16);
}

/** Makes links. @param base URL in front of /ask/, without final slash; '' for that of the appliance itself */
export function createAskLink(base: string, installationKey: Buffer): (eventId: string) => string {
  const key = askKey(installationKey);
  const start = `${base.replace(/\/+$/, '') || `http://${OWN_HOST}`}/ask/`;
  return (eventId) => start + signAsk(key, eventId);
}

function signature(key: Buffer, id: Buffer): Buffer {
  return createHmac('sha256', key).update(id).digest().subarray(0, BYTES);
}
