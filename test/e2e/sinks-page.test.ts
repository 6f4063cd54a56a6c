// The page *Sinks* in a real Chromium, over a real appliance: one sink that delivers, one whose receiver is down, and a test of each.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildUi } from '../../src/console/build-ui.ts';
import { type Appliance, startAppliance } from './appliance.ts';
import { launchChromium } from './chromium.ts';
import { watchPage } from './watched-page.ts';

let appliance: Appliance;
let browser: Browser;

beforeAll(async () => {
  await buildUi();
  [appliance, browser] = await Promise.all([
    startAppliance({
      config: {
        sinks: [
          { name: 'archive', type: 'file', path: './out/events.ndjson' },
          { name: 'siem', type: 'webhook', url: 'http://127.0.0.1:9/hook', allowPrivate: true },
        ],
      },
    }),
    launchChromium(),
  ]);
});
afterAll(async () => {
  await browser?.close();
  await appliance?.stop();
});

test('shows how each sink does, and tries one out', async () => {
  const { page, faults, inspect, close } = await watchPage(browser, { scheme: 'light' });
  await page.goto(readFileSync(join(appliance.dir, 'data/admin-invite'), 'utf8').trim());
  await page.getByLabel('Name').fill('ana');
  await page.getByLabel('Password', { exact: true }).fill('correct horse battery');
  await page.getByLabel('Password again').fill('correct horse battery');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('navigation').getByRole('link', { name: 'Sinks' }).click();
  await page.getByRole('heading', { level: 1, name: 'Sinks' }).waitFor();
  await page.getByRole('row').filter({ hasText: 'siem' }).filter({ hasText: 'failing' }).waitFor();
  await inspect('the list');
  await page.getByRole('row').filter({ hasText: 'archive' }).click();
  await page.getByRole('button', { name: 'Send a test event' }).click();
  await page.getByRole('status').filter({ hasText: 'Accepted after' }).waitFor();
  await page.getByRole('button', { name: 'Send dead letters again' }).click();
  await page.getByRole('status').filter({ hasText: 'There are no dead letters' }).waitFor();
  await inspect('a sink that delivers');
  await page.keyboard.press('Escape');
  await page.getByRole('row').filter({ hasText: 'siem' }).click();
  await page.getByRole('button', { name: 'Send a test event' }).click();
  await page.getByRole('status').filter({ hasText: 'nothing listens at http://127.0.0.1:9' }).waitFor();
  await page.getByRole('heading', { name: 'Why it fails' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('navigation').getByRole('link', { name: 'Overview' }).click();
  await page.getByText('1 of 2 failing').waitFor();
  expect(faults).toEqual([]);
  await close();
});
