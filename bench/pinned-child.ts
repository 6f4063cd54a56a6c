// Starts the bench's own processes, pins them to a core where that is possible, and ends them by their process id.

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';

/** The proxy under test has this core to itself; load and origin share the other one. */
export const PROXY_CORE = 0;
export const LOAD_CORE = 1;

const started = new Set<ChildProcess>();
const taskset = findProgram('taskset');

/** Whether processes can be pinned: Linux with two or more cores and `taskset`. */
export const canPin = taskset !== undefined && availableParallelism() > 1;

/** Path of a program on PATH or in the system folders, or undefined. */
export function findProgram(name: string): string | undefined {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** Starts `command` on one core. */
export function startPinned(core: number, command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const child =
    canPin && taskset ? spawn(taskset, ['-c', String(core), command, ...args], options) : spawn(command, [...args], options);
  started.add(child);
  child.once('exit', () => started.delete(child));
  return child;
}

/** Moves a running process and its threads to one core. */
export async function movePinned(core: number, pid: number): Promise<void> {
  if (!canPin || !taskset) return;
  await once(spawn(taskset, ['-acp', String(core), String(pid)], { stdio: 'ignore' }), 'exit');
}

/** Asks a child to end and waits; after `graceMs` it is killed. */
export async function endChild(child: ChildProcess, graceMs = 5000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await exited;
  clearTimeout(timer);
}

/** Kills what is left, for the case that the bench itself is interrupted. */
export function killStarted(): void {
  for (const child of started) child.kill('SIGKILL');
}
