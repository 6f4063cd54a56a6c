// Nothing in between: what the load, the origin and the loopback cost by themselves.

import type { Contender } from './contender.ts';

export const direct: Contender = {
  name: 'direct',
  what: 'no proxy; the floor for delays',
  share: 1,
  version: () => '',
  async start(setup) {
    return { port: setup.originPort, mode: 'reverse', ca: setup.authority.certificate, pid: 0, stop: async () => {} };
  },
};
