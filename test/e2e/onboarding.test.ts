// A fresh client is set up by the setup page alone: its snippets are taken from the page and run as they stand there, by the programs
// that this machine has. Then the page Coverage knows who came through, and who did not trust the CA.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Coverage } from '../../src/console/api/shapes.ts';
import { openCa } from '../../src/proxy/ca.ts';
import { type Appliance, type Ran, run, startAppliance, until } from './appliance.ts';
import { keyPairFor } from './servers/key-pair.ts';
import { serveTls, type TestServer } from './servers/tls-server.ts';

const PYTHON = tryRun('python3', ['-c', 'import sys; print(sys.executable)']);
const HAS_REQUESTS = PYTHON !== undefined && tryRun(PYTHON, ['-c', 'import requests']) !== undefined;
const JAVAC = tryRun('javac', ['-version']);
const JAVA_CLIENT = `import java.net.URI;
import java.net.http.*;
public class Client {
  public static void main(String[] args) throws Exception {
    HttpClient client = HttpClient.newHttpClient();
    System.out.print(client.send(HttpRequest.newBuilder(URI.create(args[0])).build(), HttpResponse.BodyHandlers.ofString()).body());
  }
}
`;

let appliance: Appliance;
let server: TestServer;
let home: string;
let page: string;
let cookie: string;
let csrf: string;

function tryRun(program: string, args: string[]): string | undefined {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  } catch {
    return undefined;
  }
}

