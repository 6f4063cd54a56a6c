import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ConfigSources, configSchema, INSTALL_DIR, loadConfig } from '../src/config.ts';
import { variablesOf } from '../src/environment.ts';
import { DaylightError } from '../src/errors.ts';
import { shapeOf } from '../src/problems.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'daylight-config-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

function load(sources: ConfigSources = {}) {
  return loadConfig({ env: {}, cwd: folder, ...sources });
}

function problems(sources: ConfigSources = {}): string[] {
  try {
    load(sources);
  } catch (error) {
    expect(error).toBeInstanceOf(DaylightError);
    expect((error as DaylightError).code).toBe('ERR_CONFIG_INVALID');
    return (error as Error).message.split('\n');
  }
  throw new Error('the configuration was accepted');
}

describe('precedence', () => {
  test('every key has a default when there is no file', () => {
    const config = load();
    expect(config.proxy.listen).toBe('127.0.0.1:8080');
    expect(config.store.benign).toBe('count');
    expect(config.clickhouse).toBe('embedded');
  });

  test('the file wins over defaults, a variable over the file, a flag over the variable', () => {
    write('daylight.yaml', 'data: ./from-file\nproxy: { listen: 127.0.0.1:1001, onError: closed }\ntenant: file\n');
    const env = { DAYLIGHT_PROXY_LISTEN: '127.0.0.1:1002', DAYLIGHT_TENANT: 'variable' };
    expect(load().proxy.listen).toBe('127.0.0.1:1001');
    expect(load({ env }).proxy.listen).toBe('127.0.0.1:1002');
    const config = load({ env, flags: { proxy: '127.0.0.1:1003' } });
    expect(config.proxy).toMatchObject({ listen: '127.0.0.1:1003', onError: 'closed' });
    expect(config.tenant).toBe('variable');
  });

  test('DAYLIGHT_CONFIG names the file and --config wins over it', () => {
    const one = write('one.yaml', 'tenant: one\n');
    const two = write('two.yaml', 'tenant: two\n');
    expect(load({ env: { DAYLIGHT_CONFIG: one } }).tenant).toBe('one');
    expect(load({ env: { DAYLIGHT_CONFIG: one }, file: two }).tenant).toBe('two');
  });
});

describe('values', () => {
  test('variables become lists, numbers, booleans, sizes and mappings as their key needs', () => {
    const config = load({
      env: {
        DAYLIGHT_PROXY_PORTS: '443, 8000-8999',
        DAYLIGHT_PROXY_WORKERS: '3',
        DAYLIGHT_PROXY_INSPECT_PREFIX: '2MiB',
        DAYLIGHT_STORE_PSEUDONYMISE: 'true',
        DAYLIGHT_PROXY_UPSTREAM_ALLOW_PRIVATE: '10.1.0.0/16,::1',
        DAYLIGHT_CLICKHOUSE_URL: 'https://clickhouse.example:8443',
        DAYLIGHT_CLICKHOUSE_PASSWORD: '12345',
      },
    });
    expect(config.proxy.ports).toEqual([443, '8000-8999']);
    expect(config.proxy.workers).toBe(3);
    expect(config.proxy.inspect.prefix).toBe(2 * 1024 * 1024);
    expect(config.store.pseudonymise).toBe(true);
    expect(config.proxy.upstream.allowPrivate).toEqual(['10.1.0.0/16', '::1']);
    expect(config.clickhouse).toEqual({
      url: 'https://clickhouse.example:8443',
      username: 'default',
      password: '12345',
      database: 'daylight',
    });
  });

  test('a key whose children are all commented out counts as absent', () => {
    write('daylight.yaml', 'proxy:\n  # listen: x\nstore:\nclickhouse: embedded\n');
    expect(load().proxy.listen).toBe('127.0.0.1:8080');
  });

  test('an empty file is a valid file', () => {
    write('daylight.yaml', '# nothing yet\n');
    expect(load().tenant).toBe('default');
  });
});

describe('paths', () => {
  test('those in the file start from its folder, those in variables and flags from the current directory', () => {
    mkdirSync(join(folder, 'etc'));
    const file = write('etc/daylight.yaml', 'data: d\ncerts: c\nrules: r\nproxy: { upstream: { ca: [corp.pem] } }\n');
    const config = load({ file, flags: { data: 'mine' }, env: { DAYLIGHT_CERTS: 'keys' } });
    expect(config.data).toBe(join(folder, 'mine'));
    expect(config.certs).toBe(join(folder, 'keys'));
    expect(config.rules).toBe(join(folder, 'etc', 'r'));
    expect(config.proxy.upstream.ca).toEqual([join(folder, 'etc', 'corp.pem')]);
  });

  test('of a certificate for the console start there, too', () => {
    write('daylight.yaml', 'console: { tls: { cert: c.pem, key: k.pem } }\n');
    expect(load().console.tls).toEqual({ cert: join(folder, 'c.pem'), key: join(folder, 'k.pem') });
  });

  test('the shipped rules count when neither the file nor the folder has any', () => {
    expect(load().rules).toBe(join(INSTALL_DIR, 'rules'));
    mkdirSync(join(folder, 'rules'));
    expect(load().rules).toBe(join(folder, 'rules'));
  });
});

