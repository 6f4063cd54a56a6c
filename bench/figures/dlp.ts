// DLP alone: milliseconds of CPU of one scan with all shipped detectors, on what is usual; and milliseconds that pass on what is meant
// to be slow, because the budget of a scan is counted in those.
//
// Every text is made afresh outside the clock. The worst case is the slowest of several.

import { createHmac, hash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { NONE } from '../../src/engine/decide.ts';
import { compileDlp } from '../../src/engine/dlp/compile.ts';
import { type Coverage, coverageOf } from '../../src/engine/dlp/coverage.ts';
import { scanAll } from '../../src/engine/dlp/scan.ts';
import { dlpPolicySchema } from '../../src/engine/dlp/schema.ts';
import type { ScanTools } from '../../src/engine/dlp/types.ts';
import { loadDlp } from '../../src/load-dlp.ts';
import { hostileTexts, longResult, toolCall, toolResult } from '../engine/contents.ts';
import { mcpPost } from '../engine/flows.ts';
import { median, percentile } from '../statistics.ts';
import { atMost, type EngineFigure, type Values } from './figure.ts';

const RUNS = 600;
const LONG_RUNS = 15;
const HOSTILE_RUNS = 5;

const CALL = 'tool call, 500 B, clean';
const CLEAN = 'tool result, 10 KB, clean';
const FOUND = 'tool result, 10 KB, three findings';
const LONG = 'tool result, 1 MB';
const WORST = 'worst text, 64 KB';

const tools: ScanTools = {
  now: () => performance.now(),
  keyedHash: (text) => createHmac('sha256', 'bench').update(text).digest('hex'),
  sha256: (text) => hash('sha256', text),
};

export const dlp: EngineFigure = {
  kind: 'engine',
  name: 'dlp',
  title: 'DLP alone: one scan with all shipped detectors, without proxy or TLS',
  columns: [
    { key: 'p50', label: 'median ms', digits: 3 },
    { key: 'p99', label: 'p99 ms', digits: 3 },
  ],
  limits: [
    atMost(0.5, CLEAN, 'a tool result of 10 KB takes at most 0.5 ms'),
    atMost(0.5, FOUND, 'with three findings in it, too'),
    atMost(60, LONG, 'a tool result of 1 MB takes at most 60 ms'),
    atMost(15, WORST, 'any text of 64 KB ends at its budget of 10 ms, and is written within 15'),
  ],
  async measure(effort) {
    const { source } = loadDlp(fileURLToPath(new URL('../../rules', import.meta.url)));
    const { profiles } = dlpPolicySchema.parse({
      profiles: [{ id: 'all', detectors: ['all'], request: 'redact', response: 'redact' }],
    });
    const compiled = compileDlp({ ...source, profiles });
    const verdict = { ...NONE, traffic: 'approved' } as const;
    const [requests, responses] = (['request', 'response'] as const).map(
      (direction) => coverageOf(mcpPost(0), verdict, compiled, direction)!,
    ) as [Coverage, Coverage];
    const runs = Math.ceil(RUNS * effort);
    const longRuns = Math.ceil(LONG_RUNS * effort);
    const rows = [
      { name: CALL, values: time(runs, toolCall, requests) },
      { name: CLEAN, values: time(runs, () => toolResult(false), responses) },
      { name: FOUND, values: time(runs, () => toolResult(true), responses) },
      { name: LONG, values: time(longRuns, longResult, responses) },
    ];
    const hostile = hostileTexts(source.detectors)
      .map(({ name, text }) => ({ name: `64 KB: ${name}`, values: time(HOSTILE_RUNS, () => text, responses, wallMilliseconds) }))
      .sort((a, b) => b.values.p50! - a.values.p50!);
    return [...rows, ...hostile.slice(0, 3), { name: WORST, values: hostile[0]!.values }].map(({ name, values }) => ({
      name,
      version: '',
      rounds: [values],
    }));
  },
};

/** Milliseconds of each scan. The first third of the runs warms the code up. */
function time(runs: number, build: () => string, coverage: Coverage, measure = cpuMilliseconds): Values {
  const times: number[] = [];
  for (let run = -Math.ceil(runs / 3); run < runs; run++) {
    // Through bytes, as it arrives: the engine never sees a string that was walked over before.
    const text = Buffer.from(build()).toString();
    const spent = measure(() => {
      scanAll({ kind: 'json', text, where: 'response.body' }, coverage, { tools, session: 'bench' });
    });
    if (run >= 0) times.push(spent);
  }
  return { p50: median(times), p99: percentile(times, 99) };
}

/** What the budget is counted in. */
function wallMilliseconds(work: () => void): number {
  const before = performance.now();
  work();
  return performance.now() - before;
}

/** CPU time of this process, so that what else the machine does hardly matters. */
function cpuMilliseconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
