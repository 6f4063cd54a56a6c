// The part of the configuration that says where events go besides ClickHouse. What all sinks have in common is here, what a type of
// sink needs beside it in sinks/<type>.ts.

import { normalize } from 'node:path';
import { z } from 'zod';
import { parseFilter } from '../engine/filter/parse.ts';
import { FilterProblem, pointAt } from '../engine/filter/problem.ts';
import type { KeyPath } from '../problems.ts';
import { absoluteParent } from './listeners.ts';
import { elasticOptions } from './sinks/elastic.ts';
import { fileOptions } from './sinks/file.ts';
import { kafkaOptions } from './sinks/kafka.ts';
import { otlpOptions } from './sinks/otlp.ts';
import { isFileKey } from './sinks/receiver.ts';
import { s3Options } from './sinks/s3.ts';
import { sentinelOptions } from './sinks/sentinel.ts';
import { splunkOptions } from './sinks/splunk.ts';
import { stdoutOptions } from './sinks/stdout.ts';
import { syslogOptions } from './sinks/syslog.ts';
import { webhookOptions } from './sinks/webhook.ts';
import { size } from './size.ts';

/** What can be sent. Benign requests that are only counted are no events of their own. */
const EVENTS = ['http_flow', 'mcp_call', 'llm_call', 'dlp_match', 'server_finding', 'audit_log', 'tool_seen'] as const;

const shared = {
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,39}$/, 'must be letters, digits and hyphens, at most 40, e.g. siem or soc-archive'),
  /** In the query language of the console. Judges events about traffic; findings and the audit log pass. */
  filter: z.string().max(2_000).default('').superRefine(checkFilter),
  events: z
    .array(z.enum(EVENTS))
    .min(1)
    .default(EVENTS.filter((kind) => kind !== 'tool_seen')),
  /** A batch is sent when it has so many events or bytes, or when its oldest event has waited so long. By type unless told. */
  batch: z
    .strictObject({
      events: z.int().min(1).max(10_000).optional(),
      bytes: size.optional(),
      ageMs: z.int().min(0).max(3_600_000).optional(),
    })
    .prefault({}),
  /** Disk that events waiting for this sink may take (an hour at 1,000 events a second needs about 5 GiB); beyond it its oldest are skipped. */
  limit: size.refine((bytes) => bytes >= 16 * 1024 ** 2, 'must be at least 16MiB').default(8 * 1024 ** 3),
  /** What a new sink begins with: what still waits in the spool, or what happens from now on. */
  from: z.enum(['start', 'now']).default('start'),
};

const sink = z.discriminatedUnion('type', [
  fileOptions.safeExtend(shared),
  stdoutOptions.safeExtend(shared),
  webhookOptions.safeExtend(shared),
  syslogOptions.safeExtend(shared),
  splunkOptions.safeExtend(shared),
  elasticOptions.safeExtend(shared),
  sentinelOptions.safeExtend(shared),
  kafkaOptions.safeExtend(shared),
  s3Options.safeExtend(shared),
  otlpOptions.safeExtend(shared),
]);

export const sinksKey = z.array(sink).default([]).superRefine(checkNames).superRefine(checkPaths);

export type SinkConfig = z.infer<typeof sink>;

function checkFilter(text: string, context: z.RefinementCtx): void {
  try {
    parseFilter(text, { now: 0 });
  } catch (error) {
    if (!(error instanceof FilterProblem)) throw error;
    context.addIssue({ code: 'custom', message: pointAt(text, error) });
  }
}

/** Names are folders, and some file systems do not know case. */
function checkNames(sinks: readonly { name: string }[], context: z.RefinementCtx): void {
  const seen = new Set<string>();
  for (const [index, { name }] of sinks.entries()) {
    const known = name.toLowerCase();
    if (seen.has(known))
      context.addIssue({ code: 'custom', path: [index, 'name'], message: 'must be the name of one sink alone' });
    seen.add(known);
  }
}

/** Two writers of one file would rotate it away from each other. */
function checkPaths(sinks: readonly SinkConfig[], context: z.RefinementCtx): void {
  const seen = new Set<string>();
  for (const [index, one] of sinks.entries()) {
    if (one.type !== 'file') continue;
    const path = normalize(one.path);
    if (seen.has(path))
      context.addIssue({ code: 'custom', path: [index, 'path'], message: 'must be the file of one sink alone' });
    seen.add(path);
  }
}

/** The same with absolute names of files. */
export function absoluteSinks(sinks: readonly SinkConfig[], toAbsolute: (path: KeyPath, value: string) => string): SinkConfig[] {
  return sinks.map((one) => {
    const at = (_path: unknown, value: string) => toAbsolute(['sinks'], value);
    const entries = Object.entries(one).map(([key, value]) =>
      typeof value === 'string' && (isFileKey(key) || (one.type === 'file' && key === 'path'))
        ? [key, at(key, value)]
        : [key, value],
    );
    const made = Object.fromEntries(entries) as SinkConfig;
    return 'proxy' in made && made.proxy ? { ...made, proxy: absoluteParent(made.proxy, at) } : made;
  });
}

export interface BatchLimits {
  events: number;
  bytes: number;
  /** Milliseconds. */
  ageMs: number;
}

const MIB = 1024 ** 2;

/** When a batch of this sink is sent, by its type where the configuration does not say. */
export function batchOf({ type, format, batch }: Pick<SinkConfig, 'type' | 'format' | 'batch'>): BatchLimits {
  return {
    events: batch.events ?? usual(type, format).events,
    bytes: batch.bytes ?? usual(type, format).bytes,
    ageMs: batch.ageMs ?? usual(type, format).ageMs,
  };
}

function usual(type: SinkConfig['type'], format: SinkConfig['format']): BatchLimits {
  if (format === 'slack' || format === 'teams') return { events: 100, bytes: MIB, ageMs: 0 };
  // Objects in a bucket should be few and large.
  if (type === 's3') return { events: 10_000, bytes: 16 * MIB, ageMs: 60_000 };
  // Each batch waits a second or two for Splunk's indexer.
  if (type === 'splunk') return { events: 10_000, bytes: 8 * MIB, ageMs: 1_000 };
  return { events: 1_000, bytes: MIB, ageMs: 1_000 };
}
