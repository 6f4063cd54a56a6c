// One lease of a DHCP server, and what the parsers of their files share.

import { DaylightError } from '../../errors.ts';
import { addressOf } from './numeric-address.ts';

export interface Lease {
  address: string;
  /** The name that the device gave itself; '' if none. */
  host: string;
  /** Epoch milliseconds; 0 for no end. A lease that was given back has ended. */
  until: number;
}

export function malformed(line: number, why: string): DaylightError {
  return new DaylightError('ERR_IDENTITY', `line ${line}: ${why}`);
}

export function leaseAddress(text: string, line: number): string {
  if (text.includes('%') || !addressOf(text)) throw malformed(line, `${JSON.stringify(text.slice(0, 60))} is not an address`);
  return text;
}

/** Names come from devices: whoever has one may call it what they like. */
export function hostName(text: string): string {
  return /^[\p{L}\p{N}_][\p{L}\p{M}\p{N}._ -]{0,252}$/u.test(text) ? text : '';
}

/** A lease that has ended already. */
export const ENDED = 1;
