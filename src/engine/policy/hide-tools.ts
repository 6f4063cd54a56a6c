// Which tools of a server somebody gets to see: with `hideTools`, those that an approval lets them call. A tool that is hidden
// is refused as well when it is called; that is the approval's doing.

import type { Flow } from '../flow.ts';
import type { McpFacts } from '../verdict.ts';
import { fittingApprovals, placesOf } from './approval.ts';
import type { CompiledPolicy } from './compile.ts';
import { findException } from './exception.ts';
import { withGroups } from './groups.ts';
import { isPaused } from './pause.ts';

/**
 * Tells which tools stay in the list that answers this flow; undefined if all do. As calls are let pass during a pause and by an
 * exception for the host or user, nothing is hidden then.
 */
export function toolFilterOf(flow: Flow, mcp: McpFacts, policy: CompiledPolicy): ((name: string) => boolean) | undefined {
  if (!policy.hidesTools || isPaused(policy, flow.time)) return undefined;
  const input = { flow: withGroups(flow, policy), mcp, traffic: 'shadow' as const };
  const fitting = fittingApprovals(placesOf(flow), input, policy.approvals);
  if (!fitting.some(({ source }) => source.hideTools === true)) return undefined;
  if (findException(flow, { step: 'approval', ruleId: '' }, policy.exceptions) !== undefined) return undefined;
  return (name) => fitting.some((approval) => approval.allowsTool(name));
}

/**
 * Takes tools out of the results of `tools/list` in a JSON-RPC message or batch.
 *
 * @returns the text without them; undefined if nothing is to be taken out or the text cannot be read.
 */
export function hideTools(text: string, allowed: (name: string) => boolean): string | undefined {
  const json = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  try {
    if (!takeOut(JSON.parse(json), allowed)) return undefined;
    const document: unknown = JSON.parse(json, asWritten);
    takeOut(document, allowed);
    return JSON.stringify(document);
  } catch {
    // No JSON, or nested too deeply to be written again.
    return undefined;
  }
}

/** @returns whether anything was. */
function takeOut(document: unknown, allowed: (name: string) => boolean): boolean {
  let changed = false;
  for (const message of Array.isArray(document) ? document : [document]) {
    const result = recordOf(recordOf(message)?.result);
    const tools = result?.tools;
    if (result === undefined || !Array.isArray(tools)) continue;
    const kept = tools.filter((tool) => {
      const name = recordOf(tool)?.name;
      return typeof name === 'string' && allowed(name);
    });
    if (kept.length === tools.length) continue;
    result.tools = kept;
    changed = true;
  }
  return changed;
}

declare global {
  interface JSON {
    /** A value that is written as this text (ECMAScript, JSON.parse source text access). */
    rawJSON(text: string): unknown;
  }
}

/** Ids and limits may be integers that a number cannot hold. */
function asWritten(_key: string, value: unknown, { source }: { source?: string } = {}): unknown {
  return typeof value === 'number' && source !== undefined && String(value) !== source ? JSON.rawJSON(source) : value;
}

function recordOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}
