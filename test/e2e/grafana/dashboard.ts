// A dashboard file, as far as its tests care.

import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('../../../dashboards/', import.meta.url);

export interface Datasource {
  type: string;
  uid: string;
}

export interface Target {
  refId: string;
  datasource: Datasource;
  editorType: string;
  queryType: 'table' | 'timeseries';
  /** 0: time series, 1: table. */
  format: number;
  rawSql: string;
}

export interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  datasource?: Datasource;
  gridPos: { h: number; w: number; x: number; y: number };
  fieldConfig?: { defaults: { unit?: string }; overrides: { matcher: { id: string; options: string } }[] };
  targets?: Target[];
}

export interface Variable {
  name: string;
  label: string;
  description: string;
  type: 'datasource' | 'query' | 'custom';
  datasource?: Datasource;
  /** Text of a custom variable, words between commas. */
  query: string | { editorType: string; rawSql: string };
}

export interface Dashboard {
  uid: string;
  title: string;
  description: string;
  tags: string[];
  templating: { list: Variable[] };
  panels: Panel[];
}

export function readDashboards(): Map<string, Dashboard> {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));
  return new Map(files.sort().map((file) => [file, JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Dashboard]));
}

/** Every query with a name for messages. */
export function queriesOf(dashboard: Dashboard): { name: string; sql: string; timeseries: boolean }[] {
  const ofVariables = dashboard.templating.list.flatMap(({ name, query }) =>
    typeof query === 'string' ? [] : [{ name: `variable ${name}`, sql: query.rawSql, timeseries: false }],
  );
  const ofPanels = dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ refId, rawSql, format }) => ({ name: `${title} ${refId}`, sql: rawSql, timeseries: format === 0 })),
  );
  return [...ofVariables, ...ofPanels];
}
