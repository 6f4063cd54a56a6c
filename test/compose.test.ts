// docker-compose.yml, the Dockerfile and what they point at, as far as files can show it: images pinned, nothing that runs with more rights
// than it needs, no password that is not the operator's, every reference answered. Docker itself does not run here.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { configSchema } from '../src/config.ts';
import { readEnvironment } from '../src/environment.ts';
import { shapeOf } from '../src/problems.ts';

interface Service {
  image: string;
  build?: string;
  user: string;
  environment: Record<string, string>;
  volumes: string[];
  networks: string[];
  ports?: string[];
  healthcheck?: { test: string[] };
  depends_on?: Record<string, { condition: string }>;
  [key: string]: unknown;
}

interface Compose {
  name: string;
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean }>;
  volumes: Record<string, unknown>;
}

const read = (file: string) => readFileSync(file, 'utf8');
const text = read('docker-compose.yml');
const compose = parse(text, { merge: true, strict: true }) as Compose;
const services = Object.entries(compose.services);
const dockerfile = read('Dockerfile');
const users = read('docker/clickhouse/users.xml');

/** Three numbers at least, so that the tag never moves. */
const EXACT_TAG = /^[a-z0-9./-]+:\d+\.\d+\.\d+[\w.-]*$/;
/** Attributes of a service in the Compose specification that are of use here. */
const ATTRIBUTES =
  'build image user entrypoint working_dir depends_on environment ports volumes tmpfs networks ulimits healthcheck stop_grace_period restart init read_only cap_drop security_opt';

test('images are pinned by an exact tag', () => {
  for (const [, { image }] of services) expect(image).toMatch(EXACT_TAG);
  const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map((match) => match[1] ?? '');
  expect(bases.length).toBeGreaterThan(0);
  for (const base of bases) expect(base).toMatch(EXACT_TAG);
  expect(text + dockerfile).not.toMatch(/:latest|@latest/);
  const version = (JSON.parse(read('package.json')) as { version: string }).version;
  expect(compose.services.daylight?.image).toBe(`daylight:${version}`);
});

