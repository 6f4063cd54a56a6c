// What `simulate` tells people: how much would be blocked and what is new about it, for whom, on how sure evidence, and what to type next.

import type { Mode } from '../engine/policy/schema.ts';
import type { Affected, Extent, SimulationResult } from '../engine/policy/simulate.ts';
import { paint, table, timestamp, visible } from './output.ts';

export interface Proposed {
  mode: Mode | undefined;
  target: string | undefined;
  files: readonly string[];
  since: string;
  at: string | undefined;
}

const BAR = 30;

/** The lines of the report. */
export function simulationReport(result: SimulationResult, proposed: Proposed): string[] {
  if (result.events === 0) {
    return [`Nothing was recorded since ${proposed.since} that policy decides upon.`];
  }
  return [
    ...headline(result, proposed),
    ...spread(result.confidence),
    ...list('traffic', result.traffic),
    ...list(
      'rule',
      result.rules.map((rule) => ({ ...rule, name: `${rule.name.slice(0, 8)} ${rule.title}` })),
    ),
    ...list('user', result.users),
    ...list('server', result.servers),
    ...list(
      'tool',
      result.tools.map((tool) => ({ ...tool, name: `${tool.name} (${tool.server})` })),
    ),
    ...savedLines(result),
    ...remarks(result),
    '',
    ...nextSteps(result, proposed),
  ];
}

function headline(
  { events, first, last, blocked, newly_blocked, no_longer_blocked }: SimulationResult,
  proposed: Proposed,
): string[] {
  const lines = [
    paint(
      'bold',
      `${whatIsTried(proposed)} would have blocked ${plural(blocked.requests, 'request')} of ${events}${whoIsHit(blocked)}.`,
    ),
    `Recorded from ${timestamp(first)} to ${timestamp(last)} UTC.`,
    `Not blocked now: ${plural(newly_blocked.requests, 'request')}${whoIsHit(newly_blocked)}.`,
  ];
  if (no_longer_blocked.requests > 0)
    lines.push(
      `Blocked now, and no longer then: ${plural(no_longer_blocked.requests, 'request')}${whoIsHit(no_longer_blocked)}.`,
    );
  return lines;
}

function whatIsTried({ mode, target, files, at }: Proposed): string {
  const policy = files.length > 0 ? `The policy in ${files.join(', ')}` : 'The present policy';
  const changed = mode === undefined ? '' : ` with mode ${mode} for ${target ?? 'everything that has a mode'}`;
  return `${policy}${changed}${at === undefined ? '' : ` as of ${at}`}`;
}

function whoIsHit({ requests, users, servers, tools }: Extent): string {
  if (requests === 0) return '';
  const of = tools > 0 ? ` (${plural(tools, 'tool')})` : '';
  return ` by ${plural(users, 'user')} to ${plural(servers, 'server')}${of}`;
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function spread(confidence: readonly number[]): string[] {
  const most = Math.max(...confidence);
  if (most === 0) return [];
  const rows = confidence.map((count, at) => ({ count, label: at === 9 ? '90-100' : `${at * 10}-${at * 10 + 9}` }));
  return [
    '',
    paint('bold', 'confidence of what would be blocked'),
    ...rows
      .filter(({ count }) => count > 0)
      .reverse()
      .map(({ count, label }) => `  ${label.padStart(6)}  ${'█'.repeat(Math.max(1, Math.round((BAR * count) / most)))} ${count}`),
  ];
}

function list(what: string, entries: readonly Affected[]): string[] {
  if (entries.length === 0) return [];
  const rows = entries.map(({ name, requests, newly, no_longer, events }) => [name, requests, newly, no_longer, events[0] ?? '']);
  return ['', table([what, 'blocked', 'new', 'no longer', 'e.g. event'], rows)];
}

function savedLines({ saved }: SimulationResult): string[] {
  if (saved.length === 0) return [];
  return [
    '',
    paint('bold', 'let pass'),
    ...saved.map(({ by, id, requests }) => `  ${by} ${visible(id)}: ${plural(requests, 'request')}`),
  ];
}

function remarks({ on_answer, unknown_rules, cut, uncounted }: SimulationResult): string[] {
  const lines = [
    on_answer > 0 && `${plural(on_answer, 'request')} would have reached the server: only the answer gives a reason to block.`,
    unknown_rules > 0 &&
      `${plural(unknown_rules, 'event')} matched rules that are no longer in the pack; these count for nothing.`,
    cut > 0 && `${plural(cut, 'event')} had more phases than are stored; some of them may be missing here.`,
    uncounted > 0 && `${plural(uncounted, 'request')} had users, servers or tools beyond those that are counted one by one.`,
  ].filter((line) => line !== false);
  return lines.length > 0 ? ['', ...lines] : [];
}

function nextSteps({ blocked, newly_blocked, servers }: SimulationResult, { mode, target, files }: Proposed): string[] {
  const steps: string[] = [];
  if (newly_blocked.requests > 0) {
    steps.push('daylight servers suggest                     what is in use and nobody approved, with the command to approve it');
    const server = servers.find(({ name, newly }) => newly > 0 && name.includes('://'));
    if (server) steps.push(`daylight servers show ${visible(server.name)}`);
  }
  const [example] = servers.flatMap(({ events }) => events);
  if (blocked.requests > 0 && example !== undefined) steps.push(`daylight explain ${example}`);
  if (files.length === 0 && mode !== undefined) {
    const after = newly_blocked.requests > 0 ? ' --after DATE' : '';
    steps.push(`daylight rules mode ${target ?? 'default'} ${mode}${after}`);
  }
  return steps.length === 0 ? [] : [paint('bold', 'Next'), ...steps.map((step) => `  ${step}`)];
}
