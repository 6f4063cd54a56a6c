// What operators do with an appliance that runs: back it up, restore it elsewhere (and be cut off at it), and collect what support needs.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { finishRestore } from '../../src/backup/put-back.ts';
import { INSTALL_DIR } from '../../src/config.ts';
import { type Appliance, end, run, startAppliance, within } from './appliance.ts';

const PROGRAM = join(INSTALL_DIR, 'bin/daylight');
/** Words that appear nowhere else. */
const SECRETS = {
  metrics: 'PlantedMetricsToken01',
  oidc: 'PlantedOidcSecret02',
  splunk: 'PlantedSplunkToken03',
  webhook: 'PlantedWebhookPath04',
  elastic: 'PlantedElasticPassword05',
  parent: 'PlantedParentPassword06',
  header: 'PlantedHeaderValue07',
  file: 'PlantedPasswordInFile08',
  quoted: 'Planted"Quoted\\Secret09',
};

let appliance: Appliance;
let dir: string;
let backup: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'daylight-operations-'));
  const passwordFile = join(dir, 'password');
  writeFileSync(passwordFile, `${SECRETS.file}\n`, { mode: 0o600 });
  const nobody = 'https://127.0.0.1:9';
  appliance = await startAppliance({
    rules: { 'local/groups.yml': 'groups:\n  engineering: { users: [ada@example.com] }\n' },
    config: {
      metrics: { token: SECRETS.metrics },
      console: { oidc: { issuer: 'https://idp.example', clientId: 'x', clientSecret: SECRETS.oidc, groups: { a: 'admin' } } },
      proxy: {
        upstream: { proxy: { url: 'http://127.0.0.1:9', username: 'u', password: SECRETS.parent, bypass: ['*.localhost'] } },
      },
      sinks: [
        { name: 'a', type: 'splunk', url: nobody, token: SECRETS.splunk },
        { name: 'b', type: 'webhook', url: `${nobody}/services/${SECRETS.webhook}` },
        { name: 'c', type: 'elastic', url: nobody, username: 'u', password: SECRETS.elastic },
        { name: 'd', type: 'elastic', url: nobody, username: 'u', passwordFile },
        {
          name: 'e',
          type: 'otlp',
          url: `${nobody}/v1/logs`,
          headers: { 'x-tenant': SECRETS.header },
          token: SECRETS.quoted.replaceAll('\\', ''),
        },
      ],
    },
  });
  backup = join(dir, 'backup.tar.gz');
});

