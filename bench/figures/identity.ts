// What it costs to know who makes each request: absolute-form requests, because those are identified one by one. In a tunnel the CONNECT
// alone is.
//
// One process answers both kinds in turn, without and with a token (A B, B A, A B, ...), because two processes of the same program differ
// by as much as is asked here. Without a token a field of the same size stands in its place that means nothing. Each pair has a ratio; the
// figure is their median, and the quartiles beside it say how sure it is. The longer event is in it. The step alone, timed by itself, is
// beside it.

import { measureIdentifyStep } from '../engine/identify-step.ts';
import { median, percentile } from '../statistics.ts';
import { atMost, cpuPer, type ProxyFigure, SETTLE_MS } from './figure.ts';

const CONNECTIONS = 64;
const REQUESTS = 15_000;
const PAIRS = 6;
/** As long as the name that it stands for. */
const NO_TOKEN = 'x-says-nothing-else';

export const identity: ProxyFigure = {
  kind: 'proxy',
  name: 'identity',
  title: `An ordinary call over plain HTTP with a proxy token, against the same with a field that means nothing, in one process (10,000 tokens known, ${PAIRS} pairs a round)`,
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
    atMost(1.05, 'times', 'with all that follows from it at most 5 % more CPU than the same call without one'),
  ],
  takesPart: ({ name }) => name === 'daylight-tokens',
  subject: 'daylight-tokens',
  reference: 'daylight-tokens',
  async measure(bench, contender, running, effort) {
    const target = bench.target(running);
    const fields = {
      with: target.fields,
      without: target.fields.map((field) => field.replace(/^proxy-authorization/, NO_TOKEN)),
    };
    const requests = Math.ceil(REQUESTS * effort * contender.share);
    const cpu = async (kind: 'with' | 'without', warmup: number): Promise<number> => {
      const job = { kind: 'absolute', workload: 'plain', connections: CONNECTIONS, requests, settleMs: SETTLE_MS } as const;
      const report = await bench.load({ ...job, target: { ...target, fields: fields[kind] }, warmup });
      return cpuPer(report, 1e6, contender).cpu!;
    };
    for (const kind of ['without', 'with'] as const) await cpu(kind, requests);
    const pairs: { without: number; with: number }[] = [];
    for (let pair = 0; pair < PAIRS; pair++) {
      const costs = { without: 0, with: 0 };
      const order = pair % 2 === 0 ? (['without', 'with'] as const) : (['with', 'without'] as const);
      for (const kind of order) costs[kind] = await cpu(kind, CONNECTIONS);
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
