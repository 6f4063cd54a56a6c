// librdkafka's own cluster of brokers inside Debian's kcat, where that is installed: another hand's reading of Kafka's protocol. The same
// process reads the topic, as a consumer.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface KcatMessage {
  topic: string;
  partition: number;
  key: string | null;
  payload: string;
  headers: string[];
  ts: number;
}

export interface Kcat {
  broker: string;
  /** Resolves when so many messages were read. */
  messages(count: number): Promise<KcatMessage[]>;
  close(): Promise<void>;
}

export function findKcat(): string | undefined {
  const isProgram = (path: string): boolean => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  };
  return (process.env.PATH ?? '')
    .split(':')
    .map((folder) => join(folder, 'kcat'))
    .find(isProgram);
}

export async function startKcat(topic: string): Promise<Kcat> {
  const child = spawn(
    findKcat() ?? '',
    ['-b', 'ignored:1', '-X', 'test.mock.num.brokers=1', '-d', 'mock', '-C', '-t', topic, '-J', '-u'],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const ended = once(child, 'exit');
  const found: KcatMessage[] = [];
  const waiting: { count: number; resolve: (messages: KcatMessage[]) => void }[] = [];
  createInterface(child.stdout).on('line', (line) => {
    found.push(JSON.parse(line));
    for (const { count, resolve } of waiting) if (found.length >= count) resolve(found);
  });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  createInterface(child.stderr).on('line', (line) => {
    const broker = /bootstrap\.servers=(127\.0\.0\.1:\d+)/.exec(line)?.[1];
    if (broker !== undefined) resolve(broker);
  });
  child.on('exit', () => reject(new Error('kcat ended')));
  return {
    broker: await promise,
    messages(count) {
      const wait = Promise.withResolvers<KcatMessage[]>();
      waiting.push({ count, resolve: wait.resolve });
      if (found.length >= count) wait.resolve(found);
      return wait.promise;
    },
    async close() {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 2000);
      await ended;
      clearTimeout(late);
    },
  };
}
