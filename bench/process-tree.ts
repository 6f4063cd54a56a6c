// What a process and its children have cost so far: CPU time and memory, read from Linux's /proc.
//
// CPU comes from the scheduler's own clock (schedstat, nanoseconds); where the kernel does not keep it, from stat (10 ms ticks).

import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessSample {
  pid: number;
  parent: number;
  /** Arguments joined by spaces. */
  command: string;
  /** CPU time of all living threads, user and system, nanoseconds. */
  cpuNs: number;
  /** Resident memory, bytes. */
  rss: number;
}

const TICK_NS = 10_000_000;

/** Samples `root` and everything it started, the root first; nothing for root 0. Processes that end meanwhile are left out. */
export function sampleTree(root: number): ProcessSample[] {
  if (root === 0) return [];
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = parentOf(Number(name));
    if (parent === undefined) continue;
    const known = children.get(parent);
    if (known) known.push(Number(name));
    else children.set(parent, [Number(name)]);
  }
  const samples: ProcessSample[] = [];
  const queue = [root];
  for (let pid = queue.shift(); pid !== undefined; pid = queue.shift()) {
    const sample = sampleProcess(pid);
    if (sample) samples.push(sample);
    queue.push(...(children.get(pid) ?? []));
  }
  return samples;
}

/** CPU and memory of one process, or undefined when it is gone. */
export function sampleProcess(pid: number): ProcessSample | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim();
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const rss = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { pid, parent: Number(fields[1]), command, cpuNs: schedulerCpu(pid) ?? ticks * TICK_NS, rss };
  } catch {
    return undefined;
  }
}

function schedulerCpu(pid: number): number | undefined {
  let total = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    try {
      total += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1').split(' ')[0]);
    } catch {
      // The thread ended between the listing and the read.
    }
  }
  return total > 0 ? total : undefined;
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

/** CPU spent between two samples of a tree, nanoseconds by process; a process that is new counts from zero. */
export function cpuBetween(
  before: readonly ProcessSample[],
  after: readonly ProcessSample[],
): (ProcessSample & { spentNs: number })[] {
  const start = new Map(before.map((sample) => [sample.pid, sample.cpuNs]));
  return after.map((sample) => ({ ...sample, spentNs: Math.max(0, sample.cpuNs - (start.get(sample.pid) ?? 0)) }));
}
