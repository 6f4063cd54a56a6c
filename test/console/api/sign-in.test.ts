import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inviteLink } from '../../../src/access/invites.ts';
import { ROLES, type Role } from '../../../src/account.ts';
import { createConsole } from '../../../src/console/app.ts';
import { PASSWORD, type TemporaryAccess, temporaryAccess } from '../../access/temporary-access.ts';

const MINUTE = 60_000;
const PLAIN = 'http://127.0.0.1:8081';
const PUBLIC = 'https://console.example';
let place: TemporaryAccess;
let faults: Error[];

beforeEach(() => {
  place = temporaryAccess();
  faults = [];
});
afterEach(() => {
  place.remove();
  expect(faults).toEqual([]);
});

interface Ask {
  body?: unknown;
  cookie?: string;
  csrf?: string;
  bearer?: string;
  headers?: Record<string, string>;
  /** Address of the console as the browser sees it. */
  site?: string;
}

function ask(
  method: string,
  path: string,
  { body, cookie, csrf, bearer, headers = {}, site = PLAIN }: Ask = {},
): Promise<Response> {
  const app = createConsole({
    status: () => ({
      snapshot: '',
      ...{ workers: 1, rules: 1, ca: { expires: 0 } },
      store: { ready: true, drain: { pendingSegments: 0, pendingBytes: 0, lagMs: 0 } },
    }),
    signIn: {
      access: place.access,
      publicUrl: site === PLAIN ? '' : site,
      proxyUrl: () => 'http://proxy.corp.example:8080',
      linkTo: (invite) => inviteLink(site, invite),
      idleMinutes: 30,
      version: '1.2.3',
      sensor: 'edge-1',
      onFailure: (error) => void faults.push(error),
      onFault: (error) => void faults.push(error),
    },
  });
  const all = new Headers({ host: new URL(site).host, ...headers });
  if (cookie !== undefined) all.set('cookie', cookie);
  if (csrf !== undefined) all.set('x-csrf-token', csrf);
  if (bearer !== undefined) all.set('authorization', `Bearer ${bearer}`);
  const json = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
  if (body !== undefined) all.set('content-type', 'application/json');
  return Promise.resolve(app.request(`${site}${path}`, { method, headers: all, ...json }));
}

const cookieOf = (response: Response): string => response.headers.get('set-cookie')?.split(';')[0] ?? '';
const errorOf = async (response: Response) => ((await response.json()) as { error: { code: string; field?: string } }).error;

const isIn = async (sent: Parameters<typeof ask>[2]): Promise<boolean> =>
  ((await (await ask('GET', '/api/session', sent)).json()) as { signedIn: boolean }).signedIn;

/** Somebody with this role who has signed in. */
async function signedIn(name: string, role: Role): Promise<{ cookie: string; csrf: string }> {
  const id = await place.join(name, role);
  return { cookie: `daylight=${id}`, csrf: place.access.session(id, false)!.csrf };
}

