// The engine alone: microseconds of CPU of one `decide`, on what is usual and on the worst that could be generated.
//
// Every flow is built afresh outside the clock, so nothing that the engine could remember about an object helps it.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decide as decideFlow } from '../../src/engine/decide.ts';
import type { Flow } from '../../src/engine/flow.ts';
import { compileSnapshot } from '../../src/engine/snapshot.ts';
import { loadSnapshotSource } from '../../src/load.ts';
import { BENIGN_JSON, benignPost, carry, mcpAnswer, mcpPost } from '../engine/flows.ts';
import { type Case, everyCase, searchWorst } from '../engine/hostile.ts';
import { median, percentile } from '../statistics.ts';
import { atMost, type EngineFigure, type Values } from './figure.ts';

const BATCH = 200;
const BATCHES = 150;
const HOSTILE_RUNS = 9;
const SEARCH_TRIES = 2500;
const SEED = 20_261_120;
/** The input that the search ended with, to look at and to turn into a test. */
const WORST_FILE = fileURLToPath(new URL('../results/worst-input.json', import.meta.url));

const POST = 'MCP POST, 500 B';
const BENIGN = 'benign JSON, 10 KB';
const WORST = 'worst input, 64 KB';

export const decide: EngineFigure = {
  kind: 'engine',
  name: 'decide',
  title: 'The pure engine: one decision on a flow, without proxy, TLS or storage',
  columns: [
    { key: 'p50', label: 'median us', digits: 1 },
    { key: 'p99', label: 'p99 us', digits: 1 },
  ],
  limits: [
    atMost(15, POST, 'a typical MCP POST takes at most 15 us'),
    atMost(35, BENIGN, 'a benign JSON body of 10 KB takes at most 35 us'),
    atMost(1000, WORST, 'no input takes more than 1 ms per 64 KB'),
  ],
  async measure(effort) {
    const rules = fileURLToPath(new URL('../../rules', import.meta.url));
    const snapshot = compileSnapshot(loadSnapshotSource(rules).source);
    const run = (flow: Flow) => decideFlow(flow, snapshot);
    const batches = Math.ceil(BATCHES * effort);
    const rows = [
      { name: POST, values: time(batches, mcpPost, run) },
      {
        name: 'its answer, 969 B',
        values: time(
          batches,
          (index) => [mcpAnswer(index), run(mcpPost(index))] as const,
          (input) => decideFlow(input[0], snapshot, input[1]),
        ),
      },
      { name: BENIGN, values: time(batches, benignPost, run) },
      // What the language itself needs for the same bytes, to compare.
      { name: '(JSON.parse of it)', values: time(batches, () => Buffer.from(BENIGN_JSON).toString(), JSON.parse) },
      ...hostileRows(run, effort),
    ];
    return rows.map(({ name, values }) => ({ name, version: '', rounds: [values] }));
  },
};

/** Microseconds per call over batches of fresh inputs. */
function time<Input>(batches: number, build: (index: number) => Input, run: (input: Input) => unknown): Values {
  const times: number[] = [];
  // The first third warms the code up.
  for (let batch = -Math.ceil(batches / 3); batch < batches; batch++) {
    const inputs = Array.from({ length: BATCH }, (_, index) => build(index));
    const spent = cpuMicroseconds(() => {
      for (const input of inputs) run(input);
    });
    if (batch >= 0) times.push(spent / BATCH);
  }
  return { p50: median(times), p99: percentile(times, 99) };
}

/** CPU time of this process, so that what else the machine does hardly matters. */
function cpuMicroseconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** The slowest three of the listed shapes, and the worst that a random search could make of them. */
function hostileRows(run: (flow: Flow) => unknown, effort: number): { name: string; values: Values }[] {
  const costs = (each: Case, runs: number): number[] =>
    Array.from({ length: runs }, (_, index) => {
      const flow = carry(each.carrier, each.text, index);
      return cpuMicroseconds(() => run(flow));
    });
  const valuesOf = (each: Case): Values => {
    const us = costs(each, HOSTILE_RUNS * 3);
    return { p50: median(us), p99: percentile(us, 99) };
  };
  const ranked = everyCase()
    .map((each) => ({ each, us: median(costs(each, HOSTILE_RUNS)) }))
    .sort((a, b) => b.us - a.us);
  const found = searchWorst(ranked[0]!.each, (each) => median(costs(each, 5)), SEARCH_TRIES * effort, SEED);
  mkdirSync(dirname(WORST_FILE), { recursive: true });
  writeFileSync(WORST_FILE, JSON.stringify(found));
  const listed = ranked
    .slice(0, 3)
    .map(({ each }) => ({ name: `64 KB: ${each.shape}, ${each.carrier}`, values: valuesOf(each) }));
  const searched = { name: `64 KB: found by search, ${found.carrier}`, values: valuesOf(found) };
  const worst = [...listed, searched].reduce((a, b) => (b.values.p50! > a.values.p50! ? b : a));
  return [...listed, searched, { name: WORST, values: worst.values }];
}
