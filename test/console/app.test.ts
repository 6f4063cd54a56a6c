import { describe, expect, it } from 'vitest';
import { type ConsoleStatus, createConsole } from '../../src/console/app.ts';
import { createPage } from '../../src/console/static.ts';

const DRAIN = { pendingSegments: 0, pendingBytes: 0, lagMs: 0 };
const WELL: ConsoleStatus = {
  ...{ snapshot: 'abc', rules: 3, workers: 2, ca: { expires: Date.now() + 60_000 } },
  store: { ready: true, drain: DRAIN },
};
const get = (path: string, status = WELL, method = 'GET') => createConsole({ status: () => status }).request(path, { method });

describe('the address of the console', () => {
  it('says that it is alive, and where the events are', async () => {
    expect(await (await get('/healthz')).text()).toBe('ok\n');
    expect(await (await get('/?x=1')).text()).toContain('bin/daylight events tail');
    expect((await get('/healthz', WELL, 'HEAD')).status).toBe(200);
  });

  it.each([
    ['well', WELL, [], []],
    ['without a worker', { ...WELL, workers: 0 }, ['workers: none takes clients'], []],
    ['without rules', { ...WELL, rules: 0 }, ['rules: none is in force'], []],
    ['without a CA', { ...WELL, ca: { expires: 0 } }, ['ca: there is none'], []],
    ['with a CA that has ended', { ...WELL, ca: { expires: Date.now() - 1 } }, ['ca: it has expired'], []],
    ['without the store', { ...WELL, store: { ready: false, drain: DRAIN } }, [], ['clickhouse: it does not answer']],
    [
      'far behind',
      { ...WELL, store: { ready: true, drain: { ...DRAIN, lagMs: 60_000 } } },
      [],
      ['spool: events wait for more than a minute'],
    ],
  ])('says whether clients should be sent here, and what people should look at: %s', async (_what, status, missing, degraded) => {
    const response = await get('/readyz', status);
    expect(response.status).toBe(missing.length === 0 ? 200 : 503);
    expect(await response.json()).toEqual({ ready: missing.length === 0, missing, degraded, ...status });
  });

  it('serves the page where there is one, and never in place of the rest', async () => {
    const app = createConsole({ status: () => WELL, page: createPage('/nowhere') });
    const ask = (path: string) => app.request(path, { headers: { accept: 'text/html' } });
    expect(await (await ask('/servers')).text()).toContain('The console is being built');
    expect((await ask('/healthz')).status).toBe(200);
    expect((await ask('/api/nothing')).headers.get('content-type')).toContain('application/json');
    expect((await ask('/ask/x.y')).status).toBe(404);
  });

  it('answers nothing else, is never cached, and has no page for requests when they cannot be kept', async () => {
    const response = await get('/nowhere');
    expect(response.status).toBe(404);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect((await get('/healthz', WELL, 'POST')).status).toBe(405);
    expect((await get('/ask/x')).status).toBe(404);
  });
});
