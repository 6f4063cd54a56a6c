// A page of the console in a real browser, watched for what should never happen: messages of errors, exceptions, requests that fail or
// are refused, and what keeps people with disabilities out.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';

export interface WatchedPage {
  page: Page;
  /** What went wrong up to now. */
  faults: string[];
  /** Has axe look at the page as it is; what it finds serious or critical becomes a fault. @param where names the page in it */
  inspect(where: string): Promise<void>;
  close(): Promise<void>;
}

const WAIT_MS = 30_000;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export async function watchPage(
  browser: Browser,
  { scheme, viewport = { width: 1280, height: 800 } }: { scheme: 'light' | 'dark'; viewport?: { width: number; height: number } },
): Promise<WatchedPage> {
  const context = await browser.newContext({
    viewport,
    colorScheme: scheme,
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'UTC',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT_MS);
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(`exception: ${error.stack ?? error.message}`));
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    faults.push(`console: ${message.text()} ${message.location().url}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) faults.push(`${response.status()}: ${response.url()}`);
  });
  page.on('requestfailed', (request) => {
    // The page itself gives up what it asked for when somebody goes elsewhere.
    const why = request.failure()?.errorText ?? '';
    if (why !== 'net::ERR_ABORTED') faults.push(`${why}: ${request.url()}`);
  });

  async function inspect(where: string): Promise<void> {
    // Past the page's Content-Security-Policy, which lets no text become code.
    const session = await context.newCDPSession(page);
    const ask = async (expression: string) =>
      (await session.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })).result.value as unknown;
    if (!(await ask('typeof axe === "object"'))) await ask(`${AXE};0`);
    const found = (await ask(
      `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, help, nodes }) => id + ': ' + help + ': ' + nodes.slice(0, 3).map(({ html, failureSummary }) =>
          html.slice(0, 300) + ' (' + failureSummary + ')').join('; ')))`,
    )) as string[];
    await session.detach();
    faults.push(...found.map((what) => `axe, ${where}: ${what}`));
  }

  return { page, faults, inspect, close: () => context.close() };
}
