// The dashboards for Grafana: every query runs on the real engine as the very user that docker-compose.yml gives Grafana, and the files keep
// to the conventions of the plugin. Grafana itself does not run here.

import { readFile } from 'node:fs/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrate } from '../../src/store/migrate.ts';
import { type ComposedClickHouse, startComposedClickHouse } from './grafana/clickhouse.ts';
import { type Panel, queriesOf, readDashboards } from './grafana/dashboard.ts';
import { type Expansion, expandQuery, variablesOf } from './grafana/expand-query.ts';
import { sampleRows } from './grafana/sample-rows.ts';

const DAY = 24 * 3_600_000;
const NOW = Date.now();
const LAST_DAY: Expansion = { from: NOW - DAY, to: NOW, interval: 900 };
/** Settings that a connection of the plugin sends with every query. */
const OF_PLUGIN = { max_execution_time: 35 };

const dashboards = readDashboards();
let engine: ComposedClickHouse;
let grafana: ClickHouseClient;

beforeAll(async () => {
  engine = await startComposedClickHouse();
  const daylight = engine.as('daylight');
  await migrate(daylight, { database: 'daylight' });
  for (const [table, values] of Object.entries(sampleRows(NOW))) {
    await daylight.insert({ table: `daylight.${table}`, values, format: 'JSONEachRow' });
  }
  grafana = engine.as('grafana');
});

afterAll(() => engine?.stop());

interface Answer {
  meta: { name: string; type: string }[];
  data: Record<string, unknown>[];
}

async function ask(sql: string, expansion: Expansion): Promise<Answer> {
  const query = expandQuery(sql, expansion);
  const result = await grafana.query({ query, format: 'JSON', clickhouse_settings: OF_PLUGIN });
  return (await result.json()) as Answer;
}

test('there are four dashboards, each with an id and a title of its own', () => {
  expect([...dashboards.keys()]).toEqual(['dlp.json', 'health.json', 'overview.json', 'servers.json']);
  const all = [...dashboards.values()];
  expect(new Set(all.map(({ uid }) => uid)).size).toBe(4);
  expect(new Set(all.map(({ title }) => title)).size).toBe(4);
});

describe.each([...dashboards])('%s', (_, dashboard) => {
  const queries = queriesOf(dashboard);
  const panels = dashboard.panels.filter(({ type }) => type !== 'row');

  test.each(queries)('$name: its query runs and returns rows', async ({ sql, timeseries }) => {
    const { meta, data } = await ask(sql, LAST_DAY);
    expect(data).not.toEqual([]);
    // What shows only nothing is no proof that a query finds what it is for.
    expect(
      data.some((row) => Object.values(row).some((value) => value !== 0 && value !== '0' && value !== '' && value !== null)),
    ).toBe(true);
    if (timeseries) expectSeries(meta);
  });

  test('finds nothing, and does not fail, where nothing was recorded', async () => {
    for (const { sql } of queries) await ask(sql, { ...LAST_DAY, from: NOW - 400 * DAY, to: NOW - 399 * DAY });
  });

  test('takes choices, also of several and of hostile values', async () => {
    for (const { sql } of queries) {
      const chosen = Object.fromEntries(variablesOf(sql).map((name) => [name, choiceOf(name)]));
      await ask(sql, { ...LAST_DAY, chosen });
    }
  });

  test('uses every variable that it offers, and no other', () => {
    const offered = dashboard.templating.list.filter(({ type }) => type !== 'datasource').map(({ name }) => name);
    const used = new Set(queries.flatMap(({ sql }) => variablesOf(sql)));
    expect([...used].sort()).toEqual(offered.sort());
  });

  test('names its datasource by the variable only', () => {
    expect(dashboard.templating.list[0]).toMatchObject({ name: 'datasource', query: 'grafana-clickhouse-datasource' });
    const named = [dashboard.templating.list.slice(1), panels, panels.flatMap(({ targets = [] }) => targets)].flat();
    for (const { datasource } of named.filter((one) => !('type' in one && one.type === 'custom'))) {
      expect(datasource).toEqual({ type: 'grafana-clickhouse-datasource', uid: `$\{datasource}` });
    }
  });

  test('says what everything is: titles, descriptions, units', () => {
    for (const text of [dashboard.title, dashboard.description]) expect(text).not.toBe('');
    for (const { label, description } of dashboard.templating.list) expect([label, description]).not.toContain('');
    for (const panel of panels) {
      expect(panel.title).not.toBe('');
      expect(panel.description ?? '').toMatch(/^[A-Z].{20,}\.$/s);
      expect(panel.fieldConfig?.defaults.unit ?? '').not.toBe('');
    }
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
  });

  test('gives panels ids of their own and room of their own', () => {
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    for (const [index, panel] of dashboard.panels.entries()) {
      const { x, w, h } = panel.gridPos;
      expect(x >= 0 && w > 0 && h > 0 && x + w <= 24).toBe(true);
      const others = dashboard.panels.slice(index + 1).filter((other) => overlap(panel, other));
      expect(others.map(({ title }) => `${panel.title} lies over ${title}`)).toEqual([]);
    }
  });

  test('asks in one form: SQL, its format, a bound on rows', () => {
    for (const { title, type, targets = [] } of panels) {
      expect(targets.map(({ refId }) => refId)).toEqual(['A']);
      for (const { editorType, queryType, format, rawSql } of targets) {
        expect([editorType, queryType, format]).toEqual(queryType === 'table' ? ['sql', 'table', 1] : ['sql', 'timeseries', 0]);
        if (type === 'table' || type === 'bargauge') expect(rawSql, title).toMatch(/LIMIT \d+$/);
      }
    }
  });

  test('gives fields by name only a form that a query returns', async () => {
    for (const { title, fieldConfig, targets = [], type } of panels.filter(({ type }) => type === 'table')) {
      const names = (await ask(targets[0]?.rawSql ?? '', LAST_DAY)).meta.map(({ name }) => name);
      for (const { matcher } of fieldConfig?.overrides ?? []) expect(names, `${type} ${title}`).toContain(matcher.options);
    }
  });
});

