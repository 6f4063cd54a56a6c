// A client that asks for 300 MB and stops reading: how much memory the proxy takes for it.

import { atMost, type ProxyFigure } from './figure.ts';

const BYTES = 300 * 1000 * 1000;
const FOR_MS = 4000;
const MB = 1e6;

export const stall: ProxyFigure = {
  kind: 'proxy',
  name: 'stall',
  title: 'Download of 300 MB whose client stops reading after 256 KiB',
  columns: [
    { key: 'growth', label: 'growth MB', digits: 1 },
    { key: 'before', label: 'before MB', digits: 1 },
    { key: 'peak', label: 'peak MB', digits: 1 },
  ],
  limits: [atMost(15, 'growth', 'grows by at most 15 MB')],
  takesPart: (contender) => contender.name !== 'direct',
  async measure(bench, contender, running) {
    const report = await bench.load({ kind: 'stall', target: bench.target(running), bytes: BYTES, forMs: FOR_MS });
    // The part with the data path alone: the database engine's memory has its own life.
    const counted = report.before.filter((sample) => contender.partOf?.(sample) !== 'engine');
    const peaks = new Map(report.peak!.map(({ pid, rss }) => [pid, rss]));
    const before = counted.reduce((sum, { rss }) => sum + rss, 0);
    const peak = counted.reduce((sum, { pid, rss }) => sum + (peaks.get(pid) ?? rss), 0);
    return { growth: (peak - before) / MB, before: before / MB, peak: peak / MB };
  },
};
