// Is the process that wrote this name still running? A process id alone does not say: ids are reused, in containers at
// every restart. Order: boot, process id, start time, state.
//
// The name of a spool writer, and the owner of a data folder, is such an identity.

import { readFileSync } from 'node:fs';

const IDENTITY = /^[a-z0-9]+\.([0-9a-f]+)\.(\d+)\.(\d+)$/;

/** Kernel boot that this process belongs to, `0` where the system does not say. */
const boot = readText('/proc/sys/kernel/random/boot_id').slice(0, 8) || '0';

/**
 * A name for a process that no other process ever has: `<label>.<boot>.<pid>.<start>`.
 *
 * @param label letters and digits, e.g. `worker`.
 * @param pid this process by default.
 */
export function processIdentity(label: string, pid: number = process.pid): string {
  // Without /proc there is no start time to be had for others; this process at least gets a name of its own.
  const start = startOf(pid)?.start ?? String(Math.round(Date.now() - process.uptime() * 1000));
  return `${label}.${boot}.${pid}.${start}`;
}

/** Process id inside an identity, 0 if it is none. */
export function pidOf(identity: string): number {
  return Number(IDENTITY.exec(identity)?.[2] ?? 0);
}

/** Whether the process of this identity is still running. Names that are no identity belong to nobody. */
export function isProcessLive(identity: string): boolean {
  const parts = IDENTITY.exec(identity);
  if (!parts || parts[1] !== boot) return false;
  const pid = Number(parts[2]);
  if (boot === '0') return pid === process.pid ? identity.endsWith(`.${parts[3]}`) : answers(pid);
  const found = startOf(pid);
  // A killed process that nobody has reaped yet is dead once its last thread has left the kernel.
  return found !== undefined && found.start === parts[3] && !(found.state === 'Z' && found.threads <= 1) && found.state !== 'X';
}

/** Fields 3, 20 and 22 of /proc/PID/stat (proc_pid_stat(5)); the command in field 2 may hold spaces and brackets. */
function startOf(pid: number): { state: string; threads: number; start: string } | undefined {
  const text = readText(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, threads, start] = [fields[0], fields[17], fields[19]];
  if (!state || !threads || !start) return undefined;
  return { state, threads: Number(threads), start };
}

function answers(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}
