// Event streams: how much later than without a proxy an event arrives, and what 1,000 events cost.

import { median, percentile } from '../statistics.ts';
import { cpuPer, PART_COLUMNS, type ProxyFigure } from './figure.ts';

const STREAMS = 20;
const EVERY_MS = 20;
const FOR_MS = 5000;

export const sse: ProxyFigure = {
  kind: 'proxy',
  name: 'sse',
  title: '20 event streams, 50 MCP notifications a second each',
  columns: [
    { key: 'cpu', label: 'CPU s / 1,000', digits: 4 },
    ...PART_COLUMNS,
    { key: 'p50', label: 'delay p50 ms', digits: 3 },
    { key: 'p99', label: 'p99 ms', digits: 3 },
  ],
  limits: [],
  takesPart: () => true,
  async measure(bench, contender, running, effort) {
    const forMs = Math.ceil(FOR_MS * effort);
    const report = await bench.load({
      kind: 'events',
      target: bench.target(running),
      streams: STREAMS,
      everyMs: EVERY_MS,
      forMs,
    });
    return { ...cpuPer(report, 1000, contender), p50: median(report.times), p99: percentile(report.times, 99) };
  },
};
