// What it costs to know who makes each request: absolute-form requests, because those are identified one by one. In a tunnel the CONNECT
// alone is.

import { median, percentile } from '../statistics.ts';
import { atMost, BUSY_COLUMN, cpuPer, PART_COLUMNS, type ProxyFigure, SETTLE_MS } from './figure.ts';

const CONNECTIONS = 64;
const REQUESTS = 30_000;

export const identity: ProxyFigure = {
  kind: 'proxy',
  name: 'identity',
  title: 'An ordinary call over plain HTTP, without and with a proxy token on each request (10,000 tokens known)',
  columns: [
    { key: 'cpu', label: 'CPU s / 1,000', digits: 4 },
    ...PART_COLUMNS,
    { key: 'rate', label: 'requests/s', digits: 0 },
    { key: 'p50', label: 'p50 ms', digits: 2 },
    { key: 'p99', label: 'p99 ms', digits: 2 },
    BUSY_COLUMN,
  ],
  limits: [atMost(1.05, 'ratio', 'at most 5 % more CPU than the same call without a token')],
  takesPart: ({ name }) => name === 'daylight-approved' || name === 'daylight-tokens',
  subject: 'daylight-tokens',
  reference: 'daylight-approved',
  async measure(bench, contender, running, effort) {
    const requests = Math.ceil(REQUESTS * effort * contender.share);
    const report = await bench.load({
      kind: 'absolute',
      target: bench.target(running),
      workload: 'plain',
      connections: CONNECTIONS,
      warmup: Math.ceil(requests / 2),
      requests,
      settleMs: SETTLE_MS,
    });
    const rate = report.count / (report.wallMs / 1000);
    return { ...cpuPer(report, 1000, contender), rate, p50: median(report.times), p99: percentile(report.times, 99) };
  },
};
