import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createWorkplace, type Workplace } from './daylight.ts';

let place: Workplace;

beforeEach(() => {
  place = createWorkplace();
});
afterEach(() => place.remove());

const COMMANDS = [
  ['start'],
  ['demo'],
  ['check'],
  ['doctor'],
  ['explain'],
  ['replay'],
  ['version'],
  ['events', 'query'],
  ['events', 'tail'],
  ['events', 'export'],
  ['servers', 'list'],
  ['servers', 'show'],
  ['servers', 'approve'],
  ['servers', 'unapprove'],
  ['servers', 'block'],
  ['servers', 'unblock'],
  ['requests', 'list'],
  ['requests', 'show'],
  ['requests', 'approve'],
  ['requests', 'deny'],
  ['findings', 'list'],
  ['rules', 'list'],
  ['rules', 'test'],
  ['rules', 'mode'],
  ['dlp', 'list'],
  ['dlp', 'test'],
  ['dlp', 'scan'],
  ['exceptions', 'add'],
  ['exceptions', 'list'],
  ['exceptions', 'remove'],
  ['admin', 'invite'],
  ['admin', 'reset'],
  ['admin', 'list'],
  ['ca', 'init'],
  ['ca', 'export'],
  ['ca', 'rotate'],
];

/** The only entry of a log is an MCP session, opened with `method`. */
function har(method: string): string {
  const body = {
    jsonrpc: '2.0',
    id: 1,
    method,
    params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'c', version: '1' } },
  };
  const result = { protocolVersion: '2025-06-18', capabilities: {}, serverInfo: { name: 's', version: '1' } };
  const json = [{ name: 'Content-Type', value: 'application/json' }];
  const request = { method: 'POST', url: 'https://tools.example/mcp', headers: json, postData: { text: JSON.stringify(body) } };
  const content = { mimeType: 'application/json', text: JSON.stringify({ jsonrpc: '2.0', id: 1, result }) };
  const entry = { startedDateTime: '2026-11-20T00:00:00Z', request, response: { status: 200, headers: json, content } };
  return JSON.stringify({ log: { version: '1.2', entries: [entry] } });
}

describe('the contract', () => {
  test.each(COMMANDS)('%s %s has --json and --help', (...words) => {
    const { status, stdout } = place.daylight(...words, '--help');
    expect(status).toBe(0);
    expect(stdout).toContain('--json');
  });

  test('a mistyped command is refused with a suggestion and status 1', () => {
    const { status, stderr } = place.daylight('chek');
    expect(status).toBe(1);
    expect(stderr).toContain('Did you mean check?');
  });

  test('with --json an error is one JSON object on stderr', () => {
    const { status, stdout, stderr } = place.daylight('check', '--json', '--config', 'missing.yaml');
    expect(status).toBe(2);
    expect(JSON.parse(stdout).problems[0]).toContain('missing.yaml: no such file');
    expect(stderr).toBe('');
    const failing = place.daylight('rules', 'list', '--json', '--config', 'missing.yaml');
    expect(failing.status).toBe(1);
    expect(JSON.parse(failing.stderr).error.code).toBe('ERR_CONFIG_INVALID');
  });

  test('nothing is coloured when nobody looks', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what must not be there.
    expect(place.daylight('rules', 'list').stdout).not.toMatch(/\u001b/);
  });
});

describe('check', () => {
  test('what is shipped is valid', () => {
    const { status, stdout } = place.daylight('check');
    expect(stdout).toMatch(/^Configuration, policy, \d+ rules, \d+ detectors and 2 DLP profiles are valid\.$/m);
    expect(status).toBe(0);
  });

  test('problems in configuration and in policy are listed with file and line, and the status is 2', () => {
    writeFileSync(join(place.folder, 'rules/local/modes.yml'), 'modes:\n  - rule: x\n    mode: stop\n', { flag: 'w' });
    const broken = place.daylight('check');
    expect(broken.status).toBe(2);
    expect(broken.stdout).toMatch(/modes\.yml:3: modes\.0\.mode: .*off, log or block/);
    writeFileSync(join(place.folder, 'daylight.yaml'), 'proxy:\n  listen: 8080\n');
    const worse = place.daylight('check', '--json');
    expect(worse.status).toBe(2);
    expect(worse.lines()[0]?.problems).toEqual([expect.stringMatching(/^daylight\.yaml:2: proxy\.listen: is 8080/)]);
  });
});

describe('rules', () => {
  test('list shows every rule with its mode, also as NDJSON', () => {
    place.daylight('rules', 'mode', 'shadow', 'block');
    const rules = place.daylight('rules', 'list', '--json').lines();
    expect(rules.length).toBeGreaterThan(5);
    for (const rule of rules) expect(rule.mode).toBe(rule.traffic === 'shadow' ? 'block' : 'log');
  });

  test('the samples of every shipped rule are as they should be', () => {
    const { status, stdout } = place.daylight('rules', 'test');
    expect(stdout).not.toContain('FAIL');
    expect(stdout).toMatch(/; 0 false alarms in \d+ benign exchanges/);
    expect(status).toBe(0);
  });

  test('test fails when a rule names what is recorded as benign, and says which entry', () => {
    const recordings = fileURLToPath(new URL('../corpus/mcp', import.meta.url));
    const { status, stdout } = place.daylight('rules', 'test', '--benign', recordings);
    expect(stdout).toMatch(/FAIL .*\.har: entry \d+, https?:.* is benign and was named shadow/);
    expect(status).toBe(2);
    const missing = place.daylight('rules', 'test', '--benign', join(place.folder, 'nowhere'));
    expect(missing.status).toBe(1);
    expect(missing.stderr).toContain('--benign');
  });

  test('mode takes the beginning of an id, a date and a reason, and records who did it', () => {
    const [rule] = place.daylight('rules', 'list', '--json').lines();
    const id = String(rule?.id);
    const { status, lines } = place.daylight(
      'rules',
      'mode',
      id.slice(0, 8),
      'block',
      '--after',
      '2027-01-31',
      '--comment',
      'pilot',
      '--json',
    );
    expect(status).toBe(0);
    expect(lines()[0]).toMatchObject({ action: 'mode', object: id, before: '' });
    expect(readFileSync(join(place.folder, 'rules/local/modes.yml'), 'utf8')).toContain('comment: pilot');
    const shown = place
      .daylight('rules', 'list', '--json')
      .lines()
      .find((each) => each.id === id);
    expect(shown).toMatchObject({ mode: 'log', after: [{ mode: 'block', from: '2027-01-31' }] });
    expect(place.daylight('rules', 'mode', id, 'stop').stderr).toContain('must be off, log or block');
    expect(existsSync(join(place.folder, 'data/spool'))).toBe(true);
  });
});

