// Signing in to a real appliance: the first administrator from the file with the link, HTTPS with a certificate of Daylight's CA, and people
// of a real OpenID provider.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../../src/store/connect.ts';
import { type Appliance, startAppliance, until } from './appliance.ts';
import { type Browser, openBrowser, type Page } from './browser.ts';
import { CLIENT, type IdentityProvider, startIdentityProvider } from './servers/identity-provider.ts';

const PASSWORD = 'correct horse battery';
const json = (page: Page) => JSON.parse(page.text) as Record<string, unknown>;
const userOf = (page: Page) => json(page).user;

describe('an appliance that nobody has an account of', () => {
  let appliance: Appliance;
  let browser: Browser;
  let link: URL;

  beforeAll(async () => {
    appliance = await startAppliance({ config: { console: { listen: '127.0.0.1:0', tls: 'on' } } });
    browser = openBrowser(readFileSync(appliance.caFile, 'utf8'));
  });
  afterAll(() => appliance.stop());

  test('leaves a link in a file of its owner, and only says where', () => {
    const file = join(appliance.dir, 'data/admin-invite');
    link = new URL(readFileSync(file, 'utf8').trim());
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(link.origin).toBe(appliance.consoleUrl);
    expect(appliance.log()).toContain(file);
    expect(appliance.log()).not.toContain(link.hash.slice('#token='.length));
  });

  test('lets the first administrator in with it, once', async () => {
    const before = await browser.visit(`${appliance.consoleUrl}/api/session`);
    expect([before.status, json(before)]).toEqual([200, { signedIn: false, oidc: false, needsSetup: true }]);
    const token = new URLSearchParams(link.hash.slice(1)).get('token');
    const use = { json: { token, name: 'ana', password: PASSWORD } };
    const page = await browser.visit(`${appliance.consoleUrl}/api/invite`, use);
    expect([page.status, userOf(page)]).toEqual([200, { name: 'ana', role: 'admin', provider: 'password', totp: false }]);
    expect(page.headers['set-cookie']?.[0]).toMatch(/^__Host-daylight=.*; Secure; SameSite=Strict$/);
    expect(userOf(await browser.visit(`${appliance.consoleUrl}/api/session`))).toMatchObject({ name: 'ana' });
    expect(existsSync(join(appliance.dir, 'data/admin-invite'))).toBe(false);
    expect(
      (await openBrowser(readFileSync(appliance.caFile, 'utf8')).visit(`${appliance.consoleUrl}/api/invite`, use)).status,
    ).toBe(404);
  });

  test('is served with a certificate of its CA, which is replaced when the CA is', async () => {
    const port = Number(new URL(appliance.consoleUrl).port);
    const before = await certificateOf(port, readFileSync(appliance.caFile, 'utf8'));
    expect(before.subjectaltname).toBe('IP Address:127.0.0.1');
    expect((await appliance.cli('ca', 'rotate')).code).toBe(0);
    process.kill(appliance.pid, 'SIGHUP');
    const ca = readFileSync(appliance.caFile, 'utf8');
    const issuer = await until(
      async () =>
        certificateOf(port, ca).then(
          ({ issuer }) => issuer.CN,
          () => '',
        ),
      (name) => name !== '',
    );
    expect(issuer).not.toBe(before.issuer.CN);
    const again = openBrowser(ca);
    const page = await again.visit(`${appliance.consoleUrl}/api/session`, { json: { name: 'ana', password: PASSWORD } });
    expect(page.status).toBe(200);
  });

  test('makes more links and lists accounts on the command line; a reset link signs everybody out', async () => {
    const ca = readFileSync(appliance.caFile, 'utf8');
    const listed = await appliance.cli('admin', 'list', '--json');
    expect(JSON.parse(listed.stdout)).toMatchObject({ name: 'ana', role: 'admin', provider: 'password' });
    const invite = JSON.parse((await appliance.cli('admin', 'invite', '--role', 'viewer', '--json')).stdout) as { url: string };
    expect(invite.url).toMatch(new RegExp(`^${appliance.consoleUrl}/invite#token=`));
    const reset = await appliance.cli('admin', 'reset', 'ana');
    const { hash } = new URL(reset.stdout.trim());
    const { token, name } = Object.fromEntries(new URLSearchParams(hash.slice(1)));
    expect(name).toBe('ana');
    const ana = openBrowser(ca);
    await ana.visit(`${appliance.consoleUrl}/api/session`, { json: { name: 'ana', password: PASSWORD } });
    const page = await openBrowser(ca).visit(`${appliance.consoleUrl}/api/invite`, {
      json: { token, name, password: 'another long one' },
    });
    expect(page.status).toBe(200);
    expect(json(await ana.visit(`${appliance.consoleUrl}/api/session`)).signedIn).toBe(false);
    expect((await appliance.cli('admin', 'reset', 'nobody')).stderr).toContain('there is no account "nobody"');
  });

  test('writes all of it into the audit log, and no secret', async () => {
    const store = openStore({ data: join(appliance.dir, 'data'), clickhouse: 'embedded' });
    const query = "SELECT * FROM audit_log WHERE action NOT LIKE 'policy.%'";
    const ask = async () => (await store.reader.query({ query, format: 'JSONEachRow' })).json<Record<string, string>>();
    const acts = ['invite.create', 'invite.use', 'account.create', 'account.password', 'session.start'];
    const rows = await until(ask, (found) => acts.every((act) => found.some(({ action }) => action === act)));
    await store.close();
    expect(new Set(rows.map(({ action }) => action))).toEqual(new Set(acts));
    expect(rows.find(({ action }) => action === 'invite.use')).toMatchObject({ outcome: 'denied' });
    expect(JSON.stringify(rows)).not.toMatch(/correct horse|another long|token=/);
  });
});

