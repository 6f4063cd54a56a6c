// Events as lines on the standard output of this process.

import type { Destination } from '../sink.ts';

/** @param out where to; tests put something else here */
export function createStdoutDestination(out: NodeJS.WritableStream = process.stdout): Destination {
  return {
    send(batch) {
      const { promise, resolve, reject } = Promise.withResolvers<[]>();
      out.write(batch.map(({ text }) => `${text}\n`).join(''), (error) => (error ? reject(error) : resolve([])));
      return promise;
    },
    async close() {},
  };
}
