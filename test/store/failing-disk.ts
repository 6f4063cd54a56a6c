// A disk that can be told to fail: the real one underneath, an error in front of chosen operations.

import { type Disk, realDisk } from '../../src/store/segment-writer.ts';

type Operation = 'open' | 'write' | 'datasync' | 'rename' | 'truncate';

export interface FailingDisk extends Disk {
  /** Makes these operations fail with `code` until `heal`. A failing write first writes half of its bytes. */
  fail(code: string, ...operations: Operation[]): void;
  heal(): void;
  calls: Operation[];
}

export function failingDisk(): FailingDisk {
  const calls: Operation[] = [];
  let broken: Operation[] = [];
  let error = new Error('');
  const pass = (operation: Operation) => {
    calls.push(operation);
    if (broken.includes(operation)) throw error;
  };
  return {
    calls,
    fail(code, ...operations) {
      broken = operations;
      error = Object.assign(new Error(`${code}: made to fail`), { code });
    },
    heal() {
      broken = [];
    },
    async open(path, flags, mode) {
      if (flags !== 'r') pass('open');
      const file = await realDisk.open(path, flags, mode);
      return new Proxy(file, {
        get(target, name) {
          if (name === 'write') {
            return async (data: Buffer, offset: number, length: number, position: number) => {
              if (broken.includes('write')) await target.write(data, offset, length >> 1, position);
              pass('write');
              // Short writes are legal.
              return target.write(data, offset, Math.min(length, 1_000), position);
            };
          }
          const value: unknown = Reflect.get(target, name, target);
          if (typeof value !== 'function') return value;
          return (...args: unknown[]) => {
            if (name === 'datasync' || name === 'truncate') pass(name);
            return (value as (...args: unknown[]) => unknown).apply(target, args);
          };
        },
      });
    },
    async rename(from, to) {
      pass('rename');
      await realDisk.rename(from, to);
    },
  };
}
