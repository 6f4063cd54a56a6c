// `npm run screenshots`: starts an appliance with the sample company of `daylight demo --keep`, signs in, decides a few things as people
// would, and takes a picture of each page for the documentation (docs/images). Fails if a page reports an error, or axe finds something
// serious on it.

import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { companyPolicy } from '../src/cli/demo/sample/company-policy.ts';
import { recordSample, SAMPLE_SENSOR } from '../src/cli/demo/sample/record.ts';
import { INSTALL_DIR, loadConfig } from '../src/config.ts';
import type { ConsoleStatus } from '../src/console/app.ts';
import { buildUi } from '../src/console/build-ui.ts';
import { loadSnapshotSource } from '../src/load.ts';
import { type Appliance, startAppliance, until } from './e2e/appliance.ts';
import { launchChromium } from './e2e/chromium.ts';
import { watchPage } from './e2e/watched-page.ts';

interface Picture {
  name: string;
  path: string;
  schemes?: readonly ('light' | 'dark')[];
  /** What to do before the picture is taken. */
  prepare?(page: Page): Promise<void>;
}

const FOLDER = join(INSTALL_DIR, 'docs/images');
const MAX_BYTES = 250_000;
/** Milliseconds without which charts would be half drawn. */
const SETTLE_MS = 600;
const RANGE = 'from=14d';
const SERVER = 'https://meeting-scribe.example/mcp';

const PICTURES: readonly Picture[] = [
  { name: 'overview', path: `/?${RANGE}`, schemes: ['light', 'dark'] },
  { name: 'activity', path: `/activity?${RANGE}`, schemes: ['light', 'dark'] },
  {
    name: 'evidence',
    path: `/activity?${RANGE}&filter=disposition:blocked`,
    prepare: (page) => page.getByRole('row').nth(1).click(),
  },
  { name: 'findings', path: `/findings?${RANGE}` },
  { name: 'servers', path: `/servers?${RANGE}` },
  { name: 'server', path: `/servers?${RANGE}&open=${encodeURIComponent(SERVER)}` },
  { name: 'rules', path: `/rules?${RANGE}` },
  {
    name: 'simulation',
    path: `/rules?${RANGE}&view=classes`,
    async prepare(page) {
      await page.getByRole('radiogroup', { name: 'Mode of Class hosted' }).getByText('block').click();
      await page.getByText('would have been blocked').first().waitFor();
    },
  },
  { name: 'requests', path: `/requests?${RANGE}` },
  { name: 'policy', path: `/policy?${RANGE}` },
  { name: 'dlp', path: `/dlp?${RANGE}` },
  { name: 'coverage', path: `/coverage?${RANGE}` },
  { name: 'sinks', path: '/sinks' },
  { name: 'users', path: `/users?${RANGE}` },
  { name: 'map', path: `/map?${RANGE}` },
  { name: 'reports', path: `/reports?${RANGE}` },
  { name: 'audit', path: `/audit?${RANGE}` },
  { name: 'settings', path: '/settings' },
];

const wanted = process.argv.slice(2);
const folder = process.env.SCREENSHOTS ?? FOLDER;
const now = Date.now();
await buildUi();
const appliance = await startAppliance({
  config: {
    sensor: SAMPLE_SENSOR,
    store: { excerpts: true, benign: 'count' },
    sinks: [
      { name: 'soc-archive', type: 'file', path: './out/events.ndjson' },
      { name: 'siem', type: 'file', path: './out/siem.cef', format: 'cef', filter: 'traffic:shadow' },
      { name: 'lake', type: 'webhook', url: 'http://127.0.0.1:9/daylight', allowPrivate: true },
    ],
  },
  rules: Object.fromEntries(Object.entries(companyPolicy(now)).map(([name, text]) => [`local/${name}`, text])),
});
try {
  await takeAll(appliance);
} finally {
  await appliance.stop();
}

