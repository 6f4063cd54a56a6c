import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadDlp } from '../../src/load-dlp.ts';
import { createWorkplace, type Workplace } from './daylight.ts';

const CARD = '4111 1111 1111 1111';
const CALL = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'note', arguments: { text: `card ${CARD}` } },
});
const ANSWER = JSON.stringify({ jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text: `paid with ${CARD}` }] } });
const TICKET = `id: ticket
title: Ticket
description: A detector of our own.
family: custom
patterns: [{ regex: '\\bTK-\\d{6}\\b' }]
anchors: { literals: [tk-] }
samples: { match: [see TK-123456], silent: [see TK-12345] }
`;
const GITLEAKS = String.raw`
[[rules]]
id = "acme-token"
description = "An Acme token, which opens everything and whose description is so long that a line of one hundred and twenty is not enough."
regex = '''(?i)[\w.-]{0,50}?(?:acme)(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'"\s=]{0,5}([a-z0-9_-]{32})(?:[\x60'"\s;]|\\[nr]|$)'''
entropy = 3
keywords = ["acme"]
[[rules]]
id = "names"
description = "Names of files."
path = '''\.p12$'''
`;

let place: Workplace;

beforeAll(() => {
  place = createWorkplace();
  write('rules/local/dlp/ticket.yml', TICKET);
  write('call.json', CALL);
});
afterAll(() => place.remove());

function write(name: string, text: string): void {
  mkdirSync(join(place.folder, name, '..'), { recursive: true });
  writeFileSync(join(place.folder, name), text);
}

function read(name: string): string {
  return readFileSync(join(place.folder, name), 'utf8');
}

describe('dlp list', () => {
  test('shows each detector with the profiles that use it', () => {
    const { status, lines } = place.daylight('dlp', 'list', '--json');
    expect(status).toBe(0);
    const byId = new Map(lines().map((line) => [line.id, line]));
    expect(byId.get('payment-card')).toMatchObject({
      family: 'financial',
      profiles: [{ profile: 'sensitive-data', request: 'log', response: 'log' }],
    });
    expect(byId.get('injection-instruction')).toMatchObject({
      profiles: [{ profile: 'prompt-injection', request: 'off', response: 'log' }],
    });
    expect(byId.get('ticket')?.file).toBe(join(place.folder, 'rules/local/dlp/ticket.yml'));
  });
});

describe('dlp test', () => {
  test('every shipped sample is as it should be', () => {
    const { status, stdout } = place.daylight('dlp', 'test');
    expect(stdout).not.toContain('FAIL');
    expect(stdout).toMatch(/^(\d+) of \1 samples of \d+ detectors as they should be\.$/m);
    expect(status).toBe(0);
  });

  test('a sample that is not as it should be is shown, and the status is 2', () => {
    write('rules/local/dlp/ticket.yml', TICKET.replace('see TK-12345]', 'see TK-654321]'));
    const { status, stdout } = place.daylight('dlp', 'test', 'ticket');
    expect(stdout).toMatch(/FAIL .*ticket\.yml: sample "see TK-654321" should not be found and is \(medium "TK-654321"\)/);
    expect(stdout).toContain('1 of 2 samples of 1 detectors');
    expect(status).toBe(2);
    write('rules/local/dlp/ticket.yml', TICKET);
  });

  test('an unknown detector is refused with what was meant', () => {
    const { status, stderr } = place.daylight('dlp', 'test', 'tiket');
    expect(status).toBe(1);
    expect(stderr).toContain('did you mean ticket?');
  });
});

describe('dlp scan', () => {
  test('shows findings masked, where they are, and what each profile would do', () => {
    const profiles = read('rules/local/dlp.yml');
    write('rules/local/dlp.yml', `${profiles}  - { id: strict, detectors: [payment-card], threshold: high, request: block }\n`);
    const { status, stdout, lines } = place.daylight('dlp', 'scan', 'call.json', '--json');
    write('rules/local/dlp.yml', profiles);
    expect(status).toBe(2);
    expect(stdout).not.toContain('4111');
    expect(lines()).toMatchObject([
      {
        detector: 'payment-card',
        direction: 'request',
        where: 'request.body.params.arguments.text',
        validated: true,
        confidence: 'high',
        profiles: [
          { profile: 'sensitive-data', action: 'log' },
          { profile: 'strict', action: 'block' },
        ],
      },
    ]);
  });

  test('reads one message a line, each in its direction', () => {
    write('both.ndjson', `${CALL}\n\n${ANSWER}\n`);
    const { lines } = place.daylight('dlp', 'scan', 'both.ndjson', '--json');
    expect(lines().map(({ line, direction, where }) => [line, direction, where])).toEqual([
      [1, 'request', 'request.body.params.arguments.text'],
      [3, 'response', 'response.body.result.content.0.text'],
    ]);
    const forced = place.daylight('dlp', 'scan', 'both.ndjson', '--direction', 'response', '--json').lines();
    expect(forced.map(({ direction }) => direction)).toEqual(['response', 'response']);
  });

  test('prints the redacted text, and leaves the rest as it is', () => {
    write('note.txt', `Dear all,\n"card" ${CARD}\n`);
    const { status, stdout } = place.daylight('dlp', 'scan', 'note.txt', '--redact');
    expect(status).toBe(2);
    expect(stdout).toMatch(/^Dear all,\n"card" \[payment-card [0-9a-f]{6}\]\n$/);
  });

  test('reads JSON that is no message as a whole', () => {
    write('row.json', JSON.stringify({ name: `a\n${CARD}`, id: 1 }));
    const [finding] = place.daylight('dlp', 'scan', 'row.json', '--json').lines();
    expect(finding).toMatchObject({ detector: 'payment-card', where: 'json.name', offset: 2 });
    expect(JSON.parse(place.daylight('dlp', 'scan', 'row.json', '--redact').stdout)).toEqual({
      name: expect.stringMatching(/^a\n\[payment-card [0-9a-f]{6}\]$/),
      id: 1,
    });
  });

  test('what holds nothing is fine', () => {
    write('plain.txt', 'Nothing to see here.');
    const { status, stdout } = place.daylight('dlp', 'scan', 'plain.txt');
    expect([status, stdout]).toEqual([0, 'Nothing was found.\n']);
    expect(place.daylight('dlp', 'scan', 'gone.txt').stderr).toContain('gone.txt: cannot be read');
  });
});

