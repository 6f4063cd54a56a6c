// Which exception lets something pass that is to be blocked: in force, for this host and user, and for the rule that asked for
// the block. The block of a server is lifted only by an exception that names the host and no rule.

import type { Flow } from '../flow.ts';
import { compileHostPattern } from '../url.ts';
import type { PolicyStep } from '../verdict.ts';
import { endOf } from './date.ts';
import type { Exception } from './schema.ts';

export interface CompiledException {
  source: Exception;
  /** Epoch milliseconds. */
  until: number;
  fitsHost: (host: string) => boolean;
}

/** @throws Error that names the offending value. */
export function compileException(source: Exception): CompiledException {
  return {
    source,
    until: endOf(source.until),
    fitsHost: source.host === undefined ? () => true : compileHostPattern(source.host),
  };
}

/** @param blocking the step of policy that asks for the block, and the rule that matched ('' if any may have). */
export function findException(
  flow: Flow,
  blocking: { step: PolicyStep['step']; ruleId: string },
  exceptions: readonly CompiledException[],
): Exception | undefined {
  return exceptions.find(({ source, until, fitsHost }) => {
    if (flow.time >= until || !fitsHost(flow.server.host)) return false;
    if (source.user !== undefined && source.user.toLowerCase() !== flow.principal.user.toLowerCase()) return false;
    if (source.rule === undefined) return source.host !== undefined || blocking.step !== 'server-block';
    return source.rule === blocking.ruleId && blocking.step !== 'server-block';
  })?.source;
}
