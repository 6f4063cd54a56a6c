// The rules as Sigma rules: valid, up to date, fitting the log lines of a real run, silent on benign ones, and agreeing with the rules
// they are made from on everything that the corpus holds.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { judgeByShippedRules, OWN_CORPUS, readCorpus } from '../../bench/eval/corpus.ts';
import { sigmaRules, sigmaText } from '../../src/cli/export-rules.ts';
import { INSTALL_DIR } from '../../src/config.ts';
import { toEvent } from '../../src/engine/event.ts';
import type { Flow } from '../../src/engine/flow.ts';
import { judgeHar } from '../../src/engine/har.ts';
import { sampleFlows } from '../../src/engine/rules/samples.ts';
import type { Rule } from '../../src/engine/rules/schema.ts';
import { toSigma } from '../../src/engine/rules/sigma.ts';
import type { Verdict } from '../../src/engine/verdict.ts';
import { loadSnapshotSource } from '../../src/load.ts';
import { createWorkplace, type Workplace } from './daylight.ts';
import { type Detection, type LogLine, matchesSigma } from './sigma-matcher.ts';

const RULES = join(INSTALL_DIR, 'rules');
const FOLDER = join(INSTALL_DIR, 'docs/reference/sigma');
const exported = sigmaRules(RULES);
const { source } = loadSnapshotSource(RULES);

/** What the Sigma specification 2 asks of a detection rule. */
const sigmaSchema = z.strictObject({
  title: z.string().min(1).max(256),
  id: z.uuid({ version: 'v5' }),
  related: z.array(z.strictObject({ id: z.uuid(), type: z.literal('derived') })),
  status: z.enum(['stable', 'test', 'experimental', 'deprecated', 'unsupported']),
  description: z.string().min(1),
  references: z.array(z.url()).min(1).optional(),
  author: z.string().min(1),
  date: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
  modified: z.string().optional(),
  tags: z.array(z.string().regex(/^[a-z0-9_-]+\.[a-z0-9._-]+$/)).optional(),
  logsource: z.strictObject({ product: z.literal('daylight'), category: z.literal('proxy') }),
  detection: z.looseObject({ condition: z.string().min(1) }),
  fields: z.array(z.string()),
  falsepositives: z.array(z.string()).min(1),
  level: z.enum(['informational', 'low', 'medium', 'high', 'critical']),
});

function linesOf(name: string): LogLine[] {
  const text = readFileSync(join(FOLDER, 'samples', name), 'utf8');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as LogLine);
}

const fits = (rule: { detection: unknown }, line: LogLine) => matchesSigma(rule.detection as Detection, line);

describe('an exported rule', () => {
  const benign = linesOf('benign.ndjson');

  test.for(exported)('$file is valid, fits its log lines, and stays silent on benign ones', ({ file, rule }) => {
    expect(sigmaSchema.parse(parse(sigmaText(rule)))).toEqual(rule);
    const lines = linesOf(file.replace(/\.yml$/, '.ndjson'));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      expect(line.rules).toContain(rule.related[0]!.id);
      expect(fits(rule, line), JSON.stringify(line.signals)).toBe(true);
    }
    for (const line of benign) expect(fits(rule, line), String(line.url)).toBe(false);
  });

  test('is the one in docs/reference/sigma', () => {
    const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yml'));
    expect(files.sort()).toEqual(exported.map(({ file }) => file).sort());
    for (const { file, rule } of exported) expect(readFileSync(join(FOLDER, file), 'utf8'), file).toBe(sigmaText(rule));
  });

  test('has an id of its own that does not change', () => {
    const ids = exported.map(({ rule }) => rule.id);
    expect(new Set(ids).size).toBe(source.rules.length);
    expect(sigmaRules(RULES).map(({ rule }) => rule.id)).toEqual(ids);
    // RFC 9562 version 5 of this rule's id, as any other implementation computes it.
    const initialize = exported.find(({ file }) => file === 'initialize.yml')!;
    expect(initialize.rule.id).toBe('cde87e03-f5b4-597d-8f3c-abf424c0db37');
  });

  test('agrees with its rule on every exchange of the corpus and of the samples', () => {
    const wrong: string[] = [];
    const compare = (flow: Flow, verdict: Verdict): void => {
      const event = toEvent(flow, verdict, OUTCOME, { tenant: 'default', sensor: 'test' }) as unknown as LogLine;
      for (const { file, rule } of exported) {
        const expected = verdict.matches.some(({ ruleId }) => ruleId === rule.related[0]!.id);
        if (fits(rule, event) !== expected) wrong.push(`${file}: ${expected ? 'missed' : 'wrong'} ${flow.request.url}`);
      }
    };
    const judge = judgeByShippedRules();
    for (const { entries } of readCorpus(OWN_CORPUS))
      for (const { entry, verdict } of judgeHar(entries, judge)) compare(entry.flow, verdict);
    for (const { samples } of source.rules) {
      for (const sample of [...samples.match, ...samples.silent]) {
        if (typeof sample === 'string') continue;
        const flows = sampleFlows(sample);
        let verdict: Verdict | undefined;
        for (const flow of flows) verdict = judge(flow, verdict);
        compare(flows.at(-1)!, verdict!);
      }
    }
    expect(wrong).toEqual([]);
  });
});

