// The metrics, their documentation and the alert rules over them say the same. Where promtool is on the path (Debian's package
// prometheus), it judges the text and the rules; elsewhere they are read as far as their grammar is plain.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { createMetrics, METRICS, type MetricKind, type MetricName, type MetricValues } from '../src/metrics.ts';

const kinds = Object.entries(METRICS) as [MetricName, MetricKind][];
const RULES = 'dashboards/prometheus/alerts.yml';

/** One value, or one for each label, of everything there is. */
const everything: MetricValues = Object.fromEntries(
  kinds.map(([name, { type, labels }]) => {
    if (type === 'histogram')
      return [
        name,
        {
          buckets: [
            { end: 0.1, count: 2 },
            { end: 1, count: 1 },
            { end: undefined, count: 4 },
          ],
          sum: 9,
        },
      ];
    return [name, labels.length === 0 ? 7 : [{ labels: labels.map((label) => `"${label}"\n\\`), value: 7 }]];
  }),
);
const text = await createMetrics(async () => everything)();

function promtool(args: string[], input = ''): string | undefined {
  try {
    return execFileSync('promtool', args, { input, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

describe('what a scraper reads', () => {
  it('holds every metric with its type, and values with the labels escaped', () => {
    expect(text.contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    for (const [name, { type, help }] of kinds) expect(text.text).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`);
    expect(text.text).toContain('daylight_client_connections 7\n');
    expect(text.text).toContain(String.raw`daylight_tls_handshakes_total{result="\"result\"\n\\"} 7`);
  });

  it('counts in a bucket what is in those below', () => {
    const lines = text.text.split('\n').filter((line) => line.startsWith('daylight_decide_duration_seconds'));
    expect(lines).toEqual([
      'daylight_decide_duration_seconds_bucket{le="0.1"} 2',
      'daylight_decide_duration_seconds_bucket{le="1"} 3',
      'daylight_decide_duration_seconds_bucket{le="+Inf"} 7',
      'daylight_decide_duration_seconds_sum 9',
      'daylight_decide_duration_seconds_count 7',
    ]);
  });

  it('leaves out what is not known, and asks anew each time', async () => {
    let calls = 0;
    const read = createMetrics(async () => ({ daylight_rules: ++calls }));
    await read();
    const { text } = await read();
    expect(text).toContain('daylight_rules 2\n');
    expect(text).not.toContain('daylight_workers');
    expect(text).toContain('process_cpu_seconds_total');
  });

  it('is what promtool calls good', () => {
    expect(promtool(['check', 'metrics'], text.text) ?? '').toBe('');
  });
});

test('names follow the conventions of Prometheus', () => {
  for (const [name, { type }] of kinds) {
    expect(name).toMatch(/^daylight_[a-z][a-z_]*[a-z]$/);
    expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
    expect(name).not.toMatch(/milliseconds|_ms\b|kilobytes|percent/);
  }
});

test('the documentation lists exactly the metrics that there are', () => {
  const rows = readFileSync('docs/reference/metrics.md', 'utf8').matchAll(/^\| `(daylight_\w+)` \| (\w+) \|(.*?)\| (.*) \|$/gm);
  const documented = [...rows].map(([, name, type, labels = '', help]) => [name, type, labelsIn(labels), help]);
  expect(documented).toEqual(kinds.map(([name, { type, labels, help }]) => [name, type, [...labels], help]));
});

/** Names in backquotes, each before its colon. */
function labelsIn(cell: string): string[] {
  return [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name ?? '');
}

describe('alert rules', () => {
  const file = parse(readFileSync(RULES, 'utf8')) as {
    groups: {
      name: string;
      rules: { alert: string; expr: string; for?: string; labels: { severity: string }; annotations: { summary: string } }[];
    }[];
  };
  const rules = file.groups.flatMap((group) => group.rules);

  it('name metrics and labels that exist', () => {
    expect(rules.length).toBeGreaterThan(15);
    for (const { alert, expr } of rules) {
      const named = [...expr.matchAll(/\b(up|daylight_\w+)\b(?:\{([^}]*)\})?/g)];
      expect([alert, named.length > 0]).toEqual([alert, true]);
      for (const [, name = '', selector = ''] of named) {
        const kind = METRICS[name.replace(/_(bucket|sum|count)$/, '') as MetricName] as MetricKind | undefined;
        expect([alert, name, kind !== undefined || name === 'up']).toEqual([alert, name, true]);
        for (const [, label = ''] of selector.matchAll(/(\w+)\s*[=!]~?/g)) {
          expect([alert, label, name === 'up' || kind?.labels.includes(label)]).toEqual([alert, label, true]);
        }
      }
    }
  });

  it('have names of their own, a severity, and a sentence', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { alert, labels, annotations, ...rule } of rules) {
      expect(alert).toMatch(/^Daylight[A-Z]\w+$/);
      expect(['critical', 'warning']).toContain(labels.severity);
      expect(annotations.summary.length).toBeGreaterThan(20);
      expect(rule.for ?? '1m').toMatch(/^\d+[smh]$/);
    }
  });

  it('are what promtool calls good', () => {
    expect(promtool(['check', 'rules', RULES]) ?? 'SUCCESS').toContain('SUCCESS');
  });
});
