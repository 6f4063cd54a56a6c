// The page Coverage and the setup pages in a real Chromium: in light and dark, with what attackers would like to be called, and the one
// click that stops decrypting a host.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { buildUi } from '../../src/console/build-ui.ts';
import { processIdentity } from '../../src/store/process-identity.ts';
import type { ClientCount } from '../../src/store/segment.ts';
import { openSpool } from '../../src/store/spool.ts';
import { type Appliance, startAppliance, until } from './appliance.ts';
import { launchChromium } from './chromium.ts';
import { type WatchedPage, watchPage } from './watched-page.ts';

const MARKUP = '<img src=x onerror="window.hit=1">';
const NASTY = `${MARKUP}=cmd()|\u202etxt.exe\u2066[a](javascript:window.hit=1)`;
const PASSWORD = 'correct horse battery';
const VIEWS = ['Failing', 'Programs', 'People', 'Hosts', 'Ways around', 'Not decrypted'];

let appliance: Appliance;
let browser: Browser;
let watched: WatchedPage | undefined;

/** As if programs with such names had been there. */
async function spoolCounts(): Promise<void> {
  const now = Date.now();
  const row = (part: Partial<ClientCount>): ClientCount => ({
    ...{
      kind: 'client_count',
      ts: Math.floor(now / 3_600_000) * 3_600_000,
      tenant: 'default',
      sensor: 'test',
      n: 3,
      last_ts: now,
    },
    ...{ state: 'covered', who: NASTY, application: NASTY, ja4: 't13d1516h2_8daaf6152771_02713d6af862', dst_host: '' },
    ...part,
  });
  const rows = [
    row({}),
    row({ who: '', dst_host: NASTY }),
    row({ state: 'refused', dst_host: NASTY }),
    row({ state: 'refused', application: 'curl', who: 'ben', dst_host: 'untrusting.example' }),
    row({ state: 'covered', application: 'Node', who: 'cleo' }),
    row({ state: 'refused', application: 'Node', who: 'cleo', dst_host: 'pinned.example' }),
    row({ state: 'relay:ngrok', dst_host: 'x.ngrok.app' }),
    row({ state: NASTY, dst_host: NASTY }),
  ];
  const dir = join(appliance.dir, 'data/spool');
  const spool = openSpool({ dir, writer: processIdentity('test'), onError: (error) => expect.fail(error.message) });
  for (const each of rows) spool.append(each);
  await spool.close();
}

beforeAll(async () => {
  await buildUi();
  const list = `hosts:\n  # kept for the bank\n  - host: bank.example\n    reason: contract\n    owner: ${JSON.stringify(NASTY)}\n    until: '2020-01-01'\n`;
  [appliance, browser] = await Promise.all([startAppliance({ rules: { 'local/passthrough.yml': list } }), launchChromium()]);
  await spoolCounts();
});
afterEach(async () => {
  await watched?.close();
  watched = undefined;
});
afterAll(async () => {
  await browser?.close();
  await appliance?.stop();
});

async function signIn({ page }: WatchedPage, first: boolean): Promise<void> {
  await page.goto(first ? readFileSync(join(appliance.dir, 'data/admin-invite'), 'utf8').trim() : appliance.consoleUrl);
  await page.getByLabel('Name').fill('ana');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  if (first) await page.getByLabel('Password again').fill(PASSWORD);
  await page.getByRole('button', { name: first ? 'Continue' : 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
}

describe.each(['light', 'dark'] as const)('in %s', (scheme) => {
  test('every view shows what programs call themselves as text, and is fit for everybody', async () => {
    watched = await watchPage(browser, { scheme });
    const { page, faults, inspect } = watched;
    await signIn(watched, scheme === 'light');
    const known = async () => page.getByText(MARKUP).count();
    await page.getByRole('navigation').getByRole('link', { name: 'Coverage' }).click();
    await page.getByRole('heading', { level: 1, name: 'Coverage' }).waitFor();
    await until(
      async () => {
        await page.reload();
        await page
          .getByText('What of coverage')
          .or(page.getByRole('heading', { level: 1, name: 'Coverage' }))
          .first()
          .waitFor();
        await page.waitForTimeout(300);
        return known();
      },
      (count) => count > 0,
      20_000,
    );
    for (const view of VIEWS) {
      await page.getByRole('radiogroup', { name: 'What of coverage' }).getByText(view, { exact: true }).click();
      await page.getByText(MARKUP).first().waitFor();
      expect(await page.locator('main img').count(), view).toBe(0);
      expect(await page.evaluate('"hit" in window'), view).toBe(false);
      expect((await page.locator('main').allTextContents()).join(), view).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
      await inspect(view);
    }
    await page.getByText('expired', { exact: true }).waitFor();
    expect(faults).toEqual([]);
  });

  test('the setup page and the test page need no script and are fit for everybody', async () => {
    watched = await watchPage(browser, { scheme });
    const { page, faults, inspect } = watched;
    for (const place of [`${appliance.proxyUrl}/`, `${appliance.consoleUrl}/setup`]) {
      await page.goto(place);
      await page.getByRole('heading', { level: 1, name: 'Set up this client' }).waitFor();
      await inspect(place);
      await page.getByRole('link', { name: 'Test this client' }).click();
      await page.getByRole('heading', { level: 1, name: 'Test this client' }).waitFor();
      await inspect(`${place} test`);
    }
    expect(await page.locator('script').count()).toBe(0);
    expect(faults).toEqual([]);
  });
});

test('a suggested entry is written with one click; comments of the file stay', async () => {
  watched = await watchPage(browser, { scheme: 'light' });
  const { page, faults } = watched;
  await signIn(watched, false);
  await page.goto(`${appliance.consoleUrl}/coverage`);
  const row = page.getByRole('row').filter({ hasText: 'pinned.example' });
  await row.getByRole('button', { name: /^Do not decrypt until/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Do not decrypt it' }).click();
  await page.getByText('pinned.example is not decrypted any more.').waitFor();
  const file = readFileSync(join(appliance.rulesDir, 'local/passthrough.yml'), 'utf8');
  expect(file).toMatch(
    /# kept for the bank\n.*host: bank\.example[\s\S]*host: pinned\.example\n\s+reason: Node refuses.*\n\s+owner: ana\n\s+until: /,
  );
  const untrusting = page.getByRole('row').filter({ hasText: 'untrusting.example' });
  expect(await untrusting.getByRole('link', { name: 'Set it up' }).getAttribute('href')).toBe('/setup');
  expect(faults).toEqual([]);
});
