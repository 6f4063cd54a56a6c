// The labelled set of DLP: whether its labels can be right, and what the shipped detectors make of it.

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { measureDlp, unmetDlpLimits } from '../../bench/eval/dlp.ts';
import { DLP_CORPUS, readDlpCorpus, type Snippet } from '../../bench/eval/dlp-corpus.ts';
import { reportDlp } from '../../bench/eval/dlp-report.ts';
import { precision, recall } from '../../bench/eval/measure.ts';
import { INSTALL_DIR } from '../../src/config.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'daylight-dlp-eval-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Reads a set of one file. */
function readSet(text: string): Snippet[] {
  writeFileSync(join(folder, 'iban.yml'), text);
  return readDlpCorpus(folder);
}

test('every shipped detector has at least 8 positive and 8 negative snippets, and no snippet is there twice', () => {
  const snippets = readDlpCorpus(DLP_CORPUS);
  expect(snippets.length).toBeGreaterThanOrEqual(900);
  expect(new Set(snippets.map(({ content }) => JSON.stringify(content))).size).toBe(snippets.length);
  const detectors = readdirSync(join(INSTALL_DIR, 'rules/dlp')).map((file) => file.replace(/\.ya?ml$/, ''));
  for (const detector of detectors) {
    const own = snippets.filter((snippet) => snippet.detector === detector);
    const positive = own.filter((snippet) => snippet.positive).length;
    expect({ detector, enough: positive >= 8 && own.length - positive >= 8 }).toEqual({ detector, enough: true });
  }
  expect(new Set(snippets.map(({ detector }) => detector))).toEqual(new Set(detectors));
});

test('over all detectors, precision and recall at medium confidence are at least 0.97', () => {
  const measured = measureDlp();
  expect(unmetDlpLimits(measured)).toEqual([]);
  expect(precision(measured.overall)).toBeGreaterThanOrEqual(0.97);
  expect(recall(measured.overall)).toBeGreaterThanOrEqual(0.97);
});

test('a value counts as found in each form in which it can stand in a message', () => {
  const find = 'find: [DE89 3704 0044 0532 0130 00]';
  const snippets = readSet(
    `positive:\n` +
      `  - {result: "Konto DE89 3704 0044 0532 0130 00, danke", ${find}}\n` +
      `  - {json: {account: {iban: DE89 3704 0044 0532 0130 00}}, ${find}}\n` +
      `  - {call: {tool: fetch, arguments: {url: 'https://bank.example/?iban=DE89%203704%200044%200532%200130%2000'}}, ${find}}\n` +
      `  - {resource: {uri: 'file:///a.txt', blob: "IBAN DE89 3704 0044 0532 0130 00"}, ${find}}\n` +
      `  - {header: {Mcp-Param-Iban: DE89 3704 0044 0532 0130 00}, ${find}}\n` +
      `negative:\n  - {result: "no account"}\n`,
  );
  const measured = measureDlp(snippets);
  expect(measured.byDetector.iban).toEqual({ positive: 5, negative: 1, found: 5, missed: 0, wrong: 0 });
  expect(measured.remarks).toEqual([]);
});

test('misses, false alarms and findings beside the label are counted and named', () => {
  const snippets = readSet(
    `positive:\n` +
      `  - {result: "IBAN DE89 3704 0044 0532 0130 00, ask Nina Keller", find: [Nina Keller]}\n` +
      `negative:\n` +
      `  - {result: "IBAN DE89 3704 0044 0532 0130 00"}\n` +
      `  - {result: "IBAN DE89 3704 0044 0532 0130 00", also: [iban]}\n`,
  );
  const measured = measureDlp(snippets);
  expect(measured.byDetector.iban).toEqual({ positive: 1, negative: 2, found: 0, missed: 1, wrong: 2 });
  expect(measured.remarks.map(({ kind, snippet }) => `${kind} ${snippet}`)).toEqual([
    'miss iban positive 0',
    'false alarm iban positive 0',
    'false alarm iban negative 0',
  ]);
  const unmet = unmetDlpLimits(measured);
  expect(unmet).toEqual([
    'DLP: precision over all detectors is 0.0000, not 0.97.',
    'DLP: recall over all detectors is 0.0000, not 0.97.',
  ]);
  const text = reportDlp(measured, unmet);
  expect(text).toContain('| iban | 1 | 0 | 2 | 2 | 0.0000 | 0.0000 |');
  expect(text).toContain('- miss: iban in `iban positive 0`: "Nina Keller"');
  expect(text).not.toContain('0532');
});

test('labels that cannot be right are refused, with file, line and reason', () => {
  const read = (text: string) => () => readSet(text);
  const negative = 'negative:\n  - {result: b}\n';
  expect(read(`positive:\n  - {result: a}\n${negative}`)).toThrow(/iban\.yml:2: find: is missing/);
  expect(read(`positive:\n  - {result: a, find: [z]}\n${negative}`)).toThrow(/iban\.yml:2: find: "z" does not occur/);
  expect(read('positive:\n  - {result: a, find: [a]}\nnegative:\n  - {result: b, find: [b]}\n')).toThrow(
    /a negative has nothing/,
  );
  expect(read(`positive:\n  - {result: a, error: a, find: [a]}\n${negative}`)).toThrow(/exactly one of call, send/);
  expect(read(`positive:\n  - {result: a, found: [a]}\n${negative}`)).toThrow(/there is no such field/);
});
