// The corpus beside the tests: recorded from software that the tests install (test/corpus/record.ts). Every exchange has to be judged
// as it is labelled, in order and alone.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { judgeByShippedRules, OWN_CORPUS, readCorpus } from '../../bench/eval/corpus.ts';
import { unmetLimits } from '../../bench/eval/limits.ts';
import { addSession, newMeasure, precision, recall, SESSION_CLASSES } from '../../bench/eval/measure.ts';
import { judgeHar } from '../../src/engine/har.ts';

const judge = judgeByShippedRules();
const sessions = [...readCorpus(OWN_CORPUS)];
const files = readdirSync(OWN_CORPUS, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.har'));

describe('the recorded sessions', () => {
  test.for(sessions)('$name is judged as it is labelled', ({ entries, expected }) => {
    const judged = judgeHar(entries, judge);
    const alone = entries.flatMap((entry) => judgeHar([entry], judge));
    expected.forEach(({ traffic, strict, benign, sublabel }, at) => {
      const { verdict } = judged[at]!;
      const what = `entry ${at} (${sublabel}): ${verdict.reason}`;
      if (benign) expect(['none', 'suspect'], what).toContain(verdict.traffic);
      else if (strict) {
        expect(verdict.traffic, what).toBe(traffic);
        expect(alone[at]!.verdict.traffic, `${what} alone`).toBe(traffic);
      } else expect(['none', 'suspect', traffic], what).toContain(verdict.traffic);
    });
  });

  test('keep all limits together', () => {
    const measured = newMeasure();
    for (const session of sessions) {
      const alone = session.entries.flatMap((entry) => judgeHar([entry], judge));
      addSession(measured, session, judgeHar(session.entries, judge), alone);
    }
    expect(unmetLimits(measured)).toEqual([]);
    for (const name of SESSION_CLASSES) {
      const count = measured.bySession[name];
      expect([name, count.found > 0, recall(count), precision(count)]).toEqual([name, true, 1, 1]);
    }
    expect(measured.benign.all).toBeGreaterThan(40);
    expect(measured.benign.suspect).toBeLessThanOrEqual(1);
  });

  test('cover every generation and transport', () => {
    const labels = sessions.flatMap(({ expected }) => expected.filter(({ benign }) => !benign));
    const generations = new Set(labels.map(({ generation }) => generation));
    for (const each of ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28'])
      expect(generations).toContain(each);
    const transports = new Set(labels.map(({ transport }) => transport));
    for (const each of ['http+sse', 'streamable-http', 'websocket', 'llm-api', 'package-registry'])
      expect(transports).toContain(each);
  });
});

describe('the files', () => {
  test('are small', () => {
    const bytes = files.map((name) => statSync(join(OWN_CORPUS, name)).size);
    expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThan(2_000_000);
  });

  test.for(files)('%s names invented hosts only, and no credential', (name) => {
    const text = readFileSync(join(OWN_CORPUS, name), 'utf8');
    const entries = (JSON.parse(text) as { log: { entries: RawEntry[] } }).log.entries;
    for (const { request, response } of entries) {
      expect(new URL(request.url).hostname).toMatch(/\.example$/);
      for (const { name: header, value } of [...request.headers, ...response.headers]) {
        if (/^(?:authorization|cookie|set-cookie|x-api-key)$/i.test(header)) expect(value).toBe('(removed)');
      }
    }
    expect(text).not.toMatch(/127\.0\.0\.1|\/root\/|\/home\/(?!ann\/)|\/work\//);
  });
});

interface RawEntry {
  request: { url: string; headers: { name: string; value: string }[] };
  response: { headers: { name: string; value: string }[] };
}
