// Everything a decision depends on besides the flow: compiled rules and policy. Frozen, and swapped whole on reload.

import { compilePrices, type PriceOf, type Prices } from './calls/prices.ts';
import { type CompiledDlp, compileDlp, NO_DLP } from './dlp/compile.ts';
import type { DlpSource } from './dlp/schema.ts';
import { type CompiledPolicy, compilePolicy } from './policy/compile.ts';
import type { Policy } from './policy/schema.ts';
import { type CompiledRule, compileRules, indexRules, type RuleIndex } from './rules/compile.ts';
import type { Rule } from './rules/schema.ts';

/** What `load.ts` reads from disk, as plain JSON: it travels to the workers and is compiled there. */
export interface SnapshotSource {
  rules: readonly Rule[];
  policy: Policy;
  /** Detectors and profiles; nothing is scanned without them. */
  dlp?: DlpSource;
  /** What models cost; nothing has a price without it. */
  prices?: Prices;
}

export interface Snapshot {
  /** Changes whenever the content changes; recorded in logs on reload. */
  id: string;
  rules: readonly CompiledRule[];
  /** The rules by the signals that wake them. */
  index: RuleIndex;
  policy: CompiledPolicy;
  dlp: CompiledDlp;
  prices: PriceOf;
}

/**
 * Compiles what was loaded. The same source gives the same id everywhere.
 *
 * @throws Error if a rule or an entry of policy does not compile; `load.ts` has checked each before.
 */
export function compileSnapshot(source: SnapshotSource): Snapshot {
  const rules = Object.freeze(compileRules(source.rules));
  return Object.freeze({
    id: snapshotIdOf(source),
    rules,
    index: Object.freeze(indexRules(rules)),
    policy: Object.freeze(compilePolicy(source.policy)),
    dlp: Object.freeze(compileDlp(source.dlp ?? NO_DLP)),
    prices: compilePrices(source.prices ?? { currency: 'USD', lists: [] }),
  });
}

/** The id that the compiled snapshot has. */
export function snapshotIdOf(source: SnapshotSource): string {
  return fingerprint(canonicalJson(source));
}

/** JSON with sorted keys: the order in which a file was written does not matter. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** Two FNV-1a hashes with different offsets, 64 bits as 16 hexadecimal digits. Tells contents apart; it is no protection. */
function fingerprint(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x1000193;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit ^ (a >>> 13), 0x01000193);
  }
  return [a, b].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}
