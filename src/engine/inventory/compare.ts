// Compares a tool as it was seen with what is known of it, and says what is worth telling people.
//
//   first sight            known from now on; told only if it is suspicious
//   a known definition     nothing, however often a server goes back and forth between definitions that are known
//   a new definition       `tool-changed` with the diff to the one before; told a few times a day and tool, the last time with the
//                          note that it keeps changing, so that a server that writes the time into its descriptions is no flood
//   a check that is new    `tool-suspicious`, once for each tool and check
//
// Pure: what is known goes in and comes out as plain JSON; the caller keeps it.

import type { ServerFindingEvent, ToolSeenEvent } from '../event.ts';
import { levelOf } from './check-tool.ts';
import { type CheckId, checkOf } from './checks.ts';
import { diffTool } from './diff-tool.ts';
import type { ToolTexts } from './tool.ts';

/** What is known of a tool of a server. */
export interface KnownTool {
  /** Hash and texts of the definition seen last. */
  hash: string;
  texts: ToolTexts;
  /** All definitions that were seen, latest last, bounded. */
  hashes: readonly string[];
  /** Checks that were told. */
  checks: readonly string[];
  /** Epoch milliseconds of the first and the last sight. */
  first: number;
  last: number;
  /** The day (UTC, days since 1970) in which `changes` new definitions were seen. */
  day: number;
  changes: number;
}

export type Finding = Omit<ServerFindingEvent, 'event_id'>;

/** New definitions of one tool that are told in a day. */
export const TOLD_A_DAY = 5;
const MAX_HASHES = 64;
const DAY = 86_400_000;

/** @returns what is known from now on, and the findings to raise, without ids. */
export function compareTool(known: KnownTool | undefined, seen: ToolSeenEvent): { known: KnownTool; findings: Finding[] } {
  const texts = textsOf(seen);
  const day = Math.floor(seen.ts / DAY);
  if (known === undefined) {
    const { ts, tool_hash: hash, checks } = seen;
    return {
      known: { hash, texts, hashes: [hash], checks, first: ts, last: ts, day, changes: 0 },
      findings: checks.length > 0 ? [suspicious(seen, checks)] : [],
    };
  }
  const findings: Finding[] = [];
  const isNew = !known.hashes.includes(seen.tool_hash);
  const changes = (known.day === day ? known.changes : 0) + (isNew ? 1 : 0);
  if (isNew && changes <= TOLD_A_DAY) findings.push(changed(known, seen, changes === TOLD_A_DAY));
  const news = seen.checks.filter((check) => !known.checks.includes(check));
  if (news.length > 0) findings.push(suspicious(seen, news));
  const isLatest = seen.ts >= known.last;
  return {
    known: {
      hash: isLatest ? seen.tool_hash : known.hash,
      texts: isLatest ? texts : known.texts,
      hashes: isNew ? [...known.hashes, seen.tool_hash].slice(-MAX_HASHES) : known.hashes,
      checks: [...known.checks, ...news],
      first: Math.min(known.first, seen.ts),
      last: Math.max(known.last, seen.ts),
      day,
      changes,
    },
    findings,
  };
}

function textsOf({ tool, title, description, input_schema, output_schema, annotations }: ToolSeenEvent): ToolTexts {
  return { tool, title, description, input_schema, output_schema, annotations };
}

function common(seen: ToolSeenEvent): Omit<Finding, 'finding' | 'level' | 'summary'> {
  const { ts, tenant, sensor, server_key, tool, tool_hash, checks, evidence, flow_id } = seen;
  return {
    ...{ kind: 'server_finding', ts, tenant, sensor, server_key, tool, checks, evidence, flow_id },
    ...{ fields: [], before: [], after: [], hash_before: '', hash_after: tool_hash },
  };
}

function changed(known: KnownTool, seen: ToolSeenEvent, isLast: boolean): Finding {
  const changes = diffTool(known.texts, textsOf(seen));
  const what = changes.map(({ field }) => field);
  const shown = what.length > 3 ? `${what.slice(0, 3).join(', ')} and ${what.length - 3} more` : what.join(', ');
  const note = isLast ? ' It keeps changing: further changes of today are stored and not told.' : '';
  const onlyLabels = what.every((field) => field === 'title' || field.startsWith('annotations'));
  return {
    ...common(seen),
    finding: 'tool-changed',
    level: seen.checks.length > 0 ? 'high' : onlyLabels ? 'low' : 'medium',
    summary: `The tool ${seen.tool} was changed by its server: ${shown}.${note}`,
    fields: what,
    before: changes.map(({ before }) => before),
    after: changes.map(({ after }) => after),
    hash_before: known.hash,
  };
}

function suspicious(seen: ToolSeenEvent, news: readonly string[]): Finding {
  const meanings = news.map((id) => checkOf(id as CheckId)?.meaning ?? id);
  const subject = seen.tool === '' ? 'A tool of this server' : `The tool ${seen.tool}`;
  return {
    ...common(seen),
    finding: 'tool-suspicious',
    level: levelOf(news),
    summary: `${subject} ${meanings.join('; ')}.`,
  };
}
