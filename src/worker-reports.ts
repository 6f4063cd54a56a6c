// What a worker tells the main process about itself once a second: its counts, and how busy and large it is.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { WorkerCounts, WorkerReport } from './worker-counts.ts';

/** Milliseconds between two looks at the event loop. */
const RESOLUTION_MS = 20;
const NANOSECONDS = 1e9;

export interface WorkerReports {
  /** Lags are those since the last report. */
  next(): WorkerReport;
}

export function createWorkerReports(counts: WorkerCounts): WorkerReports {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  // What is measured is the time between two looks.
  const late = (nanoseconds: number): number => Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION_MS / 1000) || 0;

  return {
    next() {
      const lag = { max: late(delay.max), p99: late(delay.percentile(99)) };
      delay.reset();
      const { user, system } = process.cpuUsage();
      counts.totals.cpu = (user + system) / 1e6;
      return { totals: { ...counts.totals }, open: counts.open, lag, memory: process.memoryUsage.rss() };
    },
  };
}
