import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { batchOf } from '../../src/config/sinks.ts';
import { INSTALL_DIR, loadConfig } from '../../src/config.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'daylight-config-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function load(sinks: unknown) {
  const file = join(dir, 'daylight.yaml');
  writeFileSync(file, stringify({ sinks }));
  return loadConfig({ file, env: {}, cwd: dir }).sinks;
}

function problem(sinks: unknown): string {
  try {
    load(sinks);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

const file = { name: 'a', type: 'file', path: 'out/a.ndjson' };

describe('the sinks of a configuration', () => {
  test('get what is not said, and absolute files', () => {
    const [sink] = load([file]);
    expect(sink).toMatchObject({
      path: join(dir, 'out/a.ndjson'),
      format: 'ocsf',
      events: ['http_flow', 'mcp_call', 'llm_call', 'dlp_match', 'server_finding', 'audit_log'],
      limit: 8 * 1024 ** 3,
      from: 'start',
      rotate: { age: 86_400_000, keep: 10 },
    });
    const [hook] = load([{ name: 'h', type: 'webhook', url: 'https://h.example/x', secretFile: 'secret', ca: '/etc/ca.pem' }]);
    expect(hook).toMatchObject({ secretFile: join(dir, 'secret'), ca: '/etc/ca.pem', proxy: null });
    const proxy = { url: 'http://proxy.example:3128', username: 'u', passwordFile: 'pw', ca: ['ca.pem'] };
    const [splunk] = load([{ name: 's', type: 'splunk', url: 'https://s.example', token: 'aaaa', proxy }]);
    expect(splunk).toMatchObject({ proxy: { passwordFile: join(dir, 'pw'), ca: [join(dir, 'ca.pem')] } });
  });

  test('batches are those of the type unless told', () => {
    const [plain, s3, slack, told] = load([
      file,
      { name: 'b', type: 's3', bucket: 'bucket' },
      { name: 'c', type: 'webhook', url: 'https://h.example', format: 'slack' },
      { ...file, name: 'd', path: 'd.ndjson', batch: { events: 7 } },
    ]);
    expect([plain, s3, slack, told].map((sink) => batchOf(sink!).events)).toEqual([1_000, 10_000, 100, 7]);
    expect(batchOf(told!).ageMs).toBe(1_000);
  });

  test.each([
    [
      'points at the character of a filter',
      [{ ...file, filter: 'traffic:shadow tarffic:x' }],
      /did you mean "traffic"\?\n {2}traffic:shadow tarffic:x\n {17}\^{7}/,
    ],
    ['an unknown type', [{ name: 'a', type: 'splnk' }], 'sinks[0].type: is "splnk"; did you mean "splunk"?'],
    ['a missing type', [{ name: 'a' }], 'sinks[0].type: is missing; must be one of: file, stdout'],
    ['two of one name', [file, { ...file, name: 'A' }], 'sinks[1].name: is "A"; must be the name of one sink alone'],
    ['two that write one file', [file, { ...file, name: 'b', path: `./${file.path}` }], 'must be the file of one sink alone'],
    ['a name that is no file', [{ ...file, name: '../x' }], 'must be letters, digits and hyphens'],
    ['an unknown event', [{ ...file, events: ['http_flows'] }], 'did you mean "http_flow"?'],
    ['a limit that holds nothing', [{ ...file, limit: '1MiB' }], 'must be at least 16MiB'],
    ['a secret twice', [{ name: 'h', type: 'webhook', url: 'https://h.example', token: 'aaaa', tokenFile: 'x' }], 'tokenFile'],
    ['a webhook without an address', [{ name: 'h', type: 'webhook' }], 'sinks[0].url: is missing; set url, or urlFile'],
    [
      'a proxy for syslog',
      [{ name: 's', type: 'syslog', host: 'h', proxy: { url: 'http://p:3128' } }],
      'this type is not HTTP, and goes out directly',
    ],
    [
      'a proxy for Kafka',
      [{ name: 'k', type: 'kafka', brokers: ['k:9093'], topic: 't', proxy: 'http://p:3128' }],
      'this type is not HTTP, and goes out directly',
    ],
    [
      'a proxy that is no mapping',
      [{ name: 'h', type: 'webhook', url: 'https://h.example', proxy: 'http://p:3128' }],
      'must be a mapping such as { url: "http://proxy.corp.example:3128" }',
    ],
    ['CEF in a JSON array', [{ name: 'h', type: 'webhook', url: 'https://h.example', format: 'cef' }], 'must be lines'],
  ])('%s is refused in words', (_what, sinks, words) => {
    if (words instanceof RegExp) expect(problem(sinks)).toMatch(words);
    else expect(problem(sinks)).toContain(words);
  });

  test.each(['docs/reference/sinks.md', 'docs/howto/export-to-siem.md'])('the examples of %s are right', (page) => {
    const text = readFileSync(join(INSTALL_DIR, page), 'utf8');
    const examples = [...text.matchAll(/```yaml\n(sinks:\n[\s\S]*?)```/g)].map(([, example = '']) => example);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) expect(problem((parse(example) as { sinks: unknown }).sinks)).toBe('');
  });

  test('a wrong secret is not shown', () => {
    expect(problem([{ name: 'h', type: 'webhook', url: 'https://h.example', secret: 'too short' }])).not.toContain('too short');
  });
});