afterAll(async () => {
  await appliance?.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** The files of another machine, where nothing has run yet. */
function machine(name: string): { at: string; file(path: string): string; daylight(...args: string[]): ReturnType<typeof run> } {
  const at = join(dir, name);
  mkdirSync(at);
  cpSync(join(INSTALL_DIR, 'rules'), join(at, 'rules'), { recursive: true, filter: (file) => !/rules\/local\//.test(file) });
  mkdirSync(join(at, 'rules/local'), { recursive: true });
  const config =
    'data: ./data\nrules: ./rules\ncerts: ./certs\nproxy: { listen: "127.0.0.1:0", workers: 1 }\nconsole: { listen: "127.0.0.1:0" }\n';
  writeFileSync(join(at, 'daylight.yaml'), config);
  const file = (path: string) => join(at, path);
  return { at, file, daylight: (...args) => run(PROGRAM, [...args, '--config', file('daylight.yaml')]) };
}

test('a data folder that cannot be is refused in one sentence', async () => {
  const { file, daylight } = machine('nowhere');
  const { code, stderr } = await daylight('start', '--data', file('daylight.yaml/data'));
  expect({ code, lines: stderr.trim().split('\n') }).toEqual({
    code: 1,
    lines: [expect.stringContaining('the data folder cannot be used')],
  });
});

describe('backup and restore', () => {
  test('an appliance that runs is backed up, and not restored', async () => {
    const made = await appliance.cli('backup', '--output', backup, '--json');
    expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining('the key of the CA') });
    expect(JSON.parse(made.stdout)).toMatchObject({ file: backup, encrypted: false });
    expect(statSync(backup).mode & 0o777).toBe(0o600);
    const refused = await appliance.cli('restore', backup);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('is in use by another Daylight') });
    expect(readdirSync(join(appliance.dir, 'data')).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('another machine starts from an encrypted one, with the same CA, policy and accounts', async () => {
    const { file, daylight } = machine('other');
    const passphrase = ['--passphrase-file', join(dir, 'passphrase')];
    const locked = join(dir, 'backup.enc');
    writeFileSync(join(dir, 'passphrase'), 'six words that nobody could guess', { mode: 0o600 });
    expect(await appliance.cli('backup', '-o', locked, ...passphrase)).toMatchObject({ code: 0, stderr: '' });
    expect(await daylight('restore', locked)).toMatchObject({ code: 1, stderr: expect.stringContaining('--passphrase-file') });
    expect(await daylight('restore', locked, ...passphrase)).toMatchObject({ code: 0 });
    for (const [theirs, ours] of [
      ['certs/ca.key', 'certs/ca.key'],
      ['rules/local/groups.yml', 'rules/local/groups.yml'],
      ['data/keys/installation.key', 'data/keys/installation.key'],
    ] as const)
      expect(readFileSync(file(ours))).toEqual(readFileSync(join(appliance.dir, theirs)));
    expect(readFileSync(file('data/daylight.yaml.restored'), 'utf8')).toContain(SECRETS.oidc);

    const child: ChildProcess = spawn(PROGRAM, ['start', '--json', '--config', file('daylight.yaml')], {
      stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
    });
    try {
      const [line] = await within('the start', once(createInterface({ input: child.stdout! }), 'line'), 30_000);
      const { console } = JSON.parse(String(line)) as { console: string };
      expect(await (await fetch(`${console}/readyz`)).json()).toMatchObject({ ready: true });
      // The one on loopback without a token of scrapers.
      expect((await fetch(`${console}/metrics`)).status).toBe(200);
    } finally {
      await end(child, 20_000);
    }
  });

  test('killed at any moment, a restore leaves all of the old state or all of the new', async () => {
    const { file } = machine('killed');
    const paths = ['certs/ca.pem', 'certs/ca.key', 'rules/local/groups.yml', 'data/keys/installation.key'];
    const old = 'old';
    const outcomes = new Set<string>();
    for (const delay of [300, 400, 450, 500, 600, 800]) {
      for (const path of paths) {
        mkdirSync(join(file(path), '..'), { recursive: true });
        writeFileSync(file(path), old, { mode: 0o600 });
      }
      const child = spawn(PROGRAM, ['restore', backup, '--config', file('daylight.yaml')], { stdio: 'ignore' });
      const gone = once(child, 'exit');
      await sleep(delay);
      child.kill('SIGKILL');
      await gone;
      // What the next start does first.
      finishRestore(file('data'));
      const isNew = paths.map((path) => readFileSync(file(path), 'utf8') !== old);
      expect(new Set(isNew).size).toBe(1);
      outcomes.add(String(isNew[0]));
    }
    expect(outcomes.size).toBeGreaterThan(0);
  });
});

describe('support dump', () => {
  test('says how the appliance is, without one secret', async () => {
    const log = join(dir, 'appliance.log');
    writeFileSync(log, appliance.log());
    appendFileSync(
      log,
      `{"msg":"x","authorization":"Bearer abcdefgh12345678","cookie":"session=PlantedCookie10","note":"${SECRETS.splunk} ${SECRETS.header}"}\n`,
    );
    appendFileSync(
      log,
      `Proxy-Authorization: Basic UGxhbnRlZEJhc2ljMTE=\nPOST /?token=${encodeURIComponent(SECRETS.parent)} dlt_${'a'.repeat(49)}\n`,
    );
    appendFileSync(log, readFileSync(join(appliance.dir, 'certs/ca.key'), 'utf8'));
    const output = join(dir, 'support.json');
    const made = await appliance.cli('support', 'dump', '--output', output, '--log', log);
    expect(made).toMatchObject({ code: 0 });
    expect(statSync(output).mode & 0o777).toBe(0o600);
    const text = readFileSync(output, 'utf8');
    const keyFile = readFileSync(join(appliance.dir, 'certs/ca.key'), 'utf8').split('\n');
    const planted = [
      ...Object.values(SECRETS).filter((secret) => secret !== SECRETS.quoted),
      ...[
        'Planted"Quoted',
        'Planted\\"Quoted',
        'PlantedCookie10',
        'UGxhbnRlZEJhc2ljMTE',
        'abcdefgh12345678',
        `dlt_${'a'.repeat(40)}`,
      ],
      ...keyFile.filter((line) => line.length > 40 && !line.startsWith('Made') && !line.startsWith('-----')),
      readFileSync(join(appliance.dir, 'data/keys/installation.key'), 'utf8').trim(),
      ...Object.values(SECRETS).map((secret) => Buffer.from(secret).toString('base64')),
    ];
    expect(planted.length).toBeGreaterThan(20);
    for (const secret of planted) expect([secret, text.includes(secret)]).toEqual([secret, false]);

    const dump = JSON.parse(text) as Record<string, unknown>;
    expect(dump).toMatchObject({
      daylight: '0.1.0',
      node: { node: process.versions.node },
      policy: { rules: expect.any(Number), groups: 1, approvals: 0 },
      state: { databases: { 'access.sqlite': { mode: '600', rows: { account: 0 } } } },
      ready: { ready: true, workers: 2 },
      metrics: expect.arrayContaining(['daylight_workers 2', 'daylight_clickhouse_up 1']),
      doctor: expect.arrayContaining([expect.objectContaining({ check: 'Node', state: 'ok' })]),
      configuration: { contact: 'security@example.com', metrics: { token: '(set)' } },
    });
    expect(JSON.stringify(dump.log)).toContain('serving');
    expect((await appliance.cli('support', 'dump', '--output', output)).code).toBe(1);
  });
});
