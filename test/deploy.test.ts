// The Helm chart and the systemd unit. Where helm and systemd-analyze are on the path they judge them; elsewhere, what files can show: values
// that fit their schema, templates that name values and variables that exist, versions and ports that agree with the image.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { configSchema } from '../src/config.ts';
import { variablesOf } from '../src/environment.ts';
import { shapeOf } from '../src/problems.ts';

const CHART = 'deploy/helm/daylight';
const UNIT = 'deploy/systemd/daylight.service';
const read = (file: string) => readFileSync(file, 'utf8');
const variables = new Set([...variablesOf(shapeOf(configSchema)).map(({ name }) => name), 'DAYLIGHT_CONFIG']);
const templates = readdirSync(join(CHART, 'templates')).map((name) => ({ name, text: read(join(CHART, 'templates', name)) }));
const values = parse(read(join(CHART, 'values.yaml'))) as Record<string, unknown>;
const version = (JSON.parse(read('package.json')) as { version: string }).version;

/** What a program says; undefined where it is not installed. */
function tool(program: string, args: string[], input = ''): { code: number; text: string } | undefined {
  try {
    return { code: 0, text: execFileSync(program, args, { input, encoding: 'utf8', stdio: 'pipe' }) };
  } catch (error) {
    const { code, status, stdout, stderr } = error as NodeJS.ErrnoException & {
      status?: number;
      stdout?: string;
      stderr?: string;
    };
    return code === 'ENOENT' ? undefined : { code: status ?? 1, text: `${stdout}${stderr}` };
  }
}