describe('servers and exceptions', () => {
  test('a credential in an approved URL is not written', () => {
    const { status } = place.daylight(
      'servers',
      'approve',
      'https://user:hunter2@tools.example/mcp',
      '--groups',
      'dev, ops',
      '--via',
      'portal',
    );
    expect(status).toBe(0);
    const text = readFileSync(join(place.folder, 'rules/local/approved.yml'), 'utf8');
    expect(text).toContain('tools.example/mcp');
    expect(text).not.toContain('hunter2');
  });

  test('exceptions are added, listed and removed', () => {
    const options = ['--host', 'tools.example', '--until', '2099-01-31', '--comment', 'migration'];
    expect(place.daylight('exceptions', 'add', ...options).stdout).toMatch(/^ex-1: added until 2099-01-31/);
    expect(place.daylight('exceptions', 'list', '--json').lines()).toMatchObject([
      { id: 'ex-1', host: 'tools.example', expired: false },
    ]);
    expect(place.daylight('exceptions', 'remove', 'ex-1').status).toBe(0);
    expect(place.daylight('exceptions', 'list').stdout).toBe('There are no exceptions.\n');
    expect(place.daylight('exceptions', 'add', '--host', 'x').stderr).toContain('--until');
  });
});

describe('replay', () => {
  test('each entry becomes one line of the agreed shape, and findings give status 2', () => {
    writeFileSync(join(place.folder, 'mcp.har'), har('initialize'));
    const { status, lines } = place.daylight('replay', 'mcp.har', '--json');
    expect(status).toBe(2);
    const [line] = lines();
    expect(Object.keys(line ?? {})).toEqual(['index', 'url', 'traffic', 'action', 'confidence', 'rules', 'signals', 'reason']);
    expect(line).toMatchObject({ index: 0, url: 'https://tools.example/mcp', traffic: 'shadow', action: 'log' });
  });

  test('policy decides: what is approved is no finding', () => {
    writeFileSync(join(place.folder, 'mcp.har'), har('initialize'));
    place.daylight('servers', 'approve', 'https://tools.example');
    const { status, lines } = place.daylight('replay', 'mcp.har', '--json');
    expect(lines()[0]).toMatchObject({ traffic: 'approved', action: 'allow' });
    expect(status).toBe(0);
  });

  test('what is no recording is an error that says so', () => {
    writeFileSync(join(place.folder, 'not.har'), '{"log":');
    const { status, stderr } = place.daylight('replay', 'not.har');
    expect(status).toBe(1);
    expect(stderr).toContain('HAR 1.2');
    expect(place.daylight('replay', 'none.har').status).toBe(1);
  });
});

describe('ca', () => {
  test('init makes it once, export gives the certificate and never the key', () => {
    expect(place.daylight('ca', 'export').stderr).toContain('does not exist yet');
    const first = place.daylight('ca', 'init', '--json').lines()[0];
    expect(place.daylight('ca', 'init', '--json').lines()[0]?.fingerprint).toBe(first?.fingerprint);
    const { stdout } = place.daylight('ca', 'export');
    expect(stdout).toMatch(/^-----BEGIN CERTIFICATE-----/);
    expect(stdout).not.toContain('PRIVATE');
    expect(statSync(join(place.folder, 'certs/ca.key')).mode & 0o777).toBe(0o600);
  });

  test('rotate replaces it', () => {
    const before = place.daylight('ca', 'init', '--json').lines()[0];
    expect(place.daylight('ca', 'rotate', '--json').lines()[0]?.fingerprint).not.toBe(before?.fingerprint);
    expect(place.daylight('ca', 'export', '--which', 'all').stdout.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  });
});

describe('values', () => {
  test.each([
    [['events', 'query', '--since', 'yesterday'], '--since "yesterday"'],
    [['events', 'query', '--limit', '0'], '--limit "0"'],
    [['events', 'query', '--traffic', 'shadw'], 'did you mean "shadow"?'],
    [['events', 'query', '--disposition', 'x'], 'must be one of'],
    [['events', 'query', 'user:ana', 'trafic:shadow'], 'did you mean "traffic"?\n  user:ana trafic:shadow\n           ^^^^^^\n'],
    [['events', 'tail', 'user:'], '"user" needs a value'],
    [['events', 'export', '(a'], 'this parenthesis is never closed'],
    [['servers', 'approve', 'tools.example'], 'must be a URL'],
    [['servers', 'approve', 'https://t.example', '--via', 'tunnel'], 'must be portal or direct'],
    [['explain', 'tools.example'], 'must be a URL'],
  ])('%j is refused with the fix', (args, message) => {
    const { status, stderr } = place.daylight(...args);
    expect(status).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('    at ');
  });
});
