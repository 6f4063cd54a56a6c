// How long somebody waits for the overview: from opening its address to the headline numbers, in a real Chromium over loopback, with an empty
// cache and with a full one; beside a page of the same server that has nothing on it.

import { setTimeout as sleep } from 'node:timers/promises';
import type { BrowserContext, Page } from 'playwright-core';
import { launchChromium } from '../../test/e2e/chromium.ts';
import { percentile } from '../statistics.ts';
import type { EngineFigure, Values } from './figure.ts';
import { type Appliance, withAppliance } from './live.ts';

const RUNS = 20;
const WARMUP = 2;
const WAIT_MS = 15_000;
const POLL_MS = 50;
const COLD = 'overview, empty cache';
const WARM = 'overview, full cache';
const BLANK = 'a page with one word';
/** Notes the moment at which what is waited for has been drawn. */
const NOTE = `
  const look = () => document.querySelector('[aria-label="Headline numbers"]') || location.pathname === '/healthz'
    ? requestAnimationFrame(() => setTimeout(() => { window.drawn = performance.now(); }))
    : requestAnimationFrame(look);
  requestAnimationFrame(look);
`;

export const paint: EngineFigure = {
  kind: 'engine',
  name: 'paint',
  title: 'First useful paint of the console: from the address to the headline numbers, Chromium over loopback',
  columns: [
    { key: 'p50', label: 'median ms', digits: 0 },
    { key: 'p95', label: 'p95 ms', digits: 0 },
    { key: 'times', label: 'x the empty page', digits: 1 },
  ],
  limits: [COLD, WARM].map((name) => ({
    text: `${name}: at most 1 s (median)`,
    holds: (values) => (values[name] ?? Number.NaN) <= 1_000,
  })),
  measure: (effort) => withAppliance((appliance) => measurePaint(appliance, Math.max(3, Math.ceil(RUNS * effort)))),
};

async function measurePaint({ console: { url }, cookie }: Appliance, runs: number) {
  const browser = await launchChromium();
  try {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const [name = '', value = ''] = cookie.split('=');
    await context.addCookies([{ name, value, url }]);
    const blank = await timesOf(context, `${url}/healthz`, runs, false);
    const cold = await timesOf(context, `${url}/`, runs, true);
    const warm = await timesOf(context, `${url}/`, runs, false);
    const empty = percentile(blank, 50);
    const row = (title: string, times: readonly number[]): { name: string; version: string; rounds: Values[] } => {
      const p50 = percentile(times, 50);
      return { name: title, version: '', rounds: [{ p50, p95: percentile(times, 95), times: p50 / empty }] };
    };
    return [row(COLD, cold), row(WARM, warm), row(BLANK, blank)];
  } finally {
    await browser.close();
  }
}

/** The page's policy forbids waiting inside it with a text that becomes code. */
async function drawnAt(page: Page): Promise<number> {
  for (const deadline = Date.now() + WAIT_MS; Date.now() < deadline; await sleep(POLL_MS)) {
    const drawn = (await page.evaluate('window.drawn ?? 0')) as number;
    if (drawn > 0) return drawn;
  }
  throw new Error(`${page.url()} was not drawn within ${WAIT_MS / 1_000} s`);
}

/** Milliseconds of each run. */
async function timesOf(context: BrowserContext, address: string, runs: number, isEmpty: boolean): Promise<number[]> {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await page.addInitScript(NOTE);
  const times: number[] = [];
  for (let run = -WARMUP; run < runs; run++) {
    if (isEmpty) await session.send('Network.clearBrowserCache');
    await page.goto(address, { waitUntil: 'commit' });
    const drawn = await drawnAt(page);
    if (run >= 0) times.push(drawn);
  }
  await page.close();
  return times;
}