/** A snippet of the setup page, as a person would copy it. */
function snippet(id: string): string {
  const found = new RegExp(`<code id="${id}"[^>]*>([^<]*)</code>`).exec(page)?.[1];
  if (found === undefined) throw new Error(`the page has no snippet ${id}`);
  return found
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

/** Runs lines of shell on a machine that knows nothing of Daylight but its home folder. */
function shell(...lines: string[]): Promise<Ran> {
  const path = [dirname(process.execPath), ...(PYTHON ? [dirname(PYTHON)] : []), '/usr/local/bin', '/usr/bin', '/bin'].join(':');
  return run('bash', ['-c', ['set -e', ...lines].join('\n')], { env: { PATH: path, HOME: home } });
}

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${appliance.consoleUrl}/api${path}`, {
    method,
    headers: { cookie, 'x-csrf-token': csrf, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function coverage(): Promise<Coverage> {
  const response = await call('GET', '/coverage');
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as Coverage;
}

beforeAll(async () => {
  appliance = await startAppliance({ config: { store: { benign: 'count' } } });
  // Not 127.0.0.1: programs do not use a proxy for that. Clients send no server name for an address.
  const tls = await keyPairFor(await openCa({ dir: appliance.serversCaDir }), '127.0.0.2');
  const answer: RequestListener = (_request, response) => {
    response.setHeader('alt-svc', 'h3=":443"; ma=86400');
    response.end('reached');
  };
  server = await serveTls(appliance, '127.0.0.2', answer, { address: '127.0.0.2', tls });
  home = mkdtempSync(join(tmpdir(), 'daylight-home-'));
  page = await (await fetch(`${appliance.proxyUrl}/`)).text();
  const link = new URL(readFileSync(join(appliance.dir, 'data/admin-invite'), 'utf8').trim());
  const token = new URLSearchParams(link.hash.slice(1)).get('token');
  const signedIn = await fetch(`${appliance.consoleUrl}/api/invite`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token, name: 'ana', password: 'correct horse battery' }),
  });
  cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  csrf = ((await signedIn.json()) as { csrf: string }).csrf;
});
afterAll(async () => {
  server?.close();
  await appliance?.stop();
  rmSync(home, { recursive: true, force: true });
});

const TEST = 'https://daylight.internal/test.json';
const TRUSTED = { throughProxy: true, trustsCa: true, client: '127.0.0.1' };

describe('by the setup page alone', () => {
  test('the CA and the bundle are fetched, with the fingerprint that the page shows', async () => {
    const { code, stdout, stderr } = await shell(snippet('get-sh'));
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(page).toContain(stdout.trim().split('=')[1]);
    expect(readFileSync(join(home, '.daylight/ca.crt'), 'utf8')).toBe(readFileSync(appliance.caFile, 'utf8'));
  });

  test('curl gets through and trusts the CA', async () => {
    const { stdout, stderr } = await shell(
      snippet('curl-sh'),
      `curl -fsS ${TEST}`,
      `curl -fsS -D "$HOME/head" ${server.origin}/`,
    );
    expect(stderr).toBe('');
    expect(stdout).toMatch(/"trustsCa":true.*reached/);
    // The server offers HTTP/3, which would lead around the proxy.
    expect(readFileSync(join(home, 'head'), 'utf8')).not.toMatch(/alt-svc/i);
  });

  test('Node gets through and trusts the CA', async () => {
    const script = `for (const url of ['${TEST}', '${server.origin}/']) console.log(await (await fetch(url)).text())`;
    const { stdout, stderr } = await shell(snippet('node-sh'), `node --input-type=module -e "${script}"`);
    expect(stderr).not.toContain('rror');
    expect(JSON.parse(stdout.split('\n')[0] ?? '')).toEqual(TRUSTED);
    expect(stdout).toContain('reached');
  });

  test.runIf(PYTHON)('Python gets through with its own library and trusts the CA', async () => {
    const script = `import urllib.request as u; print(u.urlopen('${TEST}').read().decode()); print(u.urlopen('${server.origin}/').read().decode())`;
    const { stdout, stderr } = await shell(snippet('python-sh'), `"${PYTHON}" -c "${script}"`);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout.split('\n')[0] ?? '')).toEqual(TRUSTED);
    expect(stdout).toContain('reached');
  });

  test.runIf(HAS_REQUESTS)('Python requests gets through and trusts the CA', async () => {
    const script = `import requests; print(requests.get('${TEST}').text); print(requests.get('${server.origin}/').text)`;
    const { stdout, stderr } = await shell(snippet('python-sh'), `"${PYTHON}" -c "${script}"`);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/"trustsCa":true[\s\S]*reached/);
  });

  test.runIf(JAVAC !== undefined)(
    'Java gets through and trusts the CA',
    async () => {
      writeFileSync(join(home, 'Client.java'), JAVA_CLIENT);
      const compiled = await shell(`cd "$HOME"`, 'javac Client.java');
      expect(compiled.code).toBe(0);
      // Java never uses a proxy for 127.*, unless it is told that there is nothing to leave out.
      const { stdout, stderr } = await shell(
        snippet('java-sh'),
        `java -cp "$HOME" Client ${TEST}`,
        `java -Dhttp.nonProxyHosts= -cp "$HOME" Client ${server.origin}/`,
      );
      expect(stderr.replace(/Picked up JAVA_TOOL_OPTIONS.*\n|Certificate was added to keystore\n/g, '')).toBe('');
      expect(stdout).toMatch(/"trustsCa":true.*reached/);
    },
    60_000,
  );

  test('Git takes its settings', async () => {
    const { stdout } = await shell(
      snippet('git-sh'),
      'git config --global --get http.sslCAInfo',
      'git config --global --get http.proxy',
    );
    expect(stdout.split('\n')).toEqual([`${home}/.daylight/bundle.pem`, appliance.proxyUrl, '']);
  });

  test('one line sets up a whole shell', async () => {
    const own = mkdtempSync(join(tmpdir(), 'daylight-home-'));
    const { stdout, stderr } = await shell(
      `export HOME='${own}'`,
      snippet('shell-sh'),
      `curl -fsS ${TEST}`,
      'echo "$NODE_USE_ENV_PROXY"',
    );
    expect(stderr).toBe('');
    expect(stdout).toMatch(/"trustsCa":true.*1\n$/s);
    expect(existsSync(join(own, '.daylight/bundle.pem'))).toBe(true);
    const forged = await shell(
      `export HOME='${own}'`,
      "export DAYLIGHT_FINGERPRINT='00:11'",
      `${snippet('shell-sh')} || echo refused`,
    );
    expect(forged.stdout).toBe('refused\n');
    expect(forged.stderr).toContain('not 00:11; nothing was set');
    rmSync(own, { recursive: true });
  });

  test('what is said without the CA, and without the proxy', async () => {
    const through = await shell(snippet('proxy-sh'), 'curl -fsS http://daylight.internal/test.json');
    expect(JSON.parse(through.stdout)).toEqual({ ...TRUSTED, trustsCa: null });
    expect(await (await fetch(`${appliance.proxyUrl}/test.json`)).json()).toEqual({
      throughProxy: false,
      trustsCa: null,
      client: '127.0.0.1',
    });
    expect(await (await fetch(`${appliance.consoleUrl}/setup/test.json`)).json()).toMatchObject({
      throughProxy: false,
      trustsCa: null,
    });
  });
});

describe('the page Coverage', () => {
  const application = (found: Coverage, name: string) => found.applications.find((each) => each.application === name);

  test('shows the programs that came through', async () => {
    const expected = [
      'curl',
      'Node',
      ...(PYTHON ? ['Python urllib'] : []),
      ...(HAS_REQUESTS ? ['Python requests'] : []),
      ...(JAVAC ? ['Java'] : []),
    ];
    const found = await until(coverage, (now) => expected.every((name) => (application(now, name)?.covered ?? 0) > 0), 30_000);
    for (const name of expected) expect(application(found, name)).toMatchObject({ refused: 0, users: 1 });
    expect(found.hosts.find(({ host }) => host === '127.0.0.2')).toMatchObject({ refused: 0 });
    expect(found.evasion).toContainEqual(expect.objectContaining({ way: 'http3', host: '127.0.0.2', users: [] }));
  });

  test('shows who does not trust the CA, and suggests an entry only where the program trusts it elsewhere', async () => {
    // Each ends with the error of its TLS library.
    const tool = await shell(snippet('proxy-sh'), `curl -sS -A 'strange-tool/1.0' ${server.origin}/ || echo failed`);
    expect(tool.stdout).toBe('failed\n');
    const hostile = await shell(snippet('proxy-sh'), `curl -sS -A '<script>alert(1)</script>' ${server.origin}/ || echo failed`);
    expect(hostile.stdout).toBe('failed\n');
    const curl = await shell(snippet('proxy-sh'), `curl -sS ${server.origin}/ || echo failed`);
    expect(curl.stdout).toBe('failed\n');
    const node = await shell(
      snippet('proxy-sh'),
      'export NODE_USE_ENV_PROXY=1',
      `node -e "fetch('${server.origin}/').catch(() => console.log('failed'))"`,
    );
    expect(node.stdout).toBe('failed\n');

    const found = await until(coverage, ({ failing }) => failing.length >= 4, 30_000);
    const pair = (name: string) => found.failing.find((each) => each.application === name);
    expect(pair('strange-tool')).toMatchObject({
      host: '127.0.0.2',
      cause: 'not-trusting',
      suggestion: null,
      users: ['127.0.0.1'],
    });
    expect(pair('other')).toMatchObject({ cause: 'not-trusting' });
    expect(pair('curl')).toMatchObject({
      cause: 'pinned',
      suggestion: { host: '127.0.0.2', until: expect.stringMatching(/^\d{4}-/) },
    });
    expect(pair('Node')).toMatchObject({ cause: 'pinned' });
    expect(JSON.stringify(found)).not.toContain('<script');
  });

  test('a suggestion is taken up with one click, holds at once, and is in the audit log', async () => {
    const { suggestion } = (await coverage()).failing.find((each) => each.application === 'curl')!;
    const change = { kind: 'passthrough', ...suggestion, owner: 'ana' };
    const response = await call('POST', '/policy/changes', { change, comment: 'for a test' }, { 'if-match': '*' });
    expect(response.status, await response.clone().text()).toBe(200);
    await appliance.inForce();
    const file = readFileSync(join(appliance.rulesDir, 'local/passthrough.yml'), 'utf8');
    expect(file).toContain('host: 127.0.0.2');
    expect((await coverage()).passthrough).toMatchObject([{ host: '127.0.0.2', owner: 'ana', expired: false }]);
    // The certificate is now that of the server itself.
    const passed = await shell(
      snippet('proxy-sh'),
      `curl -sS --cacert '${join(appliance.serversCaDir, 'ca.pem')}' ${server.origin}/`,
    );
    expect(passed.stdout).toBe('reached');
    const acts = async () =>
      ((await (await call('GET', '/audit')).json()) as { items: { action: string; object_id: string }[] }).items;
    await until(
      acts,
      (found) => found.some((act) => act.action === 'policy.add-passthrough' && act.object_id === '127.0.0.2'),
      20_000,
    );
  });

  test('entries are listed, renewed and removed by commands; an expired one is decrypted again and shows in check', async () => {
    const listed = await appliance.cli('passthrough', 'list', '--json');
    expect(JSON.parse(listed.stdout)).toMatchObject({ host: '127.0.0.2', expired: false });
    const renewed = await appliance.cli(
      'passthrough',
      'add',
      '127.0.0.2',
      '--reason',
      'r',
      '--owner',
      'o',
      '--until',
      '2020-01-01',
    );
    expect(renewed.stderr).toBe('');
    await appliance.inForce();
    const check = await appliance.cli('check');
    expect(`${check.stdout}${check.stderr}`).toContain('127.0.0.2 expired on 2020-01-01 and is decrypted again');
    const decrypted = await shell(snippet('curl-sh'), `curl -sS ${server.origin}/`);
    expect(decrypted.stdout).toBe('reached');
    expect((await appliance.cli('passthrough', 'remove', '127.0.0.2')).code).toBe(0);
    const unknown = await appliance.cli('passthrough', 'remove', 'nowhere.example');
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain('"nowhere.example" is not in passthrough.yml');
  });

  test('doctor names the programs that do not trust the CA, tries the way of a client, and ends with status 2', async () => {
    const known = join(appliance.dir, 'known.yaml');
    const listen = (url: string) => new URL(url).host;
    const { proxy, console, ...rest } = parse(readFileSync(join(appliance.dir, 'daylight.yaml'), 'utf8'));
    const ports = {
      proxy: { ...proxy, listen: listen(appliance.proxyUrl) },
      console: { ...console, listen: listen(appliance.consoleUrl) },
    };
    writeFileSync(known, stringify({ ...rest, ...ports }));
    const { stdout, code } = await appliance.cli('doctor', '--json', '--config', known);
    expect(code).toBe(2);
    const findings = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { check: string; state: string; detail: string; fix?: string });
    const find = (check: string) => findings.find((each) => each.check === check);
    expect(find('coverage')).toMatchObject({
      state: 'problem',
      detail: expect.stringContaining('strange-tool at 127.0.0.2'),
      fix: expect.stringContaining('docs/start/clients.md'),
    });
    expect(find('way of a client')).toMatchObject({ state: 'ok' });
    expect(find('appliance')).toMatchObject({ state: 'ok', detail: '2 workers take clients' });
    for (const check of ['clock', 'proxy port', 'other ports', 'sinks', 'ClickHouse', 'data folder'])
      expect(find(check)).toMatchObject({ state: 'ok' });
    for (const { state, detail, fix } of findings) if (state !== 'ok') expect(`${detail} ${fix}`).toMatch(/;|fix|check|set|see/);
  });
});
