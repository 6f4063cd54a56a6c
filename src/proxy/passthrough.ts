// Decides which hosts are tunnelled without being decrypted: those that pin certificates (shipped baseline, rules/passthrough.yml),
// those of the configuration (`proxy.inspect.passthrough`), and those of local policy (rules/local/passthrough.yml), which may end on
// a date. Where the same pattern stands in several lists, the reason of the later one wins while it holds.
//
// A pattern is a host, or `*.` and a suffix. The suffix matches whole labels: `*.example.com` covers a.example.com and
// b.a.example.com, but neither example.com nor badexample.com. An exact pattern wins over a suffix, a longer suffix over a
// shorter one. Both sides are compared in the normal form of authority.ts.

import { z } from 'zod';
import { formatProblem, parseAs, readDocument } from '../document.ts';
import { endOf } from '../engine/policy/date.ts';
import type { Uninspected } from '../engine/policy/schema.ts';
import { DaylightError } from '../errors.ts';
import { normaliseHost } from './authority.ts';

const baselineSchema = z.strictObject({
  hosts: z.array(
    z.strictObject({
      /** Host or `*.suffix`. */
      pattern: z.string().min(1),
      /** Why these connections cannot be decrypted. */
      reason: z.string().min(1),
      /** Where that is documented. */
      source: z.url().optional(),
    }),
  ),
});

export interface PassthroughMatch {
  pattern: string;
  reason: string;
}

export interface Passthrough {
  /** @param host normal form of authority.ts @param now epoch milliseconds */
  match(host: string, now: number): PassthroughMatch | undefined;
}

interface Listed extends PassthroughMatch {
  /** Epoch milliseconds from which it does not hold any more. */
  end: number;
}

/**
 * @param options.baselineFile read now; a missing or invalid file is an error
 * @param options.configured patterns of `proxy.inspect.passthrough`
 * @param options.listed entries of local policy
 * @throws DaylightError ERR_CONFIG_INVALID with file and line, or the configuration key
 */
export function createPassthrough(options: {
  baselineFile: string;
  configured: readonly string[];
  listed?: readonly Uninspected[];
}): Passthrough {
  const exact = new Map<string, Listed[]>();
  const suffixes = new Map<string, Listed[]>();
  const add = (listed: Listed, where: string) => {
    const { suffix, host } = parsePattern(listed.pattern, where);
    const list = suffix ? suffixes : exact;
    list.set(host, [listed, ...(list.get(host) ?? [])]);
  };
  const end = Number.POSITIVE_INFINITY;
  for (const { pattern, reason } of loadBaseline(options.baselineFile)) add({ pattern, reason, end }, 'passthrough');
  for (const [index, pattern] of options.configured.entries())
    add({ pattern, reason: 'listed in proxy.inspect.passthrough', end }, `proxy.inspect.passthrough[${index}]`);
  for (const { host, reason, until } of options.listed ?? [])
    add({ pattern: host, reason, end: endOf(until) }, 'passthrough.yml');
  return {
    match(host, now) {
      const holds = (listed: readonly Listed[] | undefined): PassthroughMatch | undefined => {
        const found = listed?.find((each) => now < each.end);
        return found && { pattern: found.pattern, reason: found.reason };
      };
      const found = holds(exact.get(host));
      if (found || suffixes.size === 0) return found;
      for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
        const match = holds(suffixes.get(host.slice(dot + 1)));
        if (match) return match;
      }
      return undefined;
    },
  };
}

/** @throws DaylightError ERR_CONFIG_INVALID that names every problem as `file:line: ...` */
function loadBaseline(file: string): z.infer<typeof baselineSchema>['hosts'] {
  const document = readDocument(file);
  const { hosts } = parseAs(document, baselineSchema) ?? { hosts: [] };
  const seen = new Set<string>();
  for (const [index, { pattern }] of hosts.entries()) {
    const problem = problemWith(pattern, `hosts.${index}.pattern`, seen);
    if (problem)
      document.problems.push({ file: document.file, line: document.lineOf(['hosts', index, 'pattern']), message: problem });
  }
  if (document.problems.length > 0) throw invalid(document.problems.map(formatProblem).join('\n'));
  return hosts;
}

function problemWith(pattern: string, where: string, seen: Set<string>): string | undefined {
  try {
    const { suffix, host } = parsePattern(pattern, where);
    const key = `${suffix} ${host}`;
    if (seen.has(key)) return `${where}: ${JSON.stringify(pattern)} is listed twice; remove one`;
    seen.add(key);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function parsePattern(pattern: string, where: string): { suffix: boolean; host: string } {
  const suffix = pattern.startsWith('*.');
  try {
    const { host, kind } = normaliseHost(suffix ? pattern.slice(2) : pattern);
    if (suffix && kind !== 'name') throw new Error('an address has no suffix');
    return { suffix, host };
  } catch (cause) {
    throw invalid(
      `${where}: ${JSON.stringify(pattern)} is not a host or *.suffix, e.g. api.example.com or *.example.com (${(cause as Error).message})`,
      cause,
    );
  }
}

function invalid(message: string, cause?: unknown): DaylightError {
  return new DaylightError('ERR_CONFIG_INVALID', message, { cause });
}
