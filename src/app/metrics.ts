// The part of the composition root that knows how the appliance is: what /readyz says, and the values behind /metrics.
//
// Ready means that it does what it is there for: workers take clients, rules are in force, and the CA can vouch for servers. Without
// ClickHouse it is degraded, not unready: the spool keeps the events, and taking the proxy out of service would help nobody.

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { ConsoleStatus } from '../console/app.ts';
import type { CertificateSource } from '../console/certificate.ts';
import type { MetricsDoor } from '../console/metrics.ts';
import { isLoopback } from '../loopback.ts';
import { createMetrics, type HistogramValue, type MetricValues, type Sample } from '../metrics.ts';
import type { WorkersCounts } from '../proxy/workers.ts';
import { openSecret } from '../sinks/destinations/secret.ts';
import type { EventStore } from '../store/event-store.ts';
import { daylightVersion } from '../version.ts';
import { DECIDE_BUCKETS, type Totals } from '../worker-counts.ts';

/** How a sink does. */
export interface SinkFigures {
  name: string;
  lagMs: number;
  delivered: number;
  rejected: number;
  retries: number;
  skipped: number;
}

export interface HealthParts {
  store: Pick<EventStore, 'status'>;
  workers: { pids(): readonly number[]; counts(): WorkersCounts };
  /** Worker processes that there should be. */
  wanted: number;
  /** Rules in force. */
  rules(): number;
  snapshotId(): string;
  sinks?: (() => readonly SinkFigures[]) | undefined;
}

export interface Health {
  status(): ConsoleStatus;
  metrics: MetricsDoor | undefined;
  /** Rules and policy, or the configuration, were read again. */
  reloaded(what: 'policy' | 'config', result: 'ok' | 'failed'): void;
  /** The same source; the certificates that it gives are watched. */
  watch(source: CertificateSource | undefined): CertificateSource | undefined;
}

type Reloads = Record<'ok' | 'failed', number>;