async function takeAll({ dir, consoleUrl, cli }: Appliance): Promise<void> {
  await recordSample(
    loadConfig({ file: join(dir, 'daylight.yaml'), env: {} }),
    loadSnapshotSource(join(dir, 'rules')).source,
    now,
  );
  const waiting = async () => (await fetch(`${consoleUrl}/readyz`)).json() as Promise<ConsoleStatus>;
  await until(waiting, ({ store }) => store.ready && store.drain.pendingSegments === 0, 60_000);
  const browser = await launchChromium();
  try {
    let link = readFileSync(join(dir, 'data/admin-invite'), 'utf8').trim();
    for (const scheme of ['light', 'dark'] as const) {
      const { page, faults, inspect, close } = await watchPage(browser, { scheme });
      await enter(page, link, scheme === 'light' ? 'amara.obi' : 'ben.hartley');
      if (scheme === 'light') await decideSomeThings(page);
      for (const picture of PICTURES) {
        const { name, schemes = ['light'] } = picture;
        const chosen = wanted.length === 0 ? schemes.includes(scheme) : wanted.includes(name) || wanted.includes('all');
        if (!chosen) continue;
        await take(page, picture, scheme === 'dark' ? `${name}-dark` : name);
        await inspect(name);
      }
      if (faults.length > 0) throw new Error(`pages reported errors:\n${faults.join('\n')}`);
      await close();
      link = (await cli('admin', 'invite')).stdout.trim();
    }
  } finally {
    await browser.close();
  }
}

async function enter(page: Page, link: string, name: string): Promise<void> {
  await page.goto(link);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password', { exact: true }).fill('only for the pictures');
  await page.getByLabel('Password again').fill('only for the pictures');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
}

async function take(page: Page, { path, prepare }: Picture, name: string): Promise<void> {
  await page.goto(new URL(path, page.url()).href);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForLoadState('networkidle', { timeout: 5_000 }).catch(() => undefined);
  await prepare?.(page);
  await page.waitForTimeout(SETTLE_MS);
  const file = join(folder, `${name}.png`);
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: file, animations: 'disabled' });
  const { size } = statSync(file);
  if (size > MAX_BYTES) throw new Error(`${file} has ${size} bytes; ${MAX_BYTES} are the limit`);
  process.stdout.write(`${file} ${Math.round(size / 1024)} kB\n`);
}

/** What an operator would have done by now, with the API that the pages use. */
async function decideSomeThings(page: Page): Promise<void> {
  const ask = async (method: string, path: string, body?: unknown, etag = ''): Promise<Record<string, unknown>> =>
    page.evaluate(
      async ({ method, path, body, etag }) => {
        const { csrf } = (await (await fetch('/api/session')).json()) as { csrf: string };
        const headers = { 'x-csrf-token': csrf, 'content-type': 'application/json', 'if-match': etag };
        const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
        const response = await fetch(`/api${path}`, init);
        const text = await response.text();
        if (!response.ok) throw new Error(`${method} ${path}: ${text}`);
        return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
      },
      { method, path, body, etag },
    );
  const change = async (what: object, comment: string): Promise<void> => {
    const { etag } = await ask('GET', '/policy');
    await ask('POST', '/policy/changes', { change: what, comment }, String(etag));
  };
  const day = (days: number) => new Date(now + days * 86_400_000).toISOString().slice(0, 10);
  await change(
    { kind: 'approve', url: 'https://travel-desk.example/mcp', owner: 'office', groups: ['sales', 'finance'], until: day(90) },
    'no company data, cheaper trains',
  );
  await change({ kind: 'mode', target: 'install', mode: 'log' }, 'we want to know, not to stop');
  for (const [serverKey, owner, note] of [
    ['https://quickdocs-ai.example/mcp', 'security', 'asked the vendor for their processing agreement'],
    ['https://sqlpilot.example/mcp', 'data-team', 'reads the schema only; wait for the new version'],
  ])
    await ask('POST', '/servers/review', { serverKey, state: 'in-review', owner, note });
  const { items } = (await ask('GET', '/findings?from=14d&limit=50')) as { items?: { id: string }[] };
  const notes = [
    { state: 'acknowledged', assignee: 'ben.hartley', note: 'talked to the people; they move to the portal' },
    { state: 'acknowledged', assignee: 'amara.obi', note: 'vendor contacted' },
    { state: 'resolved', assignee: 'amara.obi', note: 'approved for finance' },
  ];
  for (const [index, note] of notes.entries()) {
    const finding = items?.[2 * index + 1];
    if (finding) await ask('PATCH', `/findings/${encodeURIComponent(finding.id)}`, note);
  }
}