const OUTCOME = { endTime: 0, requestBytes: 0, responseBytes: 0, ttfbMs: 0, disposition: 'logged' as const, error: '' };

describe('a log line', () => {
  test('names no machine and no credential', () => {
    for (const name of readdirSync(join(FOLDER, 'samples'))) {
      const text = readFileSync(join(FOLDER, 'samples', name), 'utf8');
      expect(text, name).not.toMatch(/127\.0\.0\.1|localhost:\d|\.localhost|Bearer /);
    }
  });
});

describe('the conversion', () => {
  const sha1 = () => new Uint8Array(20);
  const convert = (detection: Record<string, unknown>) =>
    toSigma({ ...source.rules[0]!, detection } as Rule, sha1).detection as unknown;

  test('writes columns for fields, and escapes what is a wildcard to Sigma', () => {
    const detection = { a: { 'url.path|contains': '/a*b', 'mcp.tool': 'what?' }, condition: 'a' };
    expect(convert(detection)).toEqual({ a: { 'path|contains': '/a\\*b', mcp_tool: 'what\\?' }, condition: 'a' });
    expect(convert({ a: { 'mcp.tool|re': '^x.*$' }, condition: 'a' })).toEqual({ a: { 'mcp_tool|re': '^x.*$' }, condition: 'a' });
    expect(convert({ a: [{ 'user.name': 'ann' }, { 'score.decided': false }], condition: 'not a' })).toEqual({
      a: [{ user_id: 'ann' }, { 'confidence|lt': 75 }],
      condition: 'not a',
    });
    expect(convert({ a: { 'mcp.tool|exists': false }, condition: 'a' })).toEqual({ a: { mcp_tool: '' }, condition: 'a' });
  });

  test.for([{ 'http.request.header.x-y': 'z' }, { 'flow.phase': 'message' }, { 'mcp.tool|exists': true }])(
    'falls back to the rules that Daylight noted for %o',
    (fields) => {
      const { id } = source.rules[0]!;
      expect(convert({ a: { signal: 'mcp.path' }, b: fields, condition: 'a and b' })).toEqual({
        matched: { rules: id },
        condition: 'matched',
      });
    },
  );
});

describe('daylight rules export', () => {
  let place: Workplace;
  let folder: string;
  beforeAll(() => {
    place = createWorkplace();
    folder = mkdtempSync(join(tmpdir(), 'daylight-sigma-'));
  });
  afterAll(() => {
    place.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  test('writes one file a rule', () => {
    const out = join(folder, 'deep/er');
    const { stdout, status } = place.daylight('rules', 'export', '--format', 'sigma', '--out', out);
    expect({ stdout, status }).toEqual({ stdout: `${exported.length} Sigma rules written to ${out}.\n`, status: 0 });
    expect(readdirSync(out).sort()).toEqual(exported.map(({ file }) => file).sort());
  });

  test('writes to stdout, as YAML documents or as JSON', () => {
    const yaml = place.daylight('rules', 'export', '--format', 'sigma');
    expect(yaml.stdout.split(/^---$/m).map((text) => parse(text))).toEqual(exported.map(({ rule }) => rule));
    const json = place.daylight('rules', 'export', '--format', 'sigma', '--json');
    const lines = json.stdout.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(exported.map(({ rule }) => rule));
  });

  test('says what is wrong', () => {
    const format = place.daylight('rules', 'export', '--format', 'yara');
    expect(format).toMatchObject({ status: 1, stderr: expect.stringContaining('--format "yara": the only format is sigma') });
    const out = place.daylight('rules', 'export', '--format', 'sigma', '--out', join(INSTALL_DIR, 'package.json'));
    expect(out).toMatchObject({ status: 1, stderr: expect.stringMatching(/--out .*package\.json: cannot be written/) });
  });
});
