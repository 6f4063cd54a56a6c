import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { isUiCurrent, UI_FOLDER } from '../../src/console/build-ui.ts';

/** Bytes. */
const MOST_INITIAL = 250_000;

async function build(): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, ['src/console/build-ui.ts'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code] = await once(child, 'close');
  return { code: code as number | null, said };
}

const html = () => readFileSync(join(UI_FOLDER, 'index.html'), 'utf8');
const asset = (path: string) => readFileSync(join(UI_FOLDER, path));
/** Scripts that a browser loads before it shows anything. */
const initial = () => [...html().matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((match) => match[1]!);

describe('the built page', () => {
  beforeAll(async () => {
    const { code, said } = await build();
    expect(code, said).toBe(0);
  }, 120_000);

  it('is current, and building again is nothing', async () => {
    expect(isUiCurrent()).toBe(true);
    expect((await build()).said).toBe('nothing has changed\n');
  });

  it('is built once when two start at the same time', async () => {
    const results = await Promise.all([build(), build()]);
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    expect(readdirSync(join(UI_FOLDER, '..')).filter((name) => name.startsWith('console'))).toEqual(['console']);
  });

  it(`begins with at most ${MOST_INITIAL / 1000} kB of script, compressed with gzip`, () => {
    const scripts = initial();
    expect(scripts.length).toBeGreaterThan(0);
    const bytes = scripts.reduce((sum, path) => sum + asset(`${path}.gz`).length, 0);
    expect(bytes).toBeLessThanOrEqual(MOST_INITIAL);
  });

  it('does not begin with the libraries for charts and calendars', () => {
    for (const path of initial()) {
      const code = asset(path).toString();
      expect(code.includes('zrender'), path).toBe(false);
      expect(code.includes('uplot'), path).toBe(false);
      expect(code.includes('DatePicker'), path).toBe(false);
    }
  });

  it('loads nothing from elsewhere', () => {
    expect(html()).not.toMatch(/(?:src|href)="(?!\/|\.)/);
    const styles = readdirSync(join(UI_FOLDER, 'assets')).filter((name) => name.endsWith('.css'));
    for (const name of styles)
      expect(asset(`assets/${name}`).toString(), name).not.toMatch(/@import|url\(\s*["']?(?:https?:)?\/\//);
  });

  it('runs no script in the text of the document, which its policy would refuse', () => {
    for (const [, attributes = '', code] of html().matchAll(/<script([^>]*)>([^<]*)/g)) {
      expect(attributes).toContain('src=');
      expect(code).toBe('');
    }
    expect(html()).not.toContain('<style');
  });
});
