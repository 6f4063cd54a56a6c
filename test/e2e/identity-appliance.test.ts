// Who is who in a running appliance: tokens by the command line, groups in policy, real clients that are asked for a token, lists of
// addresses that change.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildUi } from '../../src/console/build-ui.ts';
import type { StoredEvent } from '../../src/store/rows.ts';
import { type Appliance, run, startAppliance, until } from './appliance.ts';
import { launchChromium } from './chromium.ts';
import { ASKED, type AskedWay } from './clients/asked-clients.ts';
import type { ClientReport } from './clients/mcp-clients.ts';
import { sessionServer } from './servers/session-server.ts';
import { serveTls, type TestServer } from './servers/tls-server.ts';
import { watchPage } from './watched-page.ts';

let appliance: Appliance;
let tools: TestServer;
let page: TestServer;
const plain = createServer((_request, response) => response.end('plain'));
let plainUrl: string;

const GROUPS = 'groups:\n  engineering:\n    users: [Bob]\n    groups: [platform]\n';

beforeAll(async () => {
  appliance = await startAppliance({
    config: { identity: { require: true, addresses: [{ file: 'users.csv' }] } },
    rules: { 'local/modes.yml': 'default: block\nmodes: []\n', 'local/groups.yml': GROUPS },
  });
  tools = await serveTls(appliance, 'tools.localhost', sessionServer('tools', { json: true }));
  page = await serveTls(appliance, 'page.localhost', (_request, response) => response.end('here'));
  await new Promise<void>((done) => plain.listen(0, '127.0.0.1', done));
  plainUrl = `http://plain.localhost:${(plain.address() as AddressInfo).port}/`;
  const approved = `servers:\n  - url: ${tools.origin}/mcp\n    groups: [engineering]\n    owner: it@example.com\n`;
  writeFileSync(join(appliance.rulesDir, 'local/approved.yml'), approved);
  await appliance.inForce();
});
afterAll(async () => {
  tools?.close();
  page?.close();
  plain.close();
  await appliance?.stop();
});

interface Issued {
  id: string;
  token: string;
  proxy: string;
}

async function issue(user: string, ...more: string[]): Promise<Issued> {
  const { stdout, stderr, code } = await appliance.cli('tokens', 'proxy', 'issue', '--user', user, '--json', ...more);
  expect([stderr, code]).toEqual(['', 0]);
  return JSON.parse(stdout) as Issued;
}

const wayOf = (user: string, password: string): AskedWay => ({
  proxyUrl: appliance.proxyUrl,
  user,
  password,
  caFile: appliance.caFile,
});
const curl = ASKED[0]!;
const node = ASKED.find(({ name }) => name.startsWith('Node'))!;

/** The real SDK, configured by the environment, with the token of one user. */
async function session(user: string, token: string): Promise<ClientReport> {
  const proxy = appliance.proxyUrl.replace('://', `://${encodeURIComponent(user)}:${token}@`);
  const program = join(import.meta.dirname, 'clients/mcp-clients.ts');
  const env = {
    ...process.env,
    HTTPS_PROXY: proxy,
    NODE_USE_ENV_PROXY: '1',
    NODE_EXTRA_CA_CERTS: appliance.caFile,
    NODE_OPTIONS: '',
  };
  const { stdout, stderr } = await run(process.execPath, [program, `sdk1=${tools.origin}/mcp`], { env });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as ClientReport;
}

