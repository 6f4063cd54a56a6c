// The metrics of Daylight for Prometheus: which there are, and the text in which a scraper reads them. Where the values come from is
// put together in app/metrics.ts; docs/reference/metrics.md explains each.
//
// Cost on the data path is that of adding to plain numbers (worker-counts.ts): everything here happens when somebody asks.

import { AggregatorRegistry, collectDefaultMetrics, type MetricType, Registry } from 'prom-client';

export interface MetricKind {
  type: 'counter' | 'gauge' | 'histogram';
  help: string;
  labels: readonly string[];
}

/** Every metric of Daylight's own. Names and labels are kept: alert rules of other people name them. */
export const METRICS = {
  daylight_build_info: gauge('The version that runs; always 1.', 'version', 'node'),

  daylight_requests_total: counter('Exchanges and tunnels that were recorded.', 'traffic', 'action'),
  daylight_request_bytes_total: counter('Bytes of bodies and tunnels that passed.', 'direction'),
  daylight_uninspected_total: counter('Tunnels whose content was not read.', 'why'),
  daylight_errors_total: counter('Exchanges and tunnels that failed, by the code of the error.', 'code'),
  daylight_client_connections: gauge('Connections of clients that are open.'),
  daylight_client_connections_total: counter('Connections of clients that were accepted.'),
  daylight_client_connections_refused_total: counter('Connections of clients that were refused.', 'reason'),
  daylight_tls_handshakes_total: counter('TLS handshakes with clients under certificates of the CA.', 'result'),
  daylight_decide_duration_seconds: histogram('Time that a decision about an exchange took, in each of its phases.'),
  daylight_dlp_scans_total: counter('Texts that DLP read.'),
  daylight_dlp_findings_total: counter('Values that DLP found.'),
  daylight_dlp_truncated_total: counter('Texts that DLP did not read to their end.', 'reason'),

  daylight_workers: gauge('Worker processes that take new clients.'),
  daylight_workers_configured: gauge('Worker processes that should take new clients.'),
  daylight_workers_leaving: gauge('Replaced worker processes that finish what they have begun.'),
  daylight_worker_deaths_total: counter('Worker processes that ended without being asked to.'),
  daylight_worker_replacements_total: counter('Worker processes that were replaced by others.'),
  daylight_worker_cpu_seconds_total: counter('Processor time of all worker processes.'),
  daylight_worker_resident_memory_bytes: gauge('Memory of a worker process.', 'worker'),
  daylight_worker_event_loop_lag_seconds: gauge('How late the event loop was in the last second.', 'worker', 'stat'),

  daylight_spool_bytes: gauge('Events that wait in the spool.'),
  daylight_spool_limit_bytes: gauge('What the spool may take before the least important events go unread.'),
  daylight_spool_segments: gauge('Files that wait in the spool.'),
  daylight_spool_lag_seconds: gauge('Age of the oldest file that waits in the spool.'),
  daylight_spool_delivered_segments_total: counter('Files of the spool that were delivered, once for each reader.'),
  daylight_spool_delivered_bytes_total: counter('Bytes of the spool that were delivered, once for each reader.'),
  daylight_spool_retries_total: counter('Deliveries of the spool that failed and were tried again.'),
  daylight_spool_dead_segments_total: counter('Files with lines that ClickHouse refused; they are kept in dead/.'),
  daylight_spool_capped_segments_total: counter('Files that were deleted unread because the spool was full.'),
  daylight_spool_capped_bytes_total: counter('Bytes that were deleted unread because the spool was full.'),
  daylight_clickhouse_up: gauge('1 when ClickHouse answers and its tables are there.'),
  daylight_clickhouse_restored_rows_total: counter('Rows that ClickHouse lost when it was killed, and got again.'),

  daylight_sink_lag_seconds: gauge('Age of the oldest event that a sink has not delivered.', 'sink'),
  daylight_sink_delivered_total: counter('Events that a sink delivered.', 'sink'),
  daylight_sink_rejected_total: counter('Events that the receiver of a sink refused.', 'sink'),
  daylight_sink_retries_total: counter('Deliveries of a sink that failed and were tried again.', 'sink'),
  daylight_sink_skipped_total: counter('Events that a sink gave up because it was too far behind.', 'sink'),

  daylight_certificate_expiry_timestamp_seconds: gauge('When a certificate ends, Unix time.', 'certificate'),
  daylight_snapshot_info: gauge('The rules and the policy in force; always 1.', 'snapshot'),
  daylight_rules: gauge('Rules in force.'),
  daylight_policy_reloads_total: counter('Times that rules and policy were read again.', 'result'),
  daylight_config_reloads_total: counter('Times that the configuration was read again.', 'result'),
} as const satisfies Record<string, MetricKind>;

