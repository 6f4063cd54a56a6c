// A real Chromium for tests and screenshots: the program that CHROMIUM names, else the one of the development package
// `@sparticuz/chromium` (Linux on x64), which brings the libraries that it needs. That one is unpacked once, below
// node_modules/.cache, and used from there. It reaches loopback and nothing else.

import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';
import { INSTALL_DIR } from '../../src/config.ts';

interface Program {
  path: string;
  env: NodeJS.ProcessEnv;
}

const UNPACK_MS = 60_000;
const LAUNCH_MS = 20_000;

/** Starts the browser; it ends with `close()`, and with this process. @throws Error that says what to set where there is none */
export async function launchChromium(): Promise<Browser> {
  const { path, env } = await findProgram();
  return chromium.launch({
    executablePath: path,
    env: Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined)),
    timeout: LAUNCH_MS,
    // Namespaces that the sandbox needs are missing in many containers, and only pages of our own appliance are opened.
    chromiumSandbox: false,
    args: [
      '--disable-gpu',
      '--disable-background-networking',
      '--no-first-run',
      '--font-render-hinting=none',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
    ],
  });
}

async function findProgram(): Promise<Program> {
  const named = process.env.CHROMIUM;
  if (named) return { path: named, env: process.env };
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('there is no packaged Chromium for this machine; set CHROMIUM to the path of one');
  }
  const folder = await unpacked();
  const { LD_LIBRARY_PATH: already } = process.env;
  const libraries = join(folder, 'al2023/lib');
  return {
    path: join(folder, 'chromium'),
    env: {
      ...process.env,
      LD_LIBRARY_PATH: already ? `${libraries}:${already}` : libraries,
      FONTCONFIG_FILE: join(folder, 'fonts.conf'),
    },
  };
}

/** The folder with the unpacked program. Two processes may unpack at once: the one that is late uses the other's. */
async function unpacked(): Promise<string> {
  const main = createRequire(import.meta.url).resolve('@sparticuz/chromium');
  const { version } = JSON.parse(readFileSync(join(dirname(main), '../package.json'), 'utf8')) as { version: string };
  const cache = join(INSTALL_DIR, 'node_modules/.cache');
  const folder = join(cache, `chromium-${version}`);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(join(cache, 'chromium-unpacking-'));
  try {
    // The package unpacks into the folder for temporary files, and its libraries only where it believes to be in AWS Lambda.
    const unpack = 'const { default: it } = await import("@sparticuz/chromium"); await it.executablePath()';
    await promisify(execFile)(process.execPath, ['--input-type=module', '-e', unpack], {
      cwd: INSTALL_DIR,
      env: { ...process.env, TMPDIR: fresh, AWS_LAMBDA_JS_RUNTIME: 'nodejs24.x' },
      timeout: UNPACK_MS,
    });
    writeFileSync(join(fresh, 'fonts.conf'), fontsOf(folder));
    renameSync(fresh, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return folder;
}

/** The package's font, and those of the machine for what it lacks. */
function fontsOf(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(folder, 'fonts')}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${join(folder, 'font-cache')}</cachedir>
  <alias><family>sans-serif</family><prefer><family>Open Sans</family></prefer></alias>
  <alias><family>system-ui</family><prefer><family>Open Sans</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>
`;
}