describe('the session', () => {
  it('begins with the first link, tells who it is, and ends', async () => {
    const nobody = await ask('GET', '/api/session');
    // An answer like any other: browsers would report a refusal as an error of the page.
    expect(nobody.status).toBe(200);
    expect(await nobody.json()).toEqual({ signedIn: false, oidc: false, needsSetup: true });

    const { token } = place.access.firstInvite()!;
    const made = await ask('POST', '/api/invite', { body: { token, name: 'ana', password: PASSWORD } });
    expect(made.status).toBe(200);
    const cookie = cookieOf(made);
    const session = (await made.json()) as { csrf: string };
    expect(session).toMatchObject({
      user: { name: 'ana', role: 'admin', provider: 'password', totp: false },
      idleMinutes: 30,
      sensor: 'edge-1',
    });
    expect(await (await ask('GET', '/api/session', { cookie })).json()).toEqual(session);

    expect((await ask('DELETE', '/api/session', { cookie, csrf: session.csrf })).status).toBe(204);
    const after = await ask('GET', '/api/session', { cookie });
    expect([after.status, await after.json()]).toMatchObject([200, { signedIn: false, needsSetup: false }]);
  });

  it.each([
    ['plain HTTP', PLAIN, /^daylight=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/],
    ['HTTPS', PUBLIC, /^__Host-daylight=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Strict$/],
  ])('is in a cookie that scripts and other sites do not get, over %s', async (_what, site, shape) => {
    await place.join('ana');
    const response = await ask('POST', '/api/session', { site, body: { name: 'ana', password: PASSWORD } });
    expect(response.headers.get('set-cookie')).toMatch(shape);
  });

  it('cannot be chosen by somebody else: signing in makes a new id and ends the one that was there', async () => {
    const planted = `daylight=${'A'.repeat(43)}`;
    await place.join('ana');
    const first = await ask('POST', '/api/session', { cookie: planted, body: { name: 'ana', password: PASSWORD } });
    const cookie = cookieOf(first);
    expect(cookie).not.toBe(planted);
    expect(await isIn({ cookie: planted })).toBe(false);

    const again = cookieOf(await ask('POST', '/api/session', { cookie, body: { name: 'ana', password: PASSWORD } }));
    expect(await isIn({ cookie })).toBe(false);
    expect(await isIn({ cookie: again })).toBe(true);
  });

  it('over plain HTTP is none over HTTPS, and the other way round', async () => {
    const id = await place.join('ana');
    expect(await isIn({ site: PUBLIC, cookie: `daylight=${id}` })).toBe(false);
    expect(await isIn({ cookie: `__Host-daylight=${id}` })).toBe(false);
    expect(await isIn({ site: PUBLIC, cookie: `__Host-daylight=${id}` })).toBe(true);
  });

  it('ends without activity; what the page asks by itself is none', async () => {
    const { cookie } = await signedIn('ana', 'admin');
    place.clock.now += 29 * MINUTE;
    expect((await ask('GET', '/api/accounts', { cookie, headers: { 'x-background': '1' } })).status).toBe(200);
    place.clock.now += 2 * MINUTE;
    expect((await ask('GET', '/api/accounts', { cookie })).status).toBe(401);
  });

  it('is refused with one answer for a wrong name and a wrong password, then with the time to wait', async () => {
    await place.join('ana');
    const wrong = await ask('POST', '/api/session', { body: { name: 'ana', password: 'x' } });
    const unknown = await ask('POST', '/api/session', { body: { name: 'eve', password: 'x' } });
    expect([wrong.status, await wrong.text()]).toEqual([unknown.status, await unknown.text()]);
    for (let n = 0; n < 4; n++) await ask('POST', '/api/session', { body: { name: 'ana', password: 'x' } });
    const late = await ask('POST', '/api/session', { body: { name: 'ana', password: PASSWORD } });
    expect([late.status, late.headers.get('retry-after'), (await errorOf(late)).code]).toEqual([429, '1', 'too-many']);
  });

  it('changes the own password, and the second factor', async () => {
    const { cookie, csrf } = await signedIn('ana', 'viewer');
    const change = (body: unknown) => ask('POST', '/api/session/password', { cookie, csrf, body });
    expect(await errorOf(await change({ old: PASSWORD, new: 'short' }))).toMatchObject({ code: 'password', field: 'new' });
    expect(await errorOf(await change({ old: 'x', new: 'another long one' }))).toMatchObject({ code: 'wrong', field: 'old' });
    expect((await change({ old: PASSWORD, new: 'another long one' })).status).toBe(200);
    const offer = await ask('POST', '/api/session/totp', { cookie, csrf, body: {} });
    expect(await offer.json()).toMatchObject({
      secret: expect.stringMatching(/^[A-Z2-7]{32}$/),
      url: expect.stringContaining('otpauth:'),
    });
    expect((await ask('POST', '/api/session/totp', { cookie, csrf, body: { code: '000000' } })).status).toBe(400);
    const remove = (body: unknown) => ask('DELETE', '/api/session/totp', { cookie, csrf, body });
    expect(await errorOf(await remove({}))).toMatchObject({ code: 'invalid', field: 'password' });
    expect(await errorOf(await remove({ password: 'x' }))).toMatchObject({ code: 'wrong', field: 'password' });
    expect((await remove({ password: 'another long one' })).status).toBe(204);
  });
});

