// The name of a spool segment says everything about it: `<writer>-<lane>-<seq>.open` while it is written, `.ndjson` once
// sealed. Sealed segments never change. `<writer>-<lane>-<seq>` is the segment's id and its deduplication token.

import type { Event } from '../engine/event.ts';

/** Benign requests of one host in one minute. */
export interface FlowCount {
  kind: 'flow_count';
  /** Start of the minute, epoch milliseconds. */
  ts: number;
  tenant: string;
  sensor: string;
  dst_host: string;
  n: number;
  req_bytes: number;
  resp_bytes: number;
}

/** Exchanges of one program in one hour, by what could be seen of them (client-counts.ts). */
export interface ClientCount {
  kind: 'client_count';
  /** Start of the hour, epoch milliseconds. */
  ts: number;
  tenant: string;
  sensor: string;
  /** Coverage (engine/coverage/coverage.ts), or a way around inspection (evasion.ts). */
  state: string;
  who: string;
  application: string;
  ja4: string;
  dst_host: string;
  n: number;
  /** The last exchange, epoch milliseconds. */
  last_ts: number;
}

/** What can be spooled; `kind` names the table. */
export type SpoolEvent = Event | FlowCount | ClientCount;

export type Table = SpoolEvent['kind'];

/**
 * One row of segments: a table, and whether its events may be sacrificed first when there is no room. Benign flows are
 * kept apart from the others on disk, so that a full disk can lose the one without the other.
 */
export type Lane = Table | 'http_flow.benign';

/** Lanes in the order in which they are given up when there is no room. `audit_log` and findings never are. */
export const EXPENDABLE: readonly Lane[] = [
  ...(['flow_count', 'client_count', 'http_flow.benign', 'llm_call', 'mcp_call', 'http_flow', 'tool_seen', 'dlp_match'] as const),
];

/** How much an event is worth when there is no room: 0 goes first, 2 last. */
export type Worth = 0 | 1 | 2;

export function worthOf(event: SpoolEvent): Worth {
  if (event.kind === 'audit_log' || event.kind === 'server_finding') return 2;
  if (event.kind === 'flow_count' || event.kind === 'client_count') return 0;
  if (event.kind !== 'http_flow') return 1;
  if (event.disposition === 'blocked') return 2;
  return event.traffic === 'none' && event.disposition !== 'failed' ? 0 : 1;
}

export function laneOf(event: SpoolEvent): Lane {
  return event.kind === 'http_flow' && worthOf(event) === 0 ? 'http_flow.benign' : event.kind;
}

export interface SegmentName {
  /** File name without its extension: the id. */
  id: string;
  writer: string;
  lane: string;
  /** Table that the rows go to: the lane up to its dot. */
  table: string;
  sealed: boolean;
}

const NAME = /^((.+)-([a-z_]+(?:\.[a-z]+)?)-(\d+))\.(open|ndjson)$/;

/** File name of a segment. `seq` is padded so that names sort by age. */
export function segmentFile(writer: string, lane: string, seq: number, state: 'open' | 'ndjson'): string {
  return `${writer}-${lane}-${String(seq).padStart(9, '0')}.${state}`;
}

/** What a file name says, or undefined if it is no segment. */
export function parseSegmentFile(file: string): SegmentName | undefined {
  const parts = NAME.exec(file);
  if (!parts) return undefined;
  const [, id = '', writer = '', lane = '', , state] = parts;
  return { id, writer, lane, table: lane.split('.')[0] ?? lane, sealed: state === 'ndjson' };
}