test('what Grafana may not see it is refused', async () => {
  const refused = [
    'SELECT excerpt FROM http_flow',
    'SELECT evidence FROM dlp_match',
    'SELECT args FROM mcp_call',
    'SELECT prompt_excerpt FROM llm_call',
    'SELECT * FROM system.users',
    "SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')",
    "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    "INSERT INTO audit_log (actor) VALUES ('x')",
    'ALTER TABLE http_flow DELETE WHERE 1',
    'DROP TABLE http_flow',
  ];
  for (const query of refused) await expect(grafana.command({ query }), query).rejects.toMatchObject({ code: '497' });
  const endless = grafana.query({ query: 'SELECT 1', clickhouse_settings: { max_execution_time: 3_600 } });
  await expect(endless).rejects.toThrow(/max_execution_time shouldn't be greater/);
  await expect(engine.as('grafana', 'wrong').query({ query: 'SELECT 1' })).rejects.toMatchObject({ code: '516' });
});

test('the how-to makes the same user in SQL that ClickHouse understands', async () => {
  const page = await readFile(new URL('../../docs/howto/grafana.md', import.meta.url), 'utf8');
  const users = await readFile(new URL('../../docker/clickhouse/users.xml', import.meta.url), 'utf8');
  const statements = [...page.matchAll(/```sql\n([\s\S]*?)```/g)].flatMap((block) =>
    (block[1] ?? '').split(';').map((sql) => sql.trim()),
  );
  const daylight = engine.as('daylight');
  for (const sql of statements.filter((text) => text !== '')) await daylight.command({ query: `EXPLAIN AST ${sql}` });

  const ofGrafana = /<grafana>\s*<password[\s\S]*?<\/grafana>/.exec(users)?.[0] ?? '';
  const grants = [...ofGrafana.matchAll(/<query>(\w+)(.*)<\/query>/g)].map(
    ([, verb, what]) => `${verb}${what} ${verb === 'GRANT' ? 'TO' : 'FROM'} grafana`,
  );
  expect(grants.length).toBeGreaterThan(3);
  expect(statements.filter((sql) => /^(GRANT|REVOKE)/.test(sql)).sort()).toEqual(grants.sort());
});

/** First the time, then a name if there are several series, then numbers: what the plugin makes series of. */
function expectSeries(meta: Answer['meta']): void {
  const [time, ...rest] = meta;
  expect(time).toMatchObject({ name: 'time', type: expect.stringMatching(/^DateTime/) });
  const isNumber = rest.map(({ type }) => /^(U?Int|Float|Decimal|Nullable\((U?Int|Float))/.test(type));
  expect(isNumber.slice(1).every(Boolean) && isNumber.at(-1)).toBe(true);
}

function choiceOf(variable: string): string[] {
  return variable === 'traffic' ? ['shadow', 'bypass'] : ["it's", 'a "b" $c ☀', '%'];
}

function overlap({ gridPos: one }: Panel, { gridPos: other }: Panel): boolean {
  return one.x < other.x + other.w && other.x < one.x + one.w && one.y < other.y + other.h && other.y < one.y + one.h;
}
