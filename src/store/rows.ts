// How a row of http_flow comes back as the event it was: the columns to ask for, and their types in JavaScript.

import type { HttpFlowEvent } from '../engine/event.ts';

/** An event as stored. */
export interface StoredEvent extends HttpFlowEvent {
  /** When ClickHouse took it, epoch milliseconds. */
  ingest_ts: number;
}

export type Row = Record<string, unknown>;

type Column = Exclude<keyof StoredEvent, 'kind'>;

/** Every column once; the compiler holds this list to the event's fields. */
const TYPES: Record<Column, 'time' | 'number' | 'text' | 'list'> = {
  ts: 'time',
  event_id: 'text',
  ingest_ts: 'time',
  tenant: 'text',
  sensor: 'text',
  user_id: 'text',
  user_groups: 'list',
  user_source: 'text',
  device_id: 'text',
  src_ip: 'text',
  src_port: 'number',
  dst_host: 'text',
  dst_ip: 'text',
  dst_port: 'number',
  sni: 'text',
  alpn: 'text',
  tls_version: 'text',
  ja4: 'text',
  inspected: 'text',
  http_method: 'text',
  http_version: 'text',
  url: 'text',
  path: 'text',
  status: 'number',
  content_type: 'text',
  user_agent: 'text',
  req_bytes: 'number',
  resp_bytes: 'number',
  duration_ms: 'number',
  ttfb_ms: 'number',
  traffic: 'text',
  action: 'text',
  disposition: 'text',
  confidence: 'number',
  reason: 'text',
  rules: 'list',
  signals: 'list',
  policy_step: 'text',
  policy_id: 'text',
  policy_facts: 'text',
  error: 'text',
  server_key: 'text',
  mcp_generation: 'text',
  mcp_transport: 'text',
  mcp_method: 'text',
  mcp_tool: 'text',
  mcp_resource: 'text',
  mcp_prompt: 'text',
  mcp_session_id: 'text',
  mcp_client_name: 'text',
  mcp_client_version: 'text',
  mcp_server_name: 'text',
  mcp_server_version: 'text',
  mcp_servers: 'list',
  mcp_auth: 'text',
  dlp_count: 'number',
  dlp_scan: 'text',
  evasion: 'list',
  excerpt: 'text',
};

const COLUMNS = Object.entries(TYPES) as [Column, (typeof TYPES)[Column]][];

/** SELECT list over `http_flow AS f`. Times get names of their own, so that conditions still mean the column. */
export const EVENT_COLUMNS = COLUMNS.map(([name, type]) =>
  type === 'time' ? `toUnixTimestamp64Milli(f.${name}) AS ${name}_ms` : `f.${name}`,
).join(', ');

/** The event of a row that was selected with EVENT_COLUMNS. */
export function fromRow(row: Row): StoredEvent {
  const event: Record<string, unknown> = { kind: 'http_flow' };
  for (const [name, type] of COLUMNS) {
    const value = type === 'time' ? row[`${name}_ms`] : row[name];
    event[name] = type === 'time' || type === 'number' ? Number(value) : value;
  }
  return event as unknown as StoredEvent;
}
