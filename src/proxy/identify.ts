// Who made a request: the second of the steps that a request goes through. What is known so far is the source address alone;
// an unknown user stays visible as one.

import type { Principal } from '../engine/flow.ts';

const UNKNOWN: Principal = { user: '', groups: [], device: '', source: 'address' };

export function identify(_client: { address: string; port: number }, _headers: readonly string[]): Principal {
  return UNKNOWN;
}
