// What it costs to know who makes each request: absolute-form requests, because those are identified one by one. In a tunnel the CONNECT
// alone is.
//
// One process answers both kinds in turn, without and with a token (A B, B A, A B, ...), because two processes of the same program differ
// by as much as is asked here. Each pair has a ratio; the figure is their median, and the quartiles beside it say how sure it is. It holds
// the longer head and the longer event, too. The step alone, timed by itself, is beside it.

import { measureIdentifyStep } from '../engine/identify-step.ts';
import { median, percentile } from '../statistics.ts';
import { atMost, cpuPer, type ProxyFigure, SETTLE_MS } from './figure.ts';

const CONNECTIONS = 64;
const REQUESTS = 15_000;
const PAIRS = 6;

export const identity: ProxyFigure = {
  kind: 'proxy',
  name: 'identity',
  title: `An ordinary call over plain HTTP with a proxy token, against the same without, in one process (10,000 tokens known, ${PAIRS} pairs a round)`,
  columns: [
    { key: 'times', label: 'x without a token', digits: 3 },
    { key: 'low', label: 'lower quartile', digits: 3 },
    { key: 'high', label: 'upper quartile', digits: 3 },
    { key: 'without', label: 'CPU us without', digits: 2 },
    { key: 'with', label: 'CPU us with', digits: 2 },
    { key: 'step', label: 'step alone us', digits: 2 },
    { key: 'part', label: 'step %', digits: 1 },
  ],
  limits: [
    atMost(5, 'part', 'to identify a request takes at most 5 % of its CPU'),
    atMost(1.05, 'times', 'with all that follows from it at most 5 % more CPU than the same call without a token'),
  ],
  takesPart: ({ name }) => name === 'daylight-tokens',
  subject: 'daylight-tokens',
  reference: 'daylight-tokens',
  async measure(bench, contender, running, effort) {
    const target = bench.target(running);
    const requests = Math.ceil(REQUESTS * effort * contender.share);
    const cpu = async (authorizations: readonly string[], warmup: number): Promise<number> => {
      const job = { kind: 'absolute', workload: 'plain', connections: CONNECTIONS, requests, settleMs: SETTLE_MS } as const;
      const report = await bench.load({ ...job, target: { ...target, authorizations }, warmup });
      return cpuPer(report, 1e6, contender).cpu!;
    };
    for (const authorizations of [[], target.authorizations]) await cpu(authorizations, requests);
    const pairs: { without: number; with: number }[] = [];
    for (let pair = 0; pair < PAIRS; pair++) {
      const costs = { without: 0, with: 0 };
      const order = pair % 2 === 0 ? (['without', 'with'] as const) : (['with', 'without'] as const);
      for (const kind of order) costs[kind] = await cpu(kind === 'with' ? target.authorizations : [], CONNECTIONS);
      pairs.push(costs);
    }
    const ratios = pairs.map((costs) => costs.with / costs.without);
    const step = measureIdentifyStep();
    const costs = { without: median(pairs.map((pair) => pair.without)), with: median(pairs.map((pair) => pair.with)) };
    return {
      ...{ times: median(ratios), low: percentile(ratios, 25), high: percentile(ratios, 75) },
      ...{ ...costs, step, part: (step / costs.with) * 100 },
    };
  },
};