describe('a link', () => {
  it('that cannot be used, a name and a password that will not do are told apart', async () => {
    const { token } = place.access.invite('viewer', 'test');
    const use = (body: unknown) => ask('POST', '/api/invite', { body });
    const unknown = await use({ token: 'x', name: 'bob', password: PASSWORD });
    expect([unknown.status, (await errorOf(unknown)).code]).toEqual([404, 'invite']);
    expect(await errorOf(await use({ token, name: 'bob', password: 'short' }))).toMatchObject({
      code: 'password',
      field: 'password',
    });
    expect(await errorOf(await use({ token, name: '\u0007', password: PASSWORD }))).toMatchObject({
      code: 'name',
      field: 'name',
    });
    expect(await errorOf(await use({ name: 'bob', password: PASSWORD }))).toMatchObject({ code: 'invalid', field: 'token' });
    expect((await use('{')).status).toBe(400);
    expect((await use({ token, name: 'bob', password: 'x'.repeat(20_000) })).status).toBe(413);
    expect((await use({ token, name: 'bob', password: PASSWORD })).status).toBe(200);
  });
});

describe('the guard', () => {
  it.each([
    ['without a CSRF token', {}],
    ['with a wrong one', { csrf: 'x'.repeat(43) }],
  ])('takes no change by cookie %s', async (_what, more) => {
    const { cookie } = await signedIn('ana', 'admin');
    const response = await ask('POST', '/api/accounts', { cookie, body: { role: 'admin' }, ...more });
    expect([response.status, (await errorOf(response)).code]).toEqual([403, 'csrf']);
  });

  it('takes no CSRF token of another session', async () => {
    const [one, two] = [await signedIn('ana', 'admin'), await signedIn('bob', 'admin')];
    expect((await ask('POST', '/api/accounts', { cookie: one.cookie, csrf: two.csrf, body: { role: 'admin' } })).status).toBe(
      403,
    );
  });

  it.each([
    ['https://evil.example', PLAIN, 403],
    ['http://127.0.0.1:9999', PLAIN, 403],
    ['https://127.0.0.1:8081', PLAIN, 403],
    ['null', PLAIN, 403],
    [PLAIN, PLAIN, 200],
    ['http://console.example', PUBLIC, 403],
    [PUBLIC, PUBLIC, 200],
  ])('answers a change from %s to %s with %i', async (origin, site, status) => {
    const id = await place.join('ana');
    const cookie = site === PLAIN ? `daylight=${id}` : `__Host-daylight=${id}`;
    const { csrf } = place.access.session(id, false)!;
    const response = await ask('POST', '/api/accounts', { site, cookie, csrf, body: { role: 'viewer' }, headers: { origin } });
    expect(response.status).toBe(status);
  });

  it('takes no sign-in and no WebSocket from another site', async () => {
    const { cookie } = await signedIn('ana', 'admin');
    const headers = { origin: 'https://evil.example' };
    expect((await ask('POST', '/api/session', { headers, body: { name: 'ana', password: PASSWORD } })).status).toBe(403);
    const upgrade = { ...headers, upgrade: 'websocket', connection: 'upgrade' };
    expect((await ask('GET', '/api/live', { cookie, headers: upgrade })).status).toBe(403);
  });

  it('tells nobody who has not signed in which routes there are', async () => {
    for (const path of ['/api/accounts', '/api/nowhere', '/api/tokens', '/api/', '/api/session/password'])
      expect([path, (await ask('GET', path)).status]).toEqual([path, 401]);
    const { cookie } = await signedIn('ana', 'viewer');
    expect((await ask('GET', '/api/nowhere', { cookie })).status).toBe(404);
  });

  it('counts a bearer token instead of the cookie beside it, without CSRF token', async () => {
    const { cookie } = await signedIn('ana', 'admin');
    await place.join('bob', 'viewer');
    const admin = place.access.createToken('ana', { name: 'ci', role: 'admin', days: 1 }).token;
    const viewer = place.access.createToken('bob', { name: 'ci', role: 'viewer', days: 1 }).token;
    expect((await ask('POST', '/api/accounts', { bearer: admin, body: { role: 'viewer' } })).status).toBe(200);
    expect((await ask('GET', '/api/accounts', { bearer: viewer, cookie })).status).toBe(403);
    const unknown = await ask('GET', '/api/tokens', { bearer: 'dlt_nothing', cookie });
    expect([unknown.status, unknown.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    place.clock.now += 24 * 60 * MINUTE;
    expect((await ask('GET', '/api/accounts', { bearer: admin })).status).toBe(401);
  });
});

/** Route, the weakest role that may use it, and what it answers them. */
const ROUTES: [method: string, path: string, role: Role, body?: unknown][] = [
  ['GET', '/api/session', 'viewer'],
  ['POST', '/api/session/password', 'viewer', { old: PASSWORD, new: 'another long one' }],
  ['POST', '/api/session/totp', 'viewer', {}],
  ['DELETE', '/api/session/totp', 'viewer', { password: 'another long one' }],
  ['GET', '/api/tokens', 'viewer'],
  ['POST', '/api/tokens', 'viewer', { name: 'ci', role: 'viewer', days: 1 }],
  ['GET', '/api/tokens?all=true', 'admin'],
  ['GET', '/api/proxy-tokens', 'viewer'],
  ['POST', '/api/proxy-tokens', 'viewer', { name: 'laptop' }],
  ['GET', '/api/proxy-tokens?all=true', 'admin'],
  ['GET', '/api/accounts', 'admin'],
  ['POST', '/api/accounts', 'admin', { role: 'viewer' }],
  ['POST', '/api/accounts/invite', 'admin', { role: 'viewer' }],
  ['PATCH', '/api/accounts/zoe', 'admin', { role: 'analyst' }],
  ['POST', '/api/accounts/zoe/reset', 'admin'],
  ['DELETE', '/api/accounts/zoe', 'admin'],
  ['DELETE', '/api/session', 'viewer'],
];

describe('each route', () => {
  it.each(ROLES)('is answered to %s as their role says', async (role) => {
    await place.join('root', 'admin');
    await place.join('zoe', 'viewer');
    const { cookie, csrf } = await signedIn('ana', role);
    for (const [method, path, needed, body] of ROUTES) {
      const response = await ask(method, path, { cookie, csrf, body });
      const may = ROLES.indexOf(role) >= ROLES.indexOf(needed);
      expect([method, path, may ? Math.floor(response.status / 100) : response.status]).toEqual([method, path, may ? 2 : 403]);
    }
  });

  it('needs a sign-in, and those about signing in a session', async () => {
    await place.join('ana');
    const bearer = place.access.createToken('ana', { name: 'ci', role: 'admin', days: 1 }).token;
    for (const [method, path, , body] of ROUTES) {
      // Whether somebody has signed in may be asked by everybody.
      const expected = method === 'GET' && path === '/api/session' ? 200 : 401;
      expect([method, path, (await ask(method, path, { body })).status]).toEqual([method, path, expected]);
      if (!/^\/api\/(session|tokens$)/.test(path) || method === 'GET') continue;
      expect([method, path, (await ask(method, path, { bearer, body })).status]).toEqual([method, path, 403]);
    }
  });
});

describe('accounts and tokens', () => {
  it('are not there, or cannot be changed, in words', async () => {
    const { cookie, csrf } = await signedIn('ana', 'admin');
    const gone = await ask('DELETE', '/api/accounts/nobody', { cookie, csrf });
    expect([gone.status, (await errorOf(gone)).code]).toEqual([404, 'not-found']);
    const last = await ask('PATCH', '/api/accounts/ana', { cookie, csrf, body: { role: 'viewer' } });
    expect([last.status, (await errorOf(last)).code]).toEqual([409, 'conflict']);
    const odd = await ask('PATCH', '/api/accounts/ana', { cookie, csrf, body: { role: 'king' } });
    expect([odd.status, await errorOf(odd)]).toMatchObject([400, { code: 'invalid', field: 'role' }]);
  });

  it('give links whose secret is in the fragment', async () => {
    const { cookie, csrf } = await signedIn('ana', 'admin');
    await place.join('bob', 'viewer');
    const invite = (await (await ask('POST', '/api/accounts/invite', { cookie, csrf, body: { role: 'viewer' } })).json()) as {
      url: string;
    };
    expect(invite.url).toMatch(/^http:\/\/127\.0\.0\.1:8081\/invite#token=[\w-]{43}$/);
    const reset = (await (await ask('POST', '/api/accounts/bob/reset', { cookie, csrf })).json()) as { url: string };
    expect(reset.url).toMatch(/\/invite#token=[\w-]{43}&name=bob$/);
  });

  it('let everybody make and revoke proxy tokens of their own, and administrators those of others', async () => {
    const ana = await signedIn('ana', 'admin');
    const bob = await signedIn('bob', 'viewer');
    const make = (who: typeof ana, body: object) =>
      ask('POST', '/api/proxy-tokens', { ...who, body: { name: 'laptop', ...body } });
    const made = (await (await make(bob, {})).json()) as Record<string, string>;
    expect(made).toMatchObject({
      ...{ user: 'bob', issuer: 'bob', groups: [], proxyUrl: 'http://proxy.corp.example:8080' },
      token: expect.stringMatching(/^dlp_/),
    });
    for (const [body, field] of [
      [{ user: 'ana' }, 'user'],
      [{ groups: ['admins'] }, 'groups'],
    ] as const) {
      const refused = await make(bob, body);
      expect([refused.status, await errorOf(refused)]).toMatchObject([403, { code: 'role', field }]);
    }
    expect((await make(bob, { days: 400 })).status).toBe(400);
    const robot = (await (await make(ana, { user: 'robot', groups: ['ci'] })).json()) as Record<string, string>;
    expect(robot).toMatchObject({ user: 'robot', issuer: 'ana', groups: ['ci'] });
    const list = async (who: typeof ana, query = '') => {
      const { items } = (await (await ask('GET', `/api/proxy-tokens${query}`, who)).json()) as { items: { user: string }[] };
      expect(JSON.stringify(items)).not.toContain('dlp_');
      return items.map(({ user }) => user).sort();
    };
    expect([await list(bob), await list(ana), await list(ana, '?all=true')]).toEqual([['bob'], [], ['bob', 'robot']]);
    expect((await ask('GET', '/api/proxy-tokens?all=true', bob)).status).toBe(403);
    expect((await ask('DELETE', `/api/proxy-tokens/${robot.id}`, bob)).status).toBe(404);
    expect((await ask('DELETE', `/api/proxy-tokens/${made.id}`, bob)).status).toBe(204);
    // Ending is for programs, too; making is not.
    const bearer = place.access.createToken('ana', { name: 'offboarding', role: 'admin', days: 1 }).token;
    expect((await ask('POST', '/api/proxy-tokens', { bearer, body: { name: 'x' } })).status).toBe(403);
    expect((await ask('DELETE', `/api/proxy-tokens/${robot.id}`, { bearer })).status).toBe(204);
    expect(await list(ana, '?all=true')).toEqual([]);
  });

  it('let nobody make a token that is stronger than they are, or end one of others', async () => {
    const ana = await signedIn('ana', 'admin');
    const bob = await signedIn('bob', 'viewer');
    const strong = await ask('POST', '/api/tokens', { ...bob, body: { name: 'ci', role: 'operator', days: 1 } });
    expect([strong.status, await errorOf(strong)]).toMatchObject([403, { code: 'role', field: 'role' }]);
    const { id } = place.access.createToken('ana', { name: 'ci', role: 'admin', days: 1 });
    expect((await ask('DELETE', `/api/tokens/${id}`, bob)).status).toBe(404);
    const made = (await (await ask('POST', '/api/tokens', { ...bob, body: { name: 'ci', role: 'viewer' } })).json()) as Record<
      string,
      unknown
    >;
    expect(made).toMatchObject({
      owner: 'bob',
      token: expect.stringMatching(/^dlt_/),
      expires: place.clock.now + 90 * 24 * 60 * MINUTE,
    });
    expect(JSON.stringify(await (await ask('GET', '/api/tokens', bob)).json())).not.toContain('dlt_');
    expect((await ask('DELETE', `/api/tokens/${made.id}`, ana)).status).toBe(204);
    expect(await (await ask('GET', '/api/tokens', bob)).json()).toEqual({ items: [], next: null });
  });
});

describe('every answer', () => {
  it('may run nothing, is not embedded, and is not kept', async () => {
    const response = await ask('GET', '/api/session');
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'same-origin',
      'cache-control': 'no-store',
    });
  });

  it('asks for HTTPS from then on where it came by HTTPS', async () => {
    expect((await ask('GET', '/healthz', { site: PUBLIC })).headers.get('strict-transport-security')).toBe('max-age=31536000');
    expect((await ask('GET', '/healthz')).headers.get('strict-transport-security')).toBeNull();
  });
});