export type MetricName = keyof typeof METRICS;

/** One value. `labels` in the order of the metric. */
export interface Sample {
  labels: readonly string[];
  value: number;
}

export interface HistogramValue {
  /** Upper end of each bucket, and how many values fell into it alone; those above all come last, without an end. */
  buckets: readonly { end: number | undefined; count: number }[];
  sum: number;
}

/** What is known at the moment; a metric without an entry is not shown. */
export type MetricValues = { [name in MetricName]?: number | readonly Sample[] | HistogramValue };

export interface MetricsText {
  contentType: string;
  text: string;
}

const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** Renders values, and those of the process itself, in the text format of Prometheus. */
export function createMetrics(read: () => Promise<MetricValues>): () => Promise<MetricsText> {
  const own = new Registry();
  collectDefaultMetrics({ register: own });
  // Gauges whose names say that they are counters.
  for (const name of MISNAMED) own.removeSingleMetric(name);
  return async () => {
    const values = await read();
    const registry = AggregatorRegistry.aggregate([toObjects(values), await own.getMetricsAsJSON()]);
    return { contentType: registry.contentType, text: await registry.metrics() };
  };
}

/** The form in which prom-client hands metrics from one process to another. */
interface MetricObject {
  name: string;
  help: string;
  type: MetricKind['type'] | MetricType;
  aggregator: 'first';
  values: { value: number; labels: Record<string, string | number>; metricName?: string }[];
}

function toObjects(values: MetricValues): MetricObject[] {
  return Object.entries(METRICS).flatMap(([name, { type, help, labels }]) => {
    const value = values[name as MetricName];
    if (value === undefined) return [];
    const shown = isHistogram(value) ? fromHistogram(name, value) : fromSamples(labels, value);
    return [{ name, help, type, aggregator: 'first' as const, values: shown }];
  });
}

function isHistogram(value: NonNullable<MetricValues[MetricName]>): value is HistogramValue {
  return typeof value === 'object' && 'buckets' in value;
}

function fromSamples(names: readonly string[], value: number | readonly Sample[]): MetricObject['values'] {
  const samples = typeof value === 'number' ? [{ labels: [], value }] : value;
  return samples.map(({ labels, value }) => ({
    value,
    labels: Object.fromEntries(names.map((name, index) => [name, labels[index] ?? ''])),
  }));
}

/** Buckets of Prometheus hold what is in the ones below, too. */
function fromHistogram(name: string, { buckets, sum }: HistogramValue): MetricObject['values'] {
  let count = 0;
  const shown = buckets.map(({ end, count: own }) => {
    count += own;
    return { value: count, labels: { le: end ?? '+Inf' }, metricName: `${name}_bucket` };
  });
  return [
    ...shown,
    { value: sum, labels: {}, metricName: `${name}_sum` },
    { value: count, labels: {}, metricName: `${name}_count` },
  ];
}

function counter(help: string, ...labels: string[]): MetricKind {
  return { type: 'counter', help, labels };
}

function gauge(help: string, ...labels: string[]): MetricKind {
  return { type: 'gauge', help, labels };
}

function histogram(help: string, ...labels: string[]): MetricKind {
  return { type: 'histogram', help, labels };
}