describe('the Helm chart', () => {
  const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(
    JSON.parse(read(join(CHART, 'values.schema.json'))) as object,
  );

  it('has the version of Daylight, and the alert rules of dashboards/', () => {
    expect(parse(read(join(CHART, 'Chart.yaml')))).toMatchObject({ apiVersion: 'v2', version, appVersion: version });
    expect(read(join(CHART, 'files/alerts.yml'))).toBe(read('dashboards/prometheus/alerts.yml'));
  });

  it('has values that fit their schema, and a configuration that Daylight takes', () => {
    expect(validate(values), JSON.stringify(validate.errors)).toBe(true);
    expect(configSchema.safeParse(values.config).success).toBe(true);
    for (const wrong of [
      { replicaCount: 0 },
      { replicas: 2 },
      { service: { port: 70_000 } },
      { config: { data: '/x' } },
      { image: {} },
    ])
      expect(validate({ ...values, ...wrong }), JSON.stringify(wrong)).toBe(false);
  });

  it('names values that there are, and variables that Daylight reads', () => {
    for (const { name, text } of templates) {
      for (const [, path = ''] of text.matchAll(/\.Values((?:\.\w+)+)/g)) {
        const keys = path.slice(1).split('.');
        const found =
          keys[0] === 'config' ||
          keys.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], values) !== undefined;
        expect([name, path, found]).toEqual([name, path, true]);
      }
      for (const [variable] of text.matchAll(/\bDAYLIGHT_\w+/g))
        expect([name, variable, variables.has(variable)]).toEqual([name, variable, true]);
      for (const [, helper = ''] of text.matchAll(/include "([^"]+)"/g))
        expect([name, helper, templates.some((one) => one.text.includes(`define "${helper}"`))]).toEqual([name, helper, true]);
      const opened = text.match(/\{\{-? *(if|with|range|define|block)\b/g)?.length ?? 0;
      const closed = text.match(/\{\{-? *end\b/g)?.length ?? 0;
      expect([name, closed]).toEqual([name, opened]);
    }
  });

  it('runs the container with as few rights as it can', () => {
    const { text } = templates.find(({ name }) => name === 'statefulset.yaml')!;
    for (const line of [
      'runAsNonRoot: true',
      'runAsUser: 1000',
      'readOnlyRootFilesystem: true',
      'allowPrivilegeEscalation: false',
      'drop: [ALL]',
      'automountServiceAccountToken: false',
      'type: RuntimeDefault',
    ])
      expect(text).toContain(line);
    expect(read('Dockerfile')).toContain('USER 1000:1000');
    // What is written to lies on volumes: the same places as in the image.
    for (const [, place = ''] of read('Dockerfile')
      .match(/^VOLUME \[(.*)\]$/m)![1]!
      .matchAll(/"([^"]+)"/g))
      expect(text).toContain(`mountPath: ${place}\n`);
  });

  const everything = {
    ...{
      replicaCount: 2,
      ca: { existingSecret: 'ca' },
      policy: { existingConfigMap: 'policy' },
      secretFiles: { existingSecret: 'secrets' },
    },
    config: { clickhouse: { url: 'http://clickhouse:8123' } },
    metrics: {
      existingSecret: 'metrics',
      serviceMonitor: { enabled: true, labels: { a: 'b' } },
      prometheusRule: { enabled: true },
    },
    networkPolicy: { clients: [{ ipBlock: { cidr: '10.0.0.0/8' } }], admins: [{ namespaceSelector: {} }] },
    service: { type: 'LoadBalancer', externalTrafficPolicy: 'Local', loadBalancerSourceRanges: ['10.0.0.0/8'] },
    ...{ env: [{ name: 'A', value: 'b' }], nodeSelector: { a: 'b' }, persistence: { storageClass: 'fast' } },
  };

  it.skipIf(!tool('helm', ['version']))('is what helm calls good, with few values and with all', () => {
    const render = (args: string[], values = {}) =>
      tool('helm', ['template', 'x', CHART, '--kube-version', '1.30.0', '--values', '-', ...args], JSON.stringify(values))!;
    const kinds = (text: string) => parseAllDocuments(text).map((document) => (document.toJS() as { kind: string }).kind);
    expect(tool('helm', ['lint', '--strict', CHART])).toMatchObject({ code: 0 });
    const few = render([]);
    const services = ['Service', 'Service', 'Service', 'ServiceAccount', 'StatefulSet'];
    expect(kinds(few.text).sort()).toEqual(['ConfigMap', 'NetworkPolicy', 'PodDisruptionBudget', ...services]);
    expect(few.text.match(/scheme: HTTPS/g)).toHaveLength(3);
    expect(kinds(render([], everything).text)).toEqual(expect.arrayContaining(['ServiceMonitor', 'PrometheusRule']));
    expect(render(['--set-string', 'config.console.tls=off']).text.match(/scheme: HTTP$/gm)).toHaveLength(3);
    for (const alone of ['replicaCount=2', 'metrics.serviceMonitor.enabled=true', 'image.pullPolicy=Perhaps'])
      expect(render(['--set', alone]).code).not.toBe(0);
  });
});

describe('the systemd unit', () => {
  const text = read(UNIT);

  it('names variables that Daylight reads, and files that the checkout has', () => {
    for (const [, name = ''] of text.matchAll(/^Environment=(DAYLIGHT_\w+)/gm))
      expect([name, variables.has(name)]).toEqual([name, true]);
    for (const [, file = ''] of text.matchAll(/\/opt\/daylight\/([\w./-]+)/g))
      expect(() => readdirSync(file.replace(/\/[^/]*$/, ''))).not.toThrow();
    expect(text).toContain('ExecReload=/bin/kill -HUP $MAINPID');
  });

  it.skipIf(!tool('systemd-analyze', ['--version']))('is what systemd-analyze calls good', () => {
    const dir = mkdtempSync(join(tmpdir(), 'daylight-unit-'));
    try {
      const file = join(dir, 'daylight.service');
      // Daylight does not lie in /opt here.
      writeFileSync(file, text.replaceAll(/\/opt\/daylight\/bin\/daylight/g, '/bin/true'));
      expect(tool('systemd-analyze', ['verify', file])).toEqual({ code: 0, text: '' });
      // Exposure in tenths: 0 is none, 100 all.
      const security = tool('systemd-analyze', ['security', '--offline=yes', '--no-pager', '--threshold=20', file]);
      expect(security?.text).toContain('Overall exposure level for daylight.service: 1.');
      expect(security?.code).toBe(0);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
