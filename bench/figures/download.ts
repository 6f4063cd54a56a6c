// A large answer, read as fast as it comes.

import { BUSY_COLUMN, cpuPer, PART_COLUMNS, type ProxyFigure, SETTLE_MS } from './figure.ts';

const BYTES = 64 * 1024 * 1024;
const TIMES = 6;
const GB = 1e9;

export const download: ProxyFigure = {
  kind: 'proxy',
  name: 'download',
  title: 'Downloads of 64 MiB, one after the other',
  columns: [
    { key: 'cpu', label: 'CPU s / GB', digits: 2 },
    ...PART_COLUMNS.map((column) => ({ ...column, digits: 2 })),
    { key: 'rate', label: 'MB/s', digits: 0 },
    BUSY_COLUMN,
  ],
  limits: [],
  takesPart: () => true,
  async measure(bench, contender, running, effort) {
    const target = bench.target(running);
    const times = Math.max(1, Math.round(TIMES * effort));
    const report = await bench.load({ kind: 'download', target, bytes: BYTES, times, settleMs: SETTLE_MS });
    return { ...cpuPer(report, GB, contender), rate: report.count / 1e6 / (report.wallMs / 1000) };
  },
};
