// How long a change of policy takes: from the file that is written to the last worker in which it is in force, by the workers' own log.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Appliance, startAppliance, until } from '../../test/e2e/appliance.ts';
import { percentile } from '../statistics.ts';
import type { EngineFigure, Values } from './figure.ts';

const RUNS = 20;
const WORKERS = 2;
/** Approvals that policy holds besides: every change is read and compiled with all of them. */
const APPROVALS = 500;
const MODE = 'a mode';
const APPROVAL = 'an approval';

export const policySwitch: EngineFigure = {
  kind: 'engine',
  name: 'switch',
  title: `From a policy file that changes to the last of ${WORKERS} workers in which the change is in force, ${APPROVALS} approvals in policy`,
  columns: [
    { key: 'max', label: 'longest ms', digits: 0 },
    { key: 'p50', label: 'median ms', digits: 0 },
  ],
  limits: [MODE, APPROVAL].map((name) => ({
    text: `${name} is in force in every worker within 1 s`,
    holds: (values) => (values[name] ?? Number.NaN) <= 1_000,
  })),
  async measure(effort) {
    const appliance = await startAppliance();
    try {
      const runs = Math.max(3, Math.ceil(RUNS * effort));
      await inForceAfter(appliance, 'approved.yml', approvals(0));
      const modes = await timesOf(appliance, 'modes.yml', runs, (run) => `default: ${run % 2 === 0 ? 'block' : 'log'}\n`);
      const approved = await timesOf(appliance, 'approved.yml', runs, (run) => approvals(run + 1));
      return [rowOf(MODE, modes), rowOf(APPROVAL, approved)];
    } finally {
      await appliance.stop();
    }
  },
};

function approvals(more: number): string {
  const lines = Array.from({ length: APPROVALS + more }, (_, index) => `  - url: https://server-${index}.example/mcp\n`);
  return `servers:\n${lines.join('')}`;
}

/** Milliseconds of each change. */
async function timesOf(appliance: Appliance, file: string, runs: number, textOf: (run: number) => string): Promise<number[]> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) times.push(await inForceAfter(appliance, file, textOf(run)));
  return times;
}

async function inForceAfter(appliance: Appliance, file: string, text: string): Promise<number> {
  const before = replacements(appliance).length;
  const start = Date.now();
  writeFileSync(join(appliance.rulesDir, 'local', file), text);
  const all = await until(
    async () => replacements(appliance),
    (lines) => lines.length >= before + WORKERS,
  );
  return Math.max(...all.slice(before).map((at) => at - start));
}

/** When workers took over a policy, epoch milliseconds. */
function replacements(appliance: Appliance): number[] {
  const lines = appliance.log().split('\n');
  const replaced = lines.filter((line) => line.includes('"rules and policy replaced"') && line.includes('"worker":'));
  return replaced.map((line) => Date.parse((JSON.parse(line) as { time: string }).time));
}

function rowOf(name: string, times: readonly number[]): { name: string; version: string; rounds: Values[] } {
  return { name, version: '', rounds: [{ max: Math.max(...times), p50: percentile(times, 50) }] };
}