describe('dlp import gitleaks', () => {
  test('writes detectors that load as they were converted, and says what was skipped', () => {
    write('gitleaks.toml', GITLEAKS);
    const { status, stdout } = place.daylight('dlp', 'import', 'gitleaks', 'gitleaks.toml', '--out', 'rules/local/dlp');
    expect(status).toBe(0);
    expect(stdout).toContain('skipped names: has no regex');
    expect(stdout).toContain('1 detectors written');
    expect(read('rules/local/dlp/gitleaks-acme-token.yml')).toMatch(/^# .*gitleaks[\s\S]*MIT licence/);
    const loaded = loadDlp(join(place.folder, 'rules')).source.detectors.find(({ id }) => id === 'gitleaks-acme-token');
    expect(loaded?.patterns?.[0]?.regex).toBe(/regex = '''(.*)'''/.exec(GITLEAKS)?.[1]);
    expect(place.daylight('dlp', 'test', 'gitleaks-acme-token').stdout).toContain('1 imported detectors have no samples');
    write('token.txt', 'acme_key = "q1w2e3r4t5y6u7i8o9p0a1s2d3f4g5h6"');
    expect(place.daylight('dlp', 'scan', 'token.txt', '--json').lines()).toContainEqual(
      expect.objectContaining({ detector: 'gitleaks-acme-token', length: 32 }),
    );
  });

  test('leaves files alone that were edited, unless told otherwise', () => {
    const file = 'rules/local/dlp/gitleaks-acme-token.yml';
    const edited = `${read(file)}severity_note: mine\n`;
    write(file, edited);
    const args = ['dlp', 'import', 'gitleaks', 'gitleaks.toml', '--out', 'rules/local/dlp'];
    expect(place.daylight(...args, '--json').lines()).toMatchObject([{ kept: ['gitleaks-acme-token'] }]);
    expect(read(file)).toBe(edited);
    place.daylight(...args, '--force');
    expect(read(file)).not.toBe(edited);
  });

  test('what is no such file is refused', () => {
    write('broken.toml', '[[rules');
    expect(place.daylight('dlp', 'import', 'gitleaks', 'broken.toml', '--out', 'x').stderr).toMatch(/^daylight: broken\.toml: /);
    write('other.toml', 'title = "x"');
    expect(place.daylight('dlp', 'import', 'gitleaks', 'other.toml', '--out', 'x').stderr).toContain('[[rules]]');
  });
});

describe('dlp exact', () => {
  test('makes a list that finds its values, however they are written, and no others', () => {
    write(
      'customers.csv',
      'name,number\r\n"Example, Ann",CU-100 200 300\r\n"Example, Bob",CU-100200301\r\nX,12345\r\n,CU-100200300\r\n',
    );
    const { status, stdout } = place.daylight(
      'dlp',
      'exact',
      'build',
      'customers.csv',
      '--column',
      'number',
      '--out',
      'rules/local/dlp/customers.json',
    );
    expect(status).toBe(0);
    expect(stdout).toMatch(/^2 values written.*\n1 were there already\.\n1 left out: shorter than 6/);
    expect(statSync(join(place.folder, 'rules/local/dlp/customers.json')).mode & 0o777).toBe(0o600);
    expect(read('rules/local/dlp/customers.json')).not.toMatch(/100.?200/);
    const customer = TICKET.replace('id: ticket', 'id: customer')
      .replace(String.raw`\bTK-\d{6}\b`, String.raw`(?i)\bcu-\d[\d -]{7,11}\d\b`)
      .replace('tk-', 'cu-')
      .replace('see TK-123456', 'see CU-100200300')
      .replace('see TK-12345', 'see CU-999999999');
    write('rules/local/dlp/customer.yml', `${customer}exact: { file: customers.json }\n`);
    const tested = place.daylight('dlp', 'test', 'customer');
    expect(tested.stdout).toContain('2 of 2 samples');
    write('mail.txt', 'About cu-100-200-301 and CU-100200302.');
    const found = place.daylight('dlp', 'scan', 'mail.txt', '--json').lines();
    expect(found.filter(({ detector }) => detector === 'customer')).toMatchObject([{ offset: 6, length: 14, validated: true }]);
  });

  test('refuses what cannot become a list, and writes nothing', () => {
    const build = (...args: string[]) => place.daylight('dlp', 'exact', 'build', ...args, '--out', 'out.json');
    expect(build('customers.csv').stderr).toContain('say with --column');
    const wrong = build('customers.csv', '--column', 'numbr').stderr;
    expect(wrong).toContain('did you mean "number"?');
    write('short.txt', 'abc\n12-34-5\n');
    expect(build('short.txt').stderr).toContain('(2 are shorter)');
    write('out.json', '{"precious":true}');
    write('long.txt', 'a value of its own\n');
    expect(build('long.txt').stderr).toContain('exists and is no list');
    expect(read('out.json')).toBe('{"precious":true}');
  });
});
