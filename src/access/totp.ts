// The second factor: six digits of an authenticator app (RFC 6238). One step of clock difference is allowed for; a code is good once.

import { Secret, TOTP } from 'otpauth';

const STEP_S = 30;

export function newTotpSecret(): string {
  return new Secret({ size: 20 }).base32;
}

/** What an app scans. */
export function totpUrl(secret: string, name: string): string {
  return totpOf(secret, name).toString();
}

/**
 * The step that a code belongs to; undefined if it is wrong or not newer than `after`.
 *
 * @param now epoch milliseconds
 */
export function stepOfCode(secret: string, code: string, after: number, now: number): number | undefined {
  const token = code.replace(/\s/g, '');
  if (!/^\d{6}$/.test(token)) return undefined;
  const delta = totpOf(secret, '').validate({ token, window: 1, timestamp: now });
  if (delta === null) return undefined;
  const step = Math.floor(now / 1_000 / STEP_S) + delta;
  return step > after ? step : undefined;
}

function totpOf(secret: string, label: string): TOTP {
  return new TOTP({ issuer: 'Daylight', label, secret: Secret.fromBase32(secret), algorithm: 'SHA1', digits: 6, period: STEP_S });
}