describe('errors', () => {
  test('all problems are listed at once, each with file, line, key, value and fix', () => {
    write('daylight.yaml', 'proxy:\n  listn: x\n  onError: opne\n  limits:\n    connections: 0\nclickhouse: embeded\n');
    const [head, ...lines] = problems();
    expect(head).toBe('4 problems in the configuration:');
    expect(lines.sort()).toEqual([
      'daylight.yaml:2: proxy.listn: unknown key; did you mean "listen"?',
      'daylight.yaml:3: proxy.onError: is "opne"; did you mean "open"?',
      'daylight.yaml:5: proxy.limits.connections: is 0; must be at least 1',
      'daylight.yaml:6: clickhouse: is "embeded"; must be "embedded" or a mapping with url, username, password, database, reader',
    ]);
  });

  test('a problem that a variable or a flag causes is blamed on it, not on the file', () => {
    write('daylight.yaml', 'proxy:\n  listen: 127.0.0.1:1\n');
    expect(problems({ env: { DAYLIGHT_STORE_BENIGN: 'ful' } })).toEqual([
      'DAYLIGHT_STORE_BENIGN: store.benign: is "ful"; did you mean "full"?',
    ]);
    expect(problems({ flags: { proxy: '8080' } })[0]).toMatch(/^--proxy: proxy\.listen: is "8080"; must be HOST:PORT/);
  });

  test('a mistyped variable is named, a foreign one ignored', () => {
    const env = {
      DAYLIGHT_PROXY_LISTN: '127.0.0.1:1',
      DAYLIGHT_SERVICE_HOST: '10.0.0.1',
      DAYLIGHT_PORT_8080_TCP_ADDR: '10.0.0.1',
    };
    expect(problems({ env })).toEqual(['DAYLIGHT_PROXY_LISTN: unknown variable; did you mean DAYLIGHT_PROXY_LISTEN?']);
  });

  test.each([
    ['two: [', /^daylight\.yaml:\d+: /],
    ['tenant: a\ntenant: b\n', /^daylight\.yaml:2: .*unique/],
    ['- a list\n', /^daylight\.yaml:1: |^document: /],
    ['just text', /document: is "just text"; must be a mapping/],
    ['proxy: { clients: [10.0.0.0/99] }', /proxy\.clients\[0\]: is "10\.0\.0\.0\/99"; must be a network/],
    ['proxy: { ports: [9-1] }', /must be a range from a lower to a higher port/],
    ['proxy: { listen: "127.0.0.1:70000" }', /must have a port up to 65535/],
    [
      'proxy: { upstream: { proxy: "http://parent:3128" } }',
      /proxy\.upstream\.proxy: is "http:\/\/parent:3128"; must be a mapping/,
    ],
    ['sinks: [splunk]', /sinks\[0\]: is "splunk"; must be/],
    ['console: { idle: 30 }', /console\.idle: is 30; must be/],
    ['console: { idle: 13h }', /must be from 1m to 12h/],
    ['console: { tls: maybe }', /console\.tls: is "maybe"/],
    ['console: { tls: { cert: a.pem } }', /console\.tls\.key: is missing/],
    ['console: { oidc: { clientId: x, groups: { a: admin } } }', /console\.oidc\.issuer: is missing/],
    ['console: { oidc: { issuer: "http://idp.example", clientId: x, groups: { a: admin } } }', /must be the https URL/],
    ['console: { oidc: { issuer: "https://idp.example", clientId: x, groups: {} } }', /must name at least one group/],
    [
      'console: { oidc: { issuer: "https://idp.example", clientId: x, groups: { a: root } } }',
      /console\.oidc\.groups\.a: is "root"/,
    ],
    [
      'console: { oidc: { issuer: "https://idp.example", clientId: x, groups: { a: admin }, scopes: email } }',
      /openid among the scopes/,
    ],
  ])('%j is refused', (text, message) => {
    write('daylight.yaml', text);
    expect(problems().join('\n')).toMatch(message);
  });

  test('aliases that would expand without end are refused', () => {
    const levels = Array.from({ length: 12 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(',')}]`);
    write('daylight.yaml', `l0: &l0 x\n${levels.join('\n')}\n`);
    expect(problems().join('\n')).toMatch(/alias/i);
  });

  test('a file that is named but missing is an error', () => {
    expect(problems({ file: 'nowhere.yaml' })[0]).toMatch(/^nowhere\.yaml: no such file/);
  });

  test('a password never appears in a message', () => {
    write('daylight.yaml', 'clickhouse: { url: "http://u:hunter2@h", password: [hunter2] }\n');
    expect(problems().join('\n')).not.toContain('hunter2');
  });
});

describe('documentation', () => {
  const page = readFileSync(join(INSTALL_DIR, 'docs/reference/configuration.md'), 'utf8');

  test.each(variablesOf(shapeOf(configSchema)))('$name is described', ({ name, path }) => {
    expect(page).toContain(`| \`${path.join('.')}\` | \`${name}\``);
  });

  test('the example is valid', () => {
    const example = /## Example\n\n```yaml\n([\s\S]+?)```/.exec(page)?.[1] ?? '';
    write('daylight.yaml', example);
    expect(load().clickhouse).toMatchObject({ username: 'daylight' });
  });
});