describe('clients that are asked for a token', () => {
  let ann: Issued;
  beforeAll(async () => {
    ann = await issue('ann@corp.example', '--groups', 'sales, emea');
    await until(
      async () => node.ask(page.origin, wayOf('ann@corp.example', ann.token)),
      (answer) => answer === '200',
    );
  });

  for (const client of ASKED) {
    it.runIf(client.present)(
      `${client.name} gets through with one, and reads 407 without`,
      async () => {
        for (const url of client.slow ? [page.origin] : [page.origin, plainUrl]) {
          expect([url, await client.ask(url, wayOf('ann@corp.example', ann.token))]).toEqual([url, '200']);
          expect(await client.ask(url, wayOf('', ''))).toMatch(/407|Proxy Authentication Required|000/);
        }
        if (client.slow) return;
        expect(await client.ask(page.origin, wayOf('ann@corp.example', 'letmein'))).toMatch(
          /407|Proxy Authentication Required|000/,
        );
      },
      20_000,
    );
  }

  it.runIf(curl.present)('read the pages of the appliance without one: they tell how to get it', async () => {
    expect(await curl.ask('http://daylight.internal/', wayOf('', ''))).toBe('200');
  });

  it('are in the events with user and groups; the token is nowhere', async () => {
    const events = await appliance.events((all) =>
      all.some(({ dst_host, user_id }) => dst_host === 'page.localhost' && user_id !== ''),
    );
    const event = events.find(({ dst_host, user_id }) => dst_host === 'page.localhost' && user_id !== '');
    expect(event).toMatchObject({ user_id: 'ann@corp.example', user_groups: ['sales', 'emea'], user_source: 'proxy-auth' });
    expect(JSON.stringify(events) + appliance.log()).not.toContain(ann.token);
    const { stdout } = await appliance.cli('tokens', 'proxy', 'list', '--json', '--user', 'ANN@corp.example');
    expect(JSON.parse(stdout)).toMatchObject({ id: ann.id, groups: ['sales', 'emea'] });
    expect(stdout).not.toContain(ann.token);
  });
});

describe('an approval for a group', () => {
  it('lets those in that have it from their token or from groups.yml, and blocks others in words', async () => {
    const [ann, bob, cem] = [
      await issue('ann', '--groups', 'platform'),
      await issue('bob'),
      await issue('cem', '--groups', 'sales'),
    ];
    // The last one that was made is known last.
    await until(
      async () => curl.ask(page.origin, wayOf('cem', cem.token)),
      (answer) => answer === '200',
    );
    const [of1, of2, of3] = await Promise.all([session('ann', ann.token), session('bob', bob.token), session('cem', cem.token)]);
    expect([of1, of2]).toMatchObject([
      { ok: true, text: 'echo: hello' },
      { ok: true, text: 'echo: hello' },
    ]);
    expect(of3).toMatchObject({ ok: false, text: expect.stringContaining('Blocked by Daylight') });
    const has = (user: string, wanted: string) => (all: StoredEvent[]) =>
      all.some(({ user_id, traffic }) => user_id === user && traffic === wanted);
    const wanted = [has('ann', 'approved'), has('bob', 'approved'), has('cem', 'shadow')];
    const mine = await appliance.events((all) => wanted.every((holds) => holds(all)));
    const seen = mine.filter(({ dst_host }) => dst_host === 'tools.localhost');
    const judged = seen.filter(({ traffic }) => traffic !== 'none').map(({ user_id, traffic }) => `${user_id} ${traffic}`);
    expect(new Set(judged)).toEqual(new Set(['ann approved', 'bob approved', 'cem shadow']));
    expect(seen.find(({ user_id }) => user_id === 'cem')?.user_groups).toEqual(['sales']);
    const simulated = await appliance.cli('simulate', '--mode', 'block', '--since', '1d', '--json');
    expect(simulated.stdout).toContain('cem');
  });
});

async function readyWorkers(): Promise<number> {
  const answer = (await (await fetch(`${appliance.consoleUrl}/readyz`)).json()) as { workers: number };
  return answer.workers;
}

describe('a token that is revoked', () => {
  it('counts no more at once, in no worker; a worker that comes later knows it, too', async () => {
    const { id, token } = await issue('dan');
    const way = wayOf('dan', token);
    await until(
      async () => curl.ask(page.origin, way),
      (answer) => answer === '200',
    );
    const { stdout, code } = await appliance.cli('tokens', 'proxy', 'revoke', id, '--json');
    expect([JSON.parse(stdout), code]).toEqual([{ revoked: [id] }, 0]);
    // The kernel hands connections to both workers.
    const six = async (way: AskedWay) => {
      const answers = new Set<string>();
      for (let time = 0; time < 6; time++) answers.add(await curl.ask(page.origin, way));
      return [...answers].join();
    };
    await until(
      () => six(way),
      (answers) => !answers.includes('200'),
      5_000,
    );
    const kept = wayOf('eve', (await issue('eve')).token);
    await until(
      () => six(kept),
      (answers) => answers === '200',
    );
    const [first = 0] = appliance.workers();
    process.kill(first, 'SIGKILL');
    await until(
      async () => appliance.log().includes('a proxy worker died') && (await readyWorkers()),
      (workers) => workers === 2,
    );
    await until(
      () => six(kept),
      (answers) => answers === '200',
    );
    expect(await six(way)).not.toContain('200');
    const again = await appliance.cli('tokens', 'proxy', 'revoke', id);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('there is no proxy token')]);
  });
});

