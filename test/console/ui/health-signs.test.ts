import { describe, expect, it } from 'vitest';
import { healthSigns } from '../../../src/console/ui/pages/overview/health-signs.ts';

const NOW = Date.UTC(2026, 10, 20);
const DAY = 86_400_000;
const WELL = {
  proxy: { workers: 2 },
  ca: { subject: 'Daylight CA', expires: NOW + 800 * DAY, fingerprint: 'AB' },
  rules: { snapshot: 'abcdef', count: 54 },
  spool: { pendingBytes: 0, lagMs: 200 },
  clickhouse: { ready: true, message: '' },
  sinks: { count: 2, lagMs: 900, failing: [] as string[] },
  policy: { default: 'log', pauseUntil: null },
};
const troubled = (health: typeof WELL | object) =>
  healthSigns({ ...WELL, ...health }, NOW)
    .filter(({ trouble }) => trouble)
    .map(({ name }) => name);

describe('the health strip', () => {
  it('is calm while all is well', () => {
    expect(troubled({})).toEqual([]);
    expect(healthSigns(WELL, NOW).map(({ name, text }) => `${name} ${text}`)).toEqual([
      'Proxy 2 workers',
      'Mode log',
      'Rules 54',
      'CA good for 800 days',
      'Spool empty',
      'ClickHouse ready',
      'Sinks 2 sending',
    ]);
  });

  it.each([
    ['Proxy', { proxy: { workers: 0 } }],
    ['Mode', { policy: { default: 'block', pauseUntil: NOW + 60_000 } }],
    ['Rules', { rules: { snapshot: '', count: 0 } }],
    ['CA', { ca: { subject: 'x', expires: NOW + 10 * DAY, fingerprint: '' } }],
    ['CA', { ca: { subject: 'x', expires: NOW - 1, fingerprint: '' } }],
    ['Spool', { spool: { pendingBytes: 5e6, lagMs: 120_000 } }],
    ['Sinks', { sinks: { count: 2, lagMs: 90_000, failing: [] } }],
    ['Sink', { sinks: { count: 1, lagMs: 0, failing: ['siem'] } }],
    ['ClickHouse', { clickhouse: { ready: false, message: 'connection refused' } }],
  ])('points at %s when it needs somebody', (name, health) => {
    expect(troubled(health)).toEqual([name]);
  });
});
