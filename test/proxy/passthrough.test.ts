import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { readDocument } from '../../src/document.ts';
import { DaylightError } from '../../src/errors.ts';
import { createPassthrough } from '../../src/proxy/passthrough.ts';

const folder = mkdtempSync(join(tmpdir(), 'daylight-passthrough-'));
afterAll(() => rmSync(folder, { recursive: true }));

function listFile(text: string): string {
  const file = join(folder, 'list.yml');
  writeFileSync(file, text);
  return file;
}
const baselineFile = fileURLToPath(new URL('../../rules/passthrough.yml', import.meta.url));
const entry = (pattern: string) => ({ pattern, reason: `about ${pattern}` });

describe('passthrough patterns', () => {
  const list = createPassthrough({
    baselineFile: listFile(
      JSON.stringify({
        hosts: [entry('*.example.com'), entry('exact.example.com'), entry('*.deep.example.com'), entry('one.example')],
      }),
    ),
    configured: ['*.Bücher.example', '192.0.2.1', '[2001:DB8::1]', '*.internal', 'one.example'],
  });
  it.each([
    ['a.example.com', '*.example.com'],
    ['a.b.example.com', '*.example.com'],
    ['exact.example.com', 'exact.example.com'],
    ['x.deep.example.com', '*.deep.example.com'],
    ['deep.example.com', '*.example.com'],
    ['shop.xn--bcher-kva.example', '*.Bücher.example'],
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8::1', '[2001:DB8::1]'],
    ['build.internal', '*.internal'],
  ])('%s is covered by %s', (host, pattern) => {
    expect(list.match(host, 0)?.pattern).toBe(pattern);
  });
  it.each([
    'example.com',
    'badexample.com',
    'example.com.evil.example',
    'xn--bcher-kva.example',
    '192.0.2.10',
    'internal',
    'com',
    '',
  ])('%j is not covered', (host) => {
    expect(list.match(host, 0)).toBeUndefined();
  });
  it('the operator comes before the baseline', () => {
    expect(list.match('one.example', 0)?.reason).toBe('listed in proxy.inspect.passthrough');
  });
  it.each([
    '*',
    '*.',
    '*example.com',
    'a.*.example.com',
    'https://example.com',
    'example.com:443',
    '',
    '*.1.2.3.4',
    'exa mple.com',
  ])('refuses the configured pattern %j and names its key', (pattern) => {
    expect(() => createPassthrough({ baselineFile, configured: ['fine.example', pattern] })).toThrow(
      /^proxy\.inspect\.passthrough\[1\]: .*\*\.example\.com/,
    );
  });
});

describe('the shipped baseline', () => {
  const shipped = createPassthrough({ baselineFile, configured: [] });
  it('loads, and gives a reason for everything', () => {
    const { hosts: entries } = readDocument(baselineFile).data as { hosts: { pattern: string; reason: string }[] };
    expect(entries.length).toBeGreaterThan(30);
    for (const { pattern, reason } of entries) expect([pattern, reason.length > 20]).toEqual([pattern, true]);
  });
  it.each([
    'courier.push.apple.com',
    'gsa.apple.com',
    'fe3.update.microsoft.com',
    'r.manage.microsoft.com',
    'mtalk.google.com',
    'ts01-b.cloudsink.net',
    'chat.signal.org',
    'g.whatsapp.net',
  ])('covers %s', (host) => {
    expect(shipped.match(host, 0)).toMatchObject({ reason: expect.any(String) });
  });
  it.each([
    'mcp.zoom.us',
    'mcp.slack.com',
    'mcp.box.com',
    'learn.microsoft.com',
    'agent365.svc.cloud.microsoft',
    'api.githubcopilot.com',
    'drivemcp.googleapis.com',
    'bigquery.googleapis.com',
    'api.fabric.microsoft.com',
    'mcp.apple.com',
    'www.apple.com',
    'login.microsoftonline.com',
  ])('leaves %s to inspection', (host) => {
    expect(shipped.match(host, 0)).toBeUndefined();
  });
});

describe('a broken passthrough file is refused with file and line', () => {
  it.each([
    ['hosts:\n  - pattern: "*.example"\n', /^list\.yml:2: hosts\.0\.reason: is missing/],
    ['hosts:\n  - pattern: a b\n    reason: x\n', /^list\.yml:2: hosts\.0\.pattern: "a b" is not a host/],
    ['hosts:\n  - pattern: a.example\n    reason: x\n  - pattern: A.example.\n    reason: y\n', /^list\.yml:4: .*listed twice/],
    ['hosts:\n  - pattern: a.example\n    reasn: x\n', /^list\.yml:3: hosts\.0\.reasn: there is no such field/m],
    ['hosts: [\n', /^list\.yml:\d+: /],
    ['', /list\.yml/],
    ['- a\n', /list\.yml/],
  ])('%j', (text, message) => {
    try {
      createPassthrough({ baselineFile: listFile(text), configured: [] });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(DaylightError);
      expect(error).toMatchObject({ code: 'ERR_CONFIG_INVALID', message: expect.any(String) });
      expect((error as Error).message.replaceAll(`${folder}/`, '')).toMatch(message);
    }
  });
  it('and so is one that is not there', () => {
    expect(() => createPassthrough({ baselineFile: '/nowhere/passthrough.yml', configured: [] })).toThrow(
      /\/nowhere\/passthrough\.yml: cannot be read/,
    );
  });
});
