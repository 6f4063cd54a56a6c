// CPU of one exchange on connections that are kept alive: 500 bytes posted, 969 answered, TLS 1.3 on both sides.

import type { Workload } from '../load/jobs.ts';
import { median, percentile } from '../statistics.ts';
import { atMost, BUSY_COLUMN, cpuPer, type Limit, PART_COLUMNS, type ProxyFigure, SETTLE_MS } from './figure.ts';

const CONNECTIONS = 64;
const REQUESTS = 30_000;

function postFigure(
  name: string,
  title: string,
  workload: Workload,
  limits: readonly Limit[],
  rest: Partial<ProxyFigure> = {},
): ProxyFigure {
  return {
    kind: 'proxy',
    name,
    title,
    columns: [
      { key: 'cpu', label: 'CPU s / 1,000', digits: 4 },
      ...PART_COLUMNS,
      { key: 'rate', label: 'requests/s', digits: 0 },
      { key: 'p50', label: 'p50 ms', digits: 2 },
      { key: 'p99', label: 'p99 ms', digits: 2 },
      BUSY_COLUMN,
    ],
    limits,
    takesPart: (contender) => contender.name !== 'direct',
    async measure(bench, contender, running, effort) {
      const requests = Math.ceil(REQUESTS * effort * contender.share);
      const warmup = Math.ceil(requests / 2);
      const target = bench.target(running);
      const job = {
        kind: 'requests',
        target,
        workload,
        connections: CONNECTIONS,
        warmup,
        requests,
        settleMs: SETTLE_MS,
      } as const;
      const report = await bench.load(job);
      const rate = report.count / (report.wallMs / 1000);
      return { ...cpuPer(report, 1000, contender), rate, p50: median(report.times), p99: percentile(report.times, 99) };
    },
    ...rest,
  };
}

export const post = postFigure(
  'post',
  'MCP tool call: 500-byte POST, 969-byte JSON answer, kept-alive TLS on both sides',
  'mcp',
  [{ text: 'at most 3 times the CPU of haproxy', holds: (values) => values.ratio! <= 3 }],
);

export const postPlain = postFigure('post-plain', 'Ordinary JSON API call of the same size', 'plain', [
  atMost(3, 'ratio', 'at most 3 times the CPU of haproxy'),
]);

export const postDlp = postFigure(
  'post-dlp',
  'The same tool call to an approved server, without and with DLP (all shipped detectors, both directions)',
  'mcp',
  [atMost(1.3, 'ratio', 'at most 1.3 times the CPU of the same call without DLP')],
  {
    takesPart: ({ name }) => name === 'daylight-approved' || name === 'daylight-dlp',
    subject: 'daylight-dlp',
    reference: 'daylight-approved',
  },
);