describe.each(services)('the service %s', (name, service) => {
  test('has only attributes of the specification', () => {
    expect(ATTRIBUTES.split(' ')).toEqual(expect.arrayContaining(Object.keys(service)));
  });

  test('runs with as few rights as it can', () => {
    const { user, read_only, cap_drop, security_opt, restart } = service;
    expect({ read_only, cap_drop, security_opt, restart }).toEqual({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      restart: 'unless-stopped',
    });
    expect(user).toMatch(/^[1-9]\d*:\d+$/);
  });

  test('says whether it is well', () => {
    const own = service.healthcheck?.test[0] === 'CMD';
    expect(own || (service.build === '.' && /^HEALTHCHECK .*CMD \[/m.test(dockerfile))).toBe(true);
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      expect(condition).toBe('service_healthy');
      expect(compose.services[other]?.healthcheck).toBeDefined();
    }
  });

  test('mounts what exists, and writes to volumes only', () => {
    for (const volume of service.volumes) {
      const [source = '', target = '', mode] = volume.split(':');
      expect(target).toMatch(/^\//);
      if (source.startsWith('./')) expect([existsSync(source), mode]).toEqual([true, 'ro']);
      else expect(Object.keys(compose.volumes)).toContain(source);
    }
    for (const network of service.networks) expect(Object.keys(compose.networks)).toContain(network);
  });

  test('is reached from other machines only if it is the proxy, and somebody said so', () => {
    for (const port of service.ports ?? []) {
      expect(port).toMatch(
        name === 'daylight' && port.endsWith(':8080:8080') ? /^\$\{DAYLIGHT_BIND:-127\.0\.0\.1\}:/ : /^127\.0\.0\.1:/,
      );
    }
  });

  test('has no password but those of the operator', () => {
    for (const [key, value] of Object.entries(service.environment)) {
      if (!/PASSWORD|SECRET|TOKEN|_KEY$/.test(key)) continue;
      expect(value, key).toMatch(/^\$\{[A-Z_]*PASSWORD:\?is not set\. .*docs\/start\/docker\.md\}$/);
    }
  });
});

test('ClickHouse is reached by the other services only, and has no way out', () => {
  const { ports, networks } = compose.services.clickhouse as Service;
  expect(ports).toBeUndefined();
  expect(networks).toEqual(['store']);
  expect(compose.networks.store?.internal).toBe(true);
});

test('the example of .env names every variable, and leaves every password empty', () => {
  const example = read('.env.example');
  const variables = [...text.matchAll(/\$\{([A-Z_]+)(:[-?])/g)].map(([, name = '', kind = '']) => ({ name, kind }));
  expect(variables.length).toBeGreaterThan(5);
  for (const { name, kind } of variables)
    expect(example).toMatch(kind === ':?' ? new RegExp(`^${name}=$`, 'm') : new RegExp(`^#${name}=`, 'm'));
  expect(read('.gitignore')).toMatch(/^\.env$/m);
  // What is not named here stays out of the image.
  expect(read('.dockerignore')).toMatch(/^\*$/m);
  expect(read('.dockerignore')).not.toMatch(/^!(\.env|data|certs)/m);
});

test('Daylight knows every variable that it is given', () => {
  const image = Object.fromEntries(
    [...dockerfile.matchAll(/\b(DAYLIGHT_\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]),
  );
  const env = { ...image, ...compose.services.daylight?.environment };
  const { settings, problems } = readEnvironment(env, shapeOf(configSchema));
  expect(problems).toEqual([]);
  expect(settings.map(({ from }) => from).sort()).toEqual(Object.keys(env).sort());
});

test('what Daylight writes to is a volume that its user owns', () => {
  const targets = (compose.services.daylight?.volumes ?? []).map((volume) => volume.split(':')[1]);
  expect(JSON.parse(/^VOLUME (\[.*\])$/m.exec(dockerfile)?.[1] ?? '[]')).toEqual(targets);
  const given = dockerfile.split('\n').find((line) => line.startsWith('RUN install'));
  for (const target of targets) expect(given).toContain(target);
  expect(/^USER (.*)$/m.exec(dockerfile)?.[1]).toBe(compose.services.daylight?.user);
});

test('ClickHouse has two users, whose passwords come from the environment and are not copied', () => {
  const { environment } = compose.services.clickhouse as Service;
  const accounts = [...users.matchAll(/<(\w+)>\s*<password from_env="(\w+)" hide_in_preprocessed="true"\/>/g)];
  expect(accounts.map((match) => match[1])).toEqual(['daylight', 'grafana']);
  for (const [, , variable = ''] of accounts) expect(Object.keys(environment)).toContain(variable);
  expect(users.match(/<password/g)).toHaveLength(accounts.length);
  expect(users).not.toMatch(/no_password|access_management/);
  const { DAYLIGHT_CLICKHOUSE_USERNAME, DAYLIGHT_CLICKHOUSE_URL } = (compose.services.daylight as Service).environment;
  expect(DAYLIGHT_CLICKHOUSE_USERNAME).toBe('daylight');
  expect(new URL(DAYLIGHT_CLICKHOUSE_URL ?? '').hostname).toBe('clickhouse');
});

test('Grafana finds its datasource and its dashboards', () => {
  const grafana = compose.services.grafana as Service;
  const mounted = (path: string) =>
    grafana.volumes.map((volume) => volume.split(':')).find(([, target = '']) => path.startsWith(target));
  const { datasources } = parse(read('dashboards/provisioning/datasources/daylight.yml'));
  expect(datasources).toHaveLength(1);
  const [{ uid, type, jsonData, secureJsonData }] = datasources;
  expect({ uid, type }).toEqual({ uid: 'daylight', type: 'grafana-clickhouse-datasource' });
  expect(jsonData).toMatchObject({ host: 'clickhouse', defaultDatabase: 'daylight', username: 'grafana' });
  expect(Object.keys(compose.services)).toContain(jsonData.host);
  expect(secureJsonData).toEqual({ password: '$GRAFANA_CLICKHOUSE_PASSWORD' });
  expect(Object.keys(grafana.environment)).toContain('GRAFANA_CLICKHOUSE_PASSWORD');
  expect(grafana.environment.GF_PLUGINS_PREINSTALL_SYNC).toMatch(/^grafana-clickhouse-datasource@\d+\.\d+\.\d+$/);

  const { providers } = parse(read('dashboards/provisioning/dashboards/daylight.yml'));
  expect(mounted(providers[0].options.path)?.[0]).toBe('./dashboards');
  const home = grafana.environment.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH ?? '';
  expect(existsSync(home.replace('/etc/daylight/dashboards', 'dashboards'))).toBe(true);
});

test('the files that containers read are for everybody to read', () => {
  for (const file of ['docker/clickhouse/config.xml', 'docker/clickhouse/users.xml', 'dashboards/overview.json']) {
    expect(statSync(file).mode & 0o004).toBe(0o004);
  }
});
