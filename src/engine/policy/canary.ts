// Which clients are in a canary share: always the same ones, told apart by a hash of the user, or of the address where nobody
// is identified. A larger share holds everybody who was in the smaller one. Entries for different targets choose differently.

import type { Flow } from '../flow.ts';

/** Finer than per cent, so that small shares of few people come out even. */
const PARTS = 10_000;

/**
 * Compiles a share.
 *
 * @param share `1%` to `100%`.
 * @param target what the entry is for; entries for the same target choose the same clients.
 */
export function compileCanary(share: string, target: string): (flow: Flow) => boolean {
  const limit = (Number.parseInt(share, 10) * PARTS) / 100;
  return ({ principal, client }) => partOf(`${target}\n${principal.user.toLowerCase() || client.address}`) < limit;
}

/** FNV-1a with the final mix of MurmurHash3: spreads similar names evenly, and is no protection. */
function partOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % PARTS;
}
