// New connections: their CPU to a host that is known, and how much longer the first one to a host takes than the next.

import { median } from '../statistics.ts';
import { atMost, BUSY_COLUMN, cpuPer, PART_COLUMNS, type ProxyFigure, SETTLE_MS } from './figure.ts';

const CONNECTIONS = 8;
const CONNECTS = 1500;
const NEW_HOSTS = 30;

export const connect: ProxyFigure = {
  kind: 'proxy',
  name: 'connect',
  title: 'New connection (CONNECT, TLS, one MCP tool call, close) to a known host; first connection to a new host',
  columns: [
    { key: 'cpu', label: 'CPU s / 1,000', digits: 3 },
    ...PART_COLUMNS.map((column) => ({ ...column, digits: 3 })),
    { key: 'rate', label: 'connections/s', digits: 0 },
    { key: 'first', label: 'new host ms', digits: 2 },
    { key: 'again', label: 'same again ms', digits: 2 },
    { key: 'extra', label: 'extra ms', digits: 2 },
    BUSY_COLUMN,
  ],
  limits: [
    atMost(0.6, 'cpu', 'at most 0.6 CPU seconds per 1,000'),
    atMost(10, 'extra', 'a new host at most 10 ms more than a known one'),
  ],
  takesPart: (contender) => contender.name !== 'direct',
  async measure(bench, contender, running, effort) {
    const target = bench.target(running);
    const requests = Math.ceil(CONNECTS * effort * Math.max(contender.share, 0.2));
    const report = await bench.load({
      kind: 'connects',
      target,
      connections: CONNECTIONS,
      warmup: Math.ceil(requests / 5),
      requests,
      settleMs: SETTLE_MS,
    });
    const values = { ...cpuPer(report, 1000, contender), rate: report.count / (report.wallMs / 1000) };
    // A reverse proxy knows one host only.
    if (running.mode === 'reverse') return values;
    const hosts = bench.takeNewHosts(NEW_HOSTS);
    const first = await bench.load({ kind: 'first-connects', target, hosts });
    const extra = first.times.map((time, index) => time - first.again![index]!);
    return { ...values, first: median(first.times), again: median(first.again!), extra: median(extra) };
  },
};