describe('people of an OpenID provider', () => {
  let appliance: Appliance;
  let provider: IdentityProvider;

  beforeAll(async () => {
    provider = await startIdentityProvider();
    appliance = await startAppliance({
      config: {
        console: {
          oidc: {
            issuer: provider.issuer,
            clientId: CLIENT.id,
            clientSecret: CLIENT.secret,
            scopes: 'openid profile groups',
            groups: { security: 'admin', audit: 'viewer' },
          },
        },
      },
    });
    // Not there yet when somebody tries: it is asked again later.
    const early = await openBrowser().visit(`${appliance.consoleUrl}/api/oidc/start`);
    expect(early.url.search).toBe('?signin=failed');
    provider.register(`${appliance.consoleUrl}/api/oidc/callback`);
    provider.groups.set('cem', ['everyone', 'audit']);
    provider.groups.set('eve', ['everyone']);
  });
  afterAll(async () => {
    await appliance.stop();
    await provider.stop();
  });

  /** From the button of the console to the page after signing in. */
  async function signIn(name: string, browser = openBrowser()): Promise<{ browser: Browser; page: Page }> {
    let page = await browser.visit(`${appliance.consoleUrl}/api/oidc/start`);
    for (const form of [{ prompt: 'login', login: name, password: 'x' }, { prompt: 'consent' }]) {
      const action = /<form[^>]+action="([^"]+)"/.exec(page.text)?.[1];
      if (!action) return { browser, page };
      page = await browser.visit(new URL(action, page.url).href, { form });
    }
    return { browser, page };
  }
  /** As far as the redirect from the provider to the console, which is not followed. */
  async function wayBack(name: string, browser: Browser): Promise<string> {
    let page = await browser.visit(`${appliance.consoleUrl}/api/oidc/start`);
    for (const form of [{ prompt: 'login', login: name, password: 'x' }, { prompt: 'consent' }]) {
      const action = /<form[^>]+action="([^"]+)"/.exec(page.text)?.[1] ?? '';
      page = await browser.visit(new URL(action, page.url).href, { form, hops: form.prompt === 'login' ? 10 : 0 });
    }
    while (!String(page.headers.location).startsWith(appliance.consoleUrl))
      page = await browser.visit(String(page.headers.location), { hops: 0 });
    return String(page.headers.location);
  }
  const session = (browser: Browser) => browser.visit(`${appliance.consoleUrl}/api/session`);

  test('get in with the role of their groups, over a request with PKCE, state and nonce', async () => {
    const { browser, page } = await signIn('cem');
    expect(page.url.href).toBe(`${appliance.consoleUrl}/`);
    expect(userOf(await session(browser))).toEqual({ name: 'cem', role: 'viewer', provider: 'oidc', totp: false });
    const asked = new URL(provider.asked.find((each) => each.startsWith('GET /auth?'))!.slice(4), provider.issuer).searchParams;
    expect(Object.fromEntries(asked)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect([...(browser.cookies.get('127.0.0.1')?.keys() ?? [])]).toEqual(['daylight']);
  });

  test('follow their groups, and are out when none of them is listed any more', async () => {
    provider.groups.set('cem', ['security', 'audit']);
    const first = await signIn('cem');
    expect(userOf(await session(first.browser))).toMatchObject({ role: 'admin' });
    provider.groups.set('cem', []);
    const { page } = await signIn('cem');
    expect(page.url.search).toBe('?signin=refused');
    expect(json(await session(first.browser)).signedIn).toBe(false);
  });

  test('who are in no listed group, or name one that every object has, do not get in', async () => {
    provider.groups.set('mallory', ['constructor', '__proto__', 'toString']);
    for (const name of ['eve', 'mallory']) {
      const { browser, page } = await signIn(name);
      expect([name, page.url.search, json(await session(browser)).signedIn]).toEqual([name, '?signin=refused', false]);
    }
    expect((await appliance.cli('admin', 'list', '--json')).stdout).not.toMatch(/eve|mallory/);
  });

  test('cannot finish what another browser has begun, nor twice, nor with a state of their own', async () => {
    provider.groups.set('ana', ['audit']);
    const browser = openBrowser();
    const to = await wayBack('ana', browser);

    const victim = openBrowser();
    expect((await victim.visit(to)).url.search).toBe('?signin=failed');
    const changed = new URL(to);
    changed.searchParams.set('state', 'of my own');
    const other = openBrowser();
    other.cookies.set('127.0.0.1', new Map(browser.cookies.get('127.0.0.1')));
    expect((await other.visit(changed.href)).url.search).toBe('?signin=failed');
    expect(json(await session(other)).signedIn).toBe(false);

    const kept = new Map(browser.cookies.get('127.0.0.1'));
    expect((await browser.visit(to)).url.href).toBe(`${appliance.consoleUrl}/`);
    expect(json(await session(browser)).signedIn).toBe(true);
    const again = openBrowser();
    again.cookies.set('127.0.0.1', kept);
    expect((await again.visit(to)).url.search).toBe('?signin=failed');
  });

  test('need no first link where a group makes somebody an administrator', async () => {
    expect(existsSync(join(appliance.dir, 'data/admin-invite'))).toBe(false);
    expect(json(await session(openBrowser()))).toMatchObject({ oidc: true, needsSetup: false });
    expect(appliance.log()).not.toContain(CLIENT.secret);
  });

  test('are told when the provider does not answer, and everything else works', async () => {
    const browser = openBrowser();
    const to = await wayBack('ana', browser);
    await provider.stop();
    expect((await browser.visit(to)).url.search).toBe('?signin=failed');
    expect(json(await session(browser)).signedIn).toBe(false);
  });
});

/** What the console shows; verified. */
function certificateOf(port: number, ca: string): Promise<{ subjectaltname: string; issuer: { CN: string } }> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, ca, timeout: 30_000 }, () => {
      const { subjectaltname = '', issuer } = socket.getPeerCertificate();
      socket.end();
      resolve({ subjectaltname, issuer: { CN: String(issuer.CN) } });
    });
    socket.once('error', reject);
  });
}
