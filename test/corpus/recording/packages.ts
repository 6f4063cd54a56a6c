// Package clients fetching from a registry on loopback: packages of local MCP servers, and others. npm and pip as they are installed.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { labelAs } from './label.ts';
import type { Recording } from './session.ts';

const execute = promisify(execFile);
const kind = (client: string) => ({ transport: 'package-registry', spec: '-', client, server: 'test/corpus' });
const SERVERS = ['@modelcontextprotocol/server-memory', '@acme/mcp-server-orders', 'mcp-server-weather'];
const OTHERS = ['@acme/orders', 'left-trim', 'mcpack'];

/** @throws if npm or pip is missing. */
export async function packageFetches(): Promise<Recording[]> {
  const npm = `npm ${(await execute('npm', ['--version'])).stdout.trim()}`;
  const pip = (await execute('python3', ['-m', 'pip', '--version'])).stdout.split(' ').slice(0, 2).join(' ');
  const npmRegistry = await npmRegistryOf([...SERVERS, ...OTHERS]);
  const origin = 'https://packages.contoso.example';
  const install = (client: string) => labelAs('mcp', 'local-server-package-fetch', kind(client));
  const other = (client: string) => labelAs('not-mcp', 'package-fetch', kind(client));
  return [
    {
      name: 'mcp/npm-install-servers',
      origin,
      listener: npmRegistry,
      talk: (at) => installWithNpm(at, SERVERS),
      label: install(npm),
    },
    { name: 'not-mcp/npm-install', origin, listener: npmRegistry, talk: (at) => installWithNpm(at, OTHERS), label: other(npm) },
    {
      name: 'mcp/pip-download-servers',
      origin,
      listener: simpleIndex,
      talk: (at) => downloadWithPip(at, ['mcp-server-git']),
      label: install(pip),
    },
    {
      name: 'not-mcp/pip-download',
      origin,
      listener: simpleIndex,
      talk: (at) => downloadWithPip(at, ['requests']),
      label: other(pip),
    },
  ];
}

async function installWithNpm(registry: string, names: readonly string[]): Promise<void> {
  await inFolder(async (folder) => {
    const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--ignore-scripts', '--no-progress'];
    const env = {
      ...process.env,
      npm_config_cache: join(folder, 'cache'),
      HOME: folder,
      npm_config_userconfig: join(folder, 'npmrc'),
    };
    await execute('npm', ['install', '--prefix', folder, '--registry', registry, ...quiet, ...names], { env, cwd: folder });
  });
}

/** The index lists a file that is not there: pip asks for both, and gives up. */
async function downloadWithPip(index: string, names: readonly string[]): Promise<void> {
  await inFolder(async (folder) => {
    const args = ['-m', 'pip', 'download', '--no-deps', '--no-cache-dir', '--disable-pip-version-check', '--retries', '0'];
    await execute('python3', [...args, '--index-url', `${index}/simple`, '-d', folder, ...names]).catch(() => undefined);
  });
}

async function npmRegistryOf(names: readonly string[]): Promise<RequestListener> {
  const tarballs = new Map<string, Buffer>();
  for (const name of names) tarballs.set(name, await pack(name));
  return (incoming, outgoing) => {
    const [name = '', file] = decodeURIComponent(incoming.url ?? '')
      .slice(1)
      .split('/-/');
    const tarball = tarballs.get(name);
    if (tarball === undefined) return void outgoing.writeHead(404).end('{}');
    if (file !== undefined) return void outgoing.writeHead(200, { 'content-type': 'application/octet-stream' }).end(tarball);
    const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
    const dist = { tarball: `http://${incoming.headers.host}/${name}/-/package-1.0.0.tgz`, integrity };
    outgoing.writeHead(200, { 'content-type': 'application/vnd.npm.install-v1+json' });
    outgoing.end(
      JSON.stringify({ name, 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': { name, version: '1.0.0', dist } } }),
    );
  };
}

function pack(name: string): Promise<Buffer> {
  return inFolder(async (folder) => {
    mkdirSync(join(folder, 'package'));
    writeFileSync(join(folder, 'package/package.json'), JSON.stringify({ name, version: '1.0.0' }));
    await execute('tar', ['--mtime=2026-11-20', '--owner=0', '--group=0', '-czf', 'package.tgz', 'package'], { cwd: folder });
    return readFileSync(join(folder, 'package.tgz'));
  });
}

const simpleIndex: RequestListener = (incoming, outgoing) => {
  const project = /^\/simple\/([a-z0-9-]+)\/$/.exec(incoming.url ?? '')?.[1];
  if (project === undefined) return void outgoing.writeHead(404).end();
  const file = `${project.replaceAll('-', '_')}-1.0.0-py3-none-any.whl`;
  outgoing.writeHead(200, { 'content-type': 'application/vnd.pypi.simple.v1+json' });
  const files = [{ filename: file, url: `../../files/${file}`, hashes: {} }];
  outgoing.end(JSON.stringify({ meta: { 'api-version': '1.0' }, name: project, files }));
};

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'daylight-record-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
