import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { INSTALL_DIR } from '../../src/config.ts';

const launcher = join(INSTALL_DIR, 'bin/daylight');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'daylight-launcher-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function launch(file: string, options: { cwd?: string; path?: string } = {}) {
  const env = { PATH: options.path ?? '/usr/bin:/bin' };
  return spawnSync(file, ['version', '--json'], { cwd: options.cwd ?? folder, env, encoding: 'utf8' });
}

/** A checkout without the pinned Node, whose PATH has a `node` that says it is `version`. */
function checkoutWithNode(version: string): { bin: string; path: string } {
  mkdirSync(join(folder, 'bin'));
  mkdirSync(join(folder, 'path'));
  const bin = join(folder, 'bin/daylight');
  spawnSync('cp', [launcher, bin]);
  const node = join(folder, 'path/node');
  writeFileSync(node, `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; else echo "started $*"; fi\n`);
  chmodSync(node, 0o755);
  return { bin, path: `${join(folder, 'path')}:/usr/bin:/bin` };
}

test('it runs on Node 24 from any folder, whatever node is on PATH', () => {
  const result = launch(launcher);
  expect(result.status).toBe(0);
  expect(JSON.parse(result.stdout).node).toMatch(/^24\./);
});

test('it finds its own folder through relative and absolute symbolic links', () => {
  mkdirSync(join(folder, 'links'));
  symlinkSync(launcher, join(folder, 'absolute'));
  symlinkSync('../absolute', join(folder, 'links/relative'));
  expect(launch(join(folder, 'links/relative'), { cwd: '/' }).status).toBe(0);
  expect(launch('links/relative').status).toBe(0);
});

test.each(['v24.11.0', 'v24.21.3', 'v25.0.0', 'v26.1.0'])('without the pinned Node, %s on PATH will do', (version) => {
  const { bin, path } = checkoutWithNode(version);
  const result = launch(bin, { path });
  expect(result.stdout).toMatch(/^started .*src\/main\.ts version --json/);
});

test.each(['v20.20.2', 'v24.10.9', 'v9.99.0'])('without the pinned Node, %s on PATH is refused with the way out', (version) => {
  const { bin, path } = checkoutWithNode(version);
  const result = launch(bin, { path });
  expect(result.status).toBe(1);
  expect(result.stderr).toContain(`needs Node 24.11 or later; found: ${version}`);
  expect(result.stderr).toContain('npm ci');
});

test('a pinned Node that cannot start here (musl) is passed over', () => {
  const { bin, path } = checkoutWithNode('v24.12.0');
  const cpu = process.arch;
  mkdirSync(join(folder, `node_modules/node-${process.platform}-${cpu}/bin`), { recursive: true });
  const pinned = join(folder, `node_modules/node-${process.platform}-${cpu}/bin/node`);
  writeFileSync(pinned, '#!/no/such/interpreter\n');
  chmodSync(pinned, 0o755);
  expect(launch(bin, { path }).stdout).toMatch(/^started /);
});
