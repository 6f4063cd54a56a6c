// What the figures were measured on.

import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { canPin } from './pinned-child.ts';

export interface Machine {
  cpu: string;
  cores: number;
  /** GiB. */
  memory: number;
  system: string;
  node: string;
  openssl: string;
  /** One-minute load average when the bench began: above 0.5, others were using the machine. */
  load: number;
  pinned: boolean;
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: Math.round(totalmem() / 1024 ** 3),
    system: `${type()} ${release()}`,
    node: process.version,
    openssl: process.versions.openssl,
    load: Math.round(loadavg()[0]! * 100) / 100,
    pinned: canPin,
  };
}

export function machineLine(machine: Machine): string {
  const pinning = machine.pinned ? 'proxy on core 0, load and origin on core 1' : 'not pinned: figures vary more';
  return `${machine.cores} x ${machine.cpu}, ${machine.memory} GiB, ${machine.system}, Node ${machine.node}, OpenSSL ${machine.openssl}; ${pinning}; load average at start ${machine.load}`;
}