/** @throws DaylightError ERR_CONFIG_INVALID if the file of the token cannot be used */
export function watchHealth(config: Config, parts: HealthParts): Health {
  const reloads: Record<'policy' | 'config', Reloads> = { policy: { ok: 0, failed: 0 }, config: { ok: 0, failed: 0 } };
  const caFile = join(config.certs, 'ca.pem');
  /** Seconds of Unix time; undefined while there is no certificate. */
  let consoleExpiry: number | undefined;

  function status(): ConsoleStatus {
    const { listening } = parts.workers.counts();
    return {
      snapshot: parts.snapshotId(),
      rules: parts.rules(),
      workers: listening,
      ca: { expires: (expiryOf(caFile) ?? 0) * 1000 },
      store: parts.store.status(),
    };
  }

  async function read(): Promise<MetricValues> {
    const { ready, drain } = parts.store.status();
    const counts = parts.workers.counts();
    const { totals } = counts;
    const sinks = parts.sinks?.();
    const certificates = { ca: expiryOf(caFile), console: consoleExpiry };
    return {
      daylight_build_info: [{ labels: [daylightVersion(), process.versions.node], value: 1 }],
      daylight_requests_total: series(totals, 'requests'),
      daylight_request_bytes_total: series(totals, 'bytes'),
      daylight_uninspected_total: series(totals, 'uninspected'),
      daylight_errors_total: series(totals, 'errors'),
      daylight_client_connections: counts.open,
      daylight_client_connections_total: totals.connections ?? 0,
      daylight_client_connections_refused_total: series(totals, 'refused', ['network', 'limit', 'header']),
      daylight_tls_handshakes_total: series(totals, 'handshakes', ['ok', 'failed']),
      daylight_decide_duration_seconds: decisions(totals),
      daylight_dlp_scans_total: totals.dlp_scans ?? 0,
      daylight_dlp_findings_total: totals.dlp_findings ?? 0,
      daylight_dlp_truncated_total: series(totals, 'dlp_truncated', ['budget', 'size', 'unreadable']),
      daylight_workers: counts.listening,
      daylight_workers_configured: parts.wanted,
      daylight_workers_leaving: counts.leaving,
      daylight_worker_deaths_total: counts.died,
      daylight_worker_replacements_total: counts.replaced,
      daylight_worker_cpu_seconds_total: totals.cpu ?? 0,
      daylight_worker_resident_memory_bytes: counts.reports.flatMap((report, slot) =>
        report ? [{ labels: [String(slot)], value: report.memory }] : [],
      ),
      daylight_worker_event_loop_lag_seconds: counts.reports.flatMap((report, slot) =>
        report ? (['max', 'p99'] as const).map((stat) => ({ labels: [String(slot), stat], value: report.lag[stat] })) : [],
      ),
      daylight_spool_bytes: drain.pendingBytes,
      daylight_spool_limit_bytes: config.store.spoolLimit,
      daylight_spool_segments: drain.pendingSegments,
      daylight_spool_lag_seconds: drain.lagMs / 1000,
      daylight_spool_delivered_segments_total: drain.delivered,
      daylight_spool_delivered_bytes_total: drain.deliveredBytes,
      daylight_spool_retries_total: drain.retries,
      daylight_spool_dead_segments_total: drain.dead,
      daylight_spool_capped_segments_total: drain.capped,
      daylight_spool_capped_bytes_total: drain.cappedBytes,
      daylight_clickhouse_up: ready ? 1 : 0,
      daylight_clickhouse_restored_rows_total: drain.restored,
      ...(sinks && {
        daylight_sink_lag_seconds: sinks.map(({ name, lagMs }) => ({ labels: [name], value: lagMs / 1000 })),
        daylight_sink_delivered_total: sinks.map(({ name, delivered }) => ({ labels: [name], value: delivered })),
        daylight_sink_rejected_total: sinks.map(({ name, rejected }) => ({ labels: [name], value: rejected })),
        daylight_sink_retries_total: sinks.map(({ name, retries }) => ({ labels: [name], value: retries })),
        daylight_sink_skipped_total: sinks.map(({ name, skipped }) => ({ labels: [name], value: skipped })),
      }),
      daylight_certificate_expiry_timestamp_seconds: Object.entries(certificates).flatMap(([name, value]) =>
        value === undefined ? [] : [{ labels: [name], value }],
      ),
      daylight_snapshot_info: [{ labels: [parts.snapshotId()], value: 1 }],
      daylight_rules: parts.rules(),
      daylight_policy_reloads_total: results(reloads.policy),
      daylight_config_reloads_total: results(reloads.config),
    };
  }

  return {
    status,
    metrics: openMetrics(config, createMetrics(read)),
    reloaded: (what, result) => void reloads[what][result]++,
    watch: (source) =>
      source && {
        ...source,
        async fetch() {
          const certificate = await source.fetch();
          consoleExpiry = new X509Certificate(certificate.cert).validToDate.getTime() / 1000;
          return certificate;
        },
      },
  };
}

/** Nobody has to prove anything where only this machine can ask. A console with an address of its own has others in front of it. */
function openMetrics({ metrics, console }: Config, read: MetricsDoor['read']): MetricsDoor | undefined {
  const token = openSecret(metrics.token, metrics.tokenFile);
  const host = console.listen.slice(0, console.listen.lastIndexOf(':')).replace(/^\[|\]$/g, '');
  if (!token && (console.url !== '' || !isLoopback(host))) return undefined;
  return { read, token };
}

/** Seconds of Unix time; undefined if the file holds no certificate. */
function expiryOf(file: string): number | undefined {
  try {
    return new X509Certificate(readFileSync(file)).validToDate.getTime() / 1000;
  } catch {
    return undefined;
  }
}

/** All series of a name. @param known values of its label that are shown even before the first */
function series(totals: Totals, name: string, known: readonly string[] = []): Sample[] {
  const found = Object.fromEntries(known.map((label) => [label, 0]));
  for (const [key, value] of Object.entries(totals)) if (key.startsWith(`${name} `)) found[key.slice(name.length + 1)] = value;
  return Object.entries(found).map(([labels, value]) => ({ labels: labels.split(' '), value }));
}

function decisions(totals: Totals): HistogramValue {
  const ends = [...DECIDE_BUCKETS, undefined];
  const buckets = ends.map((end) => ({ end, count: totals[`decide ${end ?? '+Inf'}`] ?? 0 }));
  return { buckets, sum: totals.decide_sum ?? 0 };
}

function results(reloads: Reloads): Sample[] {
  return Object.entries(reloads).map(([result, value]) => ({ labels: [result], value }));
}
