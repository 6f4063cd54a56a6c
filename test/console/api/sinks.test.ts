// Sinks by the API: everybody may see how they do, operators may try one out, and the audit log knows who did.

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Sink } from '../../../src/console/api/shapes.ts';
import { type TemporaryConsole, temporaryConsole } from './temporary-console.ts';

const SIEM: Sink = {
  ...{ name: 'siem', type: 'webhook', format: 'ocsf', target: 'https://siem.example/…', filter: '', events: ['http_flow'] },
  ...{ pendingEvents: 3, pendingBytes: 900, lagMs: 70_000, delivered: 5, rejected: 0, skipped: 0, retries: 2, perSecond: 0 },
  ...{ error: 'siem is down', lastError: 'siem is down', lastErrorAt: 1, lastSuccessAt: 0 },
};

let place: TemporaryConsole;
let dead = 12;

beforeAll(async () => {
  place = await temporaryConsole({
    sinks: {
      list: () => [SIEM],
      test: async (name) =>
        name === 'siem' ? { accepted: false, message: 'nothing listens', ms: 3, eventId: '0193' } : undefined,
      resend: async (name) => (name === 'siem' ? dead : undefined),
    },
  });
});
afterAll(() => place.remove());

it('lists them for everybody, and says in the health what fails', async () => {
  const listed = await place.ask('GET', '/api/sinks', { as: 'viewer' });
  expect(await listed.json()).toEqual({ items: [SIEM], next: null });
  const health = await place.ask('GET', '/api/health', { as: 'viewer' });
  expect(await health.json()).toMatchObject({ sinks: { count: 1, lagMs: 70_000, failing: ['siem'] } });
});

it('lets operators try one out, and records what came of it', async () => {
  expect((await place.ask('POST', '/api/sinks/siem/test', { as: 'analyst' })).status).toBe(403);
  const tried = await place.ask('POST', '/api/sinks/siem/test', { as: 'operator' });
  expect(await tried.json()).toMatchObject({ accepted: false, message: 'nothing listens' });
  expect(place.acts.filter(({ action }) => action === 'sink.test')).toEqual([
    { actor: 'operator', action: 'sink.test', objectType: 'sink', objectId: 'siem', reason: 'nothing listens', outcome: 'error' },
  ]);
});

it('lets operators send dead letters again, and records how many', async () => {
  expect((await place.ask('POST', '/api/sinks/siem/resend', { as: 'analyst' })).status).toBe(403);
  expect(await (await place.ask('POST', '/api/sinks/siem/resend', { as: 'operator' })).json()).toEqual({ events: 12 });
  dead = 0;
  expect(await (await place.ask('POST', '/api/sinks/siem/resend', { as: 'operator' })).json()).toEqual({ events: 0 });
  expect(place.acts.filter(({ action }) => action === 'sink.resend')).toEqual([
    { actor: 'operator', action: 'sink.resend', objectType: 'sink', objectId: 'siem', reason: '12 dead letters' },
  ]);
});

it('knows which there are', async () => {
  const none = await place.ask('POST', '/api/sinks/none/test', { as: 'operator' });
  expect(none.status).toBe(404);
  expect((await place.ask('POST', '/api/sinks/none/resend', { as: 'operator' })).status).toBe(404);
});
