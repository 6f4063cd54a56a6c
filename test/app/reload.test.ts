import { expect, it } from 'vitest';
import { changesOf } from '../../src/app/reload.ts';
import { configSchema } from '../../src/config.ts';

const config = (over: Record<string, unknown> = {}) => configSchema.parse(over);

it.each([
  ['nothing', {}, [], []],
  ['what workers go by', { proxy: { onError: 'closed', timeouts: { idle: 1000 } } }, ['proxy.onError', 'proxy.timeouts'], []],
  [
    'where the proxy listens',
    { proxy: { listen: '127.0.0.1:9', workers: 3, socks: { listen: '127.0.0.1:8' } } },
    [],
    ['proxy.listen', 'proxy.workers', 'proxy.socks'],
  ],
  ['something else', { contact: 'x', data: '/x', proxy: { ports: [443] } }, ['proxy.ports'], ['data', 'contact']],
])('a changed configuration: %s', (_what, after, workers, restart) => {
  const changes = changesOf(config(), config(after));
  expect({ workers: changes.workers.sort(), restart: changes.restart.sort() }).toEqual({
    workers: workers.sort(),
    restart: restart.sort(),
  });
});
