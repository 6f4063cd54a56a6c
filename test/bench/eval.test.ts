// `npm run eval` as people run it: what it prints, and how it ends.

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OWN_CORPUS } from '../../bench/eval/corpus.ts';
import { replaceSection } from '../../bench/section.ts';
import { INSTALL_DIR } from '../../src/config.ts';

interface LabelledEntry {
  _label: { label: string; sublabel: string; decidable: string };
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'daylight-eval-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function evaluate(...args: string[]): { stdout: string; stderr: string; code: number | null } {
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(INSTALL_DIR, 'bench/eval.ts'), ...args], {
    encoding: 'utf8',
  });
  return { stdout, stderr, code: status };
}

/** A copy of a session of the corpus with other labels. */
function relabel(name: string, as: string, label: Partial<LabelledEntry['_label']>): void {
  const har = JSON.parse(readFileSync(join(OWN_CORPUS, `${name}.har`), 'utf8')) as { log: { entries: LabelledEntry[] } };
  for (const entry of har.log.entries) Object.assign(entry._label, label);
  writeFileSync(join(folder, as), JSON.stringify(har));
}

test('without a folder it scores the corpus that comes with Daylight, which keeps all limits', () => {
  const { stdout, code } = evaluate();
  expect(stdout).toContain('All limits are kept.');
  expect(stdout).toMatch(/\| Daylight \| 1\.0000 \| 1\.0000 \| 0 \| 1\.0000 \| 1\.0000 \|/);
  expect(stdout).toMatch(/\| ten expressions \| 0\.\d+ \| 0\.\d+ \| \d+ \| 0\.\d+ \| 0\.\d+ \|/);
  expect(code).toBe(0);
});

test('prints every miss and every false alarm with its explanation, and ends with status 2', () => {
  mkdirSync(join(folder, 'wrong'));
  relabel('mcp/sdk1-websocket', 'wrong/called-benign.har', { label: 'not-mcp' });
  relabel('not-mcp/ethereum', 'wrong/called-mcp.har', { label: 'mcp', sublabel: 'rpc:eth', decidable: 'request' });
  copyFileSync(join(OWN_CORPUS, 'mcp/sdk1-sse.har'), join(folder, 'wrong/right.har'));
  const { stdout, code } = evaluate(join(folder, 'wrong'));
  expect(code).toBe(2);
  expect(stdout).toContain('Sessions: recall of shadow is 0.5000, not 1.');
  expect(stdout).toContain('Sessions: precision of shadow is 0.5000, not 1.');
  expect(stdout).toContain('Benign: 1 of 1 flows are above suspect.');
  const remarks = stdout.slice(stdout.indexOf('### Misses and false alarms'));
  expect(remarks).toMatch(
    /- false alarm: `called-benign` entry 0 .*expected none, got shadow at \d+\.\n.*wss:\/\/.*Signals: .*mcp\.\S+ \(decisive\)/,
  );
  expect(remarks.match(/- miss: `called-mcp` entry \d \(rpc:eth\), expected shadow, got none at 0\./g)).toHaveLength(3);
  expect(remarks).toContain('No sign of MCP. Signals: none.');
  expect(remarks).not.toContain('right');
});

test('gives the same as JSON', () => {
  const measured = JSON.parse(evaluate('--json').stdout) as { sessions: number; unmet: string[]; remarks: { kind: string }[] };
  expect(measured.sessions).toBeGreaterThan(30);
  expect(measured.unmet).toEqual([]);
  expect(measured.remarks.every(({ kind }) => kind === 'suspicion')).toBe(true);
});

test('says what is wrong with a corpus that it cannot read', () => {
  expect(evaluate(join(folder, 'nowhere'))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('there is no such folder'),
  });
  mkdirSync(join(folder, 'empty'));
  expect(evaluate(join(folder, 'empty'))).toMatchObject({ code: 1, stderr: expect.stringContaining('there are no .har files') });
  mkdirSync(join(folder, 'broken'));
  writeFileSync(join(folder, 'broken/a.har'), '{"log":{}}');
  expect(evaluate(join(folder, 'broken'))).toMatchObject({ code: 1, stderr: expect.stringMatching(/a\.har: .*log\.entries/) });
});

test('writes only the section of the corpus that was judged', () => {
  const page =
    'Intro\n<!-- eval own begin -->\nold\n<!-- eval own end -->\n<!-- eval development begin -->\nkept\n<!-- eval development end -->\n';
  const written = replaceSection(page, 'eval own', 'new');
  expect(written).toBe(page.replace('old', 'new'));
  expect(() => replaceSection('no marks', 'eval own', 'new')).toThrow('<!-- eval own begin -->');
});

test('the published page holds the figures of the corpus as it is', () => {
  const page = readFileSync(join(INSTALL_DIR, 'docs/reference/detection-quality.md'), 'utf8');
  const today = evaluate().stdout.trim();
  const undated = (text: string) => text.replace(/judged on \d{4}-\d{2}-\d{2}/g, 'judged');
  expect(undated(page)).toContain(undated(today));
});
