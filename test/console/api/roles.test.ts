// Every route of the API with every role, and with none.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROLES, type Role, reaches } from '../../../src/account.ts';
import { type TemporaryConsole, temporaryConsole } from './temporary-console.ts';

interface Route {
  method: string;
  path: string;
  /** '' for routes of signing in, which everybody may ask. */
  role: Role | '';
}

/** Routes for people who have not signed in. Anything else that says no role is for whoever has. */
const OPEN = new Set([
  'GET /api/session',
  'POST /api/session',
  'POST /api/invite',
  'GET /api/oidc/start',
  'GET /api/oidc/callback',
]);

let place: TemporaryConsole;
let routes: Route[];

beforeAll(async () => {
  place = await temporaryConsole();
  const document = (await (await place.ask('GET', '/openapi.json')).json()) as {
    paths: Record<string, Record<string, { 'x-role'?: Role }>>;
  };
  routes = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([name, operation]): Route => {
      const method = name.toUpperCase();
      const inferred = path.startsWith('/api/accounts') ? 'admin' : 'viewer';
      return { method, path, role: OPEN.has(`${method} ${path}`) ? '' : (operation['x-role'] ?? inferred) };
    }),
  );
});
afterAll(() => {
  place.remove();
  expect(place.faults).toEqual([]);
});

/** A path that leads nowhere in particular: who may ask is decided before what for. */
const concrete = (path: string): string => path.replaceAll(/\{[^}]+\}/g, '0193a2b4-5c6d-7e8f-9a0b-1c2d3e4f5a6b');

it('there are routes for everything that the console shows', () => {
  expect(routes.length).toBeGreaterThan(50);
  const areas = new Set(routes.map(({ path }) => path.split('/')[2]));
  for (const area of [
    'overview',
    'events',
    'servers',
    'findings',
    'rules',
    'policy',
    'requests',
    'dlp',
    'people',
    'audit',
    'live',
    'sinks',
  ])
    expect(areas).toContain(area);
});

it('nobody gets an answer without signing in', async () => {
  for (const { method, path, role } of routes.filter((each) => each.role !== '')) {
    const response = await place.ask(method, concrete(path));
    expect([method, path, role, response.status]).toEqual([method, path, role, 401]);
  }
});

it.each(ROLES)('%s gets what the role is for, and nothing beyond', async (as) => {
  const wrong: string[] = [];
  for (const { method, path, role } of routes.filter((each) => each.role !== '')) {
    // These would end the session that the others need.
    if (path === '/api/session' || (path === '/api/accounts/{name}' && method === 'DELETE')) continue;
    // Without a body: what may be asked is refused for its form, which is enough.
    const { status } = await place.ask(method, concrete(path), { as });
    const refused = status === 403 || status === 401;
    if (refused === reaches(as, role || 'viewer')) wrong.push(`${method} ${path} (${role}): ${status}`);
  }
  expect(wrong).toEqual([]);
});

it('an API token has the role that it was made for, and needs no CSRF token', async () => {
  expect((await place.ask('POST', '/api/findings/seen', { as: 'viewer', token: true })).status).toBe(204);
  expect((await place.ask('POST', '/api/policy/rollback', { as: 'analyst', token: true, body: {} })).status).toBe(403);
  expect((await place.ask('POST', '/api/tokens', { as: 'admin', token: true, body: {} })).status).toBe(403);
});

it('a change without the CSRF token of the session, or from another site, is refused', async () => {
  for (const { method, path, role } of routes.filter((each) => each.method !== 'GET' && each.role !== '')) {
    const forged = await place.ask(method, concrete(path), { as: 'admin', headers: { 'x-csrf-token': 'guess' } });
    const foreign = await place.ask(method, concrete(path), { as: 'admin', headers: { origin: 'https://evil.example' } });
    expect([method, path, role, forged.status, foreign.status]).toEqual([method, path, role, 403, 403]);
  }
});
