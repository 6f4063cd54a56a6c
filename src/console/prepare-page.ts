// Sees to it that the page is there when an appliance starts, without keeping the appliance waiting: what was built last is served at once; if
// its sources have changed, a process beside builds it again, and the new one takes over.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Log } from '../log.ts';
import { isUiCurrent, UI_FOLDER } from './build-ui.ts';
import { createPage, type Page } from './static.ts';

export interface PreparedPage {
  page: Page;
  /** Ends a build that is under way. */
  stop(): Promise<void>;
}

export function preparePage(log: Log): PreparedPage {
  const page = createPage(UI_FOLDER);
  const loaded = page.load();
  if (loaded && isUiCurrent()) return { page, stop: async () => {} };
  const started = Date.now();
  log.info(loaded ? 'the page of the console is built again' : 'the page of the console is being built');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'build-ui.ts')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4_000);
  });
  const ended = once(child, 'close').then(
    ([code]) => {
      if (child.killed) return;
      if (code === 0 && page.load()) log.info({ ms: Date.now() - started }, 'the page of the console is ready');
      else {
        page.fail();
        log.error({ code, said: said.trim() }, 'the page of the console could not be built; try: npm run build:console');
      }
    },
    (error: unknown) => {
      page.fail();
      log.error({ err: error }, 'the page of the console could not be built');
    },
  );
  return {
    page,
    async stop() {
      if (child.exitCode === null) child.kill('SIGTERM');
      await ended;
    },
  };
}
