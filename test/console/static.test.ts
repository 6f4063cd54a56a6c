import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPage } from '../../src/console/static.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'daylight-page-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function build(): void {
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><meta property="csp-nonce" nonce="{nonce}"><title>Daylight</title>');
  writeFileSync(join(folder, 'build.json'), '{}');
  for (const name of ['index-abc.js', 'index-abc.css']) {
    writeFileSync(join(folder, 'assets', name), `plain ${name}`);
    writeFileSync(join(folder, 'assets', `${name}.br`), 'as br');
    writeFileSync(join(folder, 'assets', `${name}.gz`), 'as gzip');
  }
}

const browser = { accept: 'text/html,*/*' };
const asksFor = (coding: string) => ({ headers: { 'accept-encoding': coding } });

describe('the page before it is built', () => {
  it('says so, and comes back by itself', async () => {
    const page = createPage(folder);
    expect(page.load()).toBe(false);
    expect(page.state()).toBe('building');
    const response = await page.routes.request('/', { headers: browser });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('2');
    expect(await response.text()).toContain('http-equiv="refresh"');
  });

  it('says what to do when it cannot be built', async () => {
    const page = createPage(folder);
    page.fail();
    const response = await page.routes.request('/servers', { headers: browser });
    expect(response.status).toBe(503);
    const text = await response.text();
    expect(text).toContain('npm run build:console');
    expect(text).not.toContain('refresh');
  });
});

describe('the page once it is built', () => {
  it('is there without a restart, even after a build that failed', async () => {
    const page = createPage(folder);
    page.fail();
    build();
    expect(page.load()).toBe(true);
    expect(page.state()).toBe('ready');
    expect((await page.routes.request('/')).status).toBe(200);
  });

  it('is one document for every address, with a nonce of its own each time', async () => {
    build();
    const page = createPage(folder);
    page.load();
    const nonces = await Promise.all(
      ['/', '/activity', '/servers?open=x'].map(async (path) => {
        const response = await page.routes.request(path, { headers: browser });
        expect(response.status).toBe(200);
        const nonce = /nonce="([^"]+)"/.exec(await response.text())?.[1] ?? '';
        expect(response.headers.get('content-security-policy')).toContain(`'nonce-${nonce}'`);
        return nonce;
      }),
    );
    expect(new Set(nonces).size).toBe(3);
  });

  it('is not the answer to programs, or for files that are not there', async () => {
    build();
    const page = createPage(folder);
    page.load();
    for (const [path, accept] of [
      ['/nothing', 'application/json'],
      ['/robots.txt', 'text/html'],
      ['/assets/missing.js', '*/*'],
      ['/assets/../build.json', '*/*'],
      ['/build.json', '*/*'],
    ] as const)
      expect((await page.routes.request(path, { headers: { accept } })).status, path).toBe(404);
  });

  it.each([
    ['br, gzip', 'br', 'as br'],
    ['gzip, deflate', 'gzip', 'as gzip'],
    ['gzip;q=0.5, br;q=0', 'gzip', 'as gzip'],
    ['identity', null, 'plain index-abc.js'],
    ['', null, 'plain index-abc.js'],
  ])('comes in the coding that was asked for: %s', async (accepted, coding, text) => {
    build();
    const page = createPage(folder);
    page.load();
    const response = await page.routes.request('/assets/index-abc.js', asksFor(accepted));
    expect(response.headers.get('content-encoding')).toBe(coding);
    expect(response.headers.get('vary')).toBe('accept-encoding');
    expect(response.headers.get('content-type')).toContain('text/javascript');
    expect(response.headers.get('cache-control')).toContain('immutable');
    expect(await response.text()).toBe(text);
  });
});