describe('a list of addresses', () => {
  it('is followed while it changes; one that is broken is said with its line, and the one before stays', async () => {
    const file = join(appliance.dir, 'users.csv');
    const asked = () => curl.ask(plainUrl, wayOf('', ''));
    expect(await asked()).toBe('407');
    writeFileSync(file, 'address,user,device\n127.0.0.1,eve,eve-laptop\n');
    await until(asked, (answer) => answer === '200');
    await appliance.events((all) =>
      all.some(
        ({ user_id, device_id, user_source }) => `${user_id} ${device_id} ${user_source}` === 'eve eve-laptop address-map',
      ),
    );
    writeFileSync(file, 'address,user,device\n127.0.0.1,mallory,x\nnonsense,eve,x\n');
    await until(
      async () => appliance.log(),
      (log) => log.includes('users.csv: line 3: names no address or network'),
    );
    expect(await asked()).toBe('200');
    const check = await appliance.cli('check', '--json');
    expect(JSON.parse(check.stdout)).toMatchObject({
      ok: true,
      warnings: expect.arrayContaining([expect.stringContaining('users.csv: line 3')]),
    });
    writeFileSync(file, 'address,user,device\n');
    await until(asked, (answer) => answer === '407');
  });
});

describe('the page of proxy tokens', () => {
  it.each(['light', 'dark'] as const)(
    'makes one that works, shows it once, and revokes it, in %s',
    async (scheme) => {
      await buildUi();
      const browser = await launchChromium();
      const watched = await watchPage(browser, { scheme });
      try {
        const { page, faults, inspect } = watched;
        const link = join(appliance.dir, 'data/admin-invite');
        const first = existsSync(link);
        await page.goto(first ? readFileSync(link, 'utf8').trim() : appliance.consoleUrl);
        await page.getByLabel('Name').fill('ana');
        await page.getByLabel('Password', { exact: true }).fill('correct horse battery');
        if (first) await page.getByLabel('Password again').fill('correct horse battery');
        await page.getByRole('button', { name: first ? 'Continue' : 'Sign in' }).click();
        await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
        await page.goto(`${appliance.consoleUrl}/settings?view=proxy`);
        await page.getByText('There is no proxy token').waitFor();
        await inspect('proxy tokens, none');
        await page.getByRole('button', { name: 'New token …' }).click();
        const dialog = page.getByRole('dialog');
        await dialog.getByLabel('What it is for').fill(`laptop in ${scheme}`);
        await inspect('a new proxy token');
        await dialog.getByRole('button', { name: 'Make it' }).click();
        const token = ((await dialog.getByLabel('Proxy token', { exact: true }).textContent()) ?? '').trim();
        const environment = await dialog.getByLabel('Environment of a program').textContent();
        const { host } = new URL(appliance.proxyUrl);
        expect(environment).toContain(`export HTTPS_PROXY=http://ana:${token}@${host}`);
        await inspect('a proxy token, once');
        await until(
          async () => curl.ask(plainUrl, wayOf('ana', token)),
          (answer) => answer === '200',
        );
        await dialog.getByRole('button', { name: 'I have it' }).click();
        const row = page.getByRole('row').filter({ hasText: `laptop in ${scheme}` });
        await row.waitFor();
        expect(await page.content()).not.toContain(token);
        await inspect('proxy tokens');
        await row.getByRole('button', { name: `Revoke laptop in ${scheme}` }).click();
        await page.getByRole('dialog').getByRole('button', { name: 'Revoke it' }).click();
        await page.getByText('There is no proxy token').waitFor();
        await until(
          async () => curl.ask(plainUrl, wayOf('ana', token)),
          (answer) => answer === '407',
        );
        expect(faults).toEqual([]);
      } finally {
        await watched.close();
        await browser.close();
      }
    },
    60_000,
  );
});
