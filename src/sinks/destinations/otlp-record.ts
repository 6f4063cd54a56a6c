// An event as a log record of OpenTelemetry, in the JSON form of OTLP.
//
// The body is the event in the sink's format. Attributes are what people search by: under the names of OpenTelemetry's semantic
// conventions where there is one (those for MCP and generative AI are in development), else under `daylight.`. Empty values are left out.
// docs/reference/sinks.md has the table.

import type { Event } from '../../engine/event.ts';
import { type Level, levelOf } from '../formats/level.ts';
import type { Outgoing } from '../sink.ts';

/** Severities as the appendix of the logs data model maps those of syslog. */
const SEVERITY: Readonly<Record<Level, { number: number; text: string }>> = {
  informational: { number: 9, text: 'INFO' },
  low: { number: 10, text: 'INFO2' },
  medium: { number: 13, text: 'WARN' },
  high: { number: 17, text: 'ERROR' },
  critical: { number: 18, text: 'ERROR2' },
};

/** Field of an event, and name of the attribute. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  event_id: 'daylight.event.id',
  parent_id: 'daylight.parent.id',
  flow_id: 'daylight.parent.id',
  user_id: 'user.id',
  src_ip: 'client.address',
  src_port: 'client.port',
  dst_host: 'server.address',
  dst_port: 'server.port',
  dst_ip: 'network.peer.address',
  sni: 'tls.client.server_name',
  tls_version: 'tls.protocol.version',
  http_method: 'http.request.method',
  status: 'http.response.status_code',
  url: 'url.full',
  user_agent: 'user_agent.original',
  req_bytes: 'http.request.body.size',
  resp_bytes: 'http.response.body.size',
  mcp_method: 'mcp.method.name',
  method: 'mcp.method.name',
  mcp_session_id: 'mcp.session.id',
  session_id: 'mcp.session.id',
  mcp_resource: 'mcp.resource.uri',
  resource: 'mcp.resource.uri',
  mcp_tool: 'gen_ai.tool.name',
  tool: 'gen_ai.tool.name',
  mcp_prompt: 'gen_ai.prompt.name',
  prompt: 'gen_ai.prompt.name',
  provider: 'gen_ai.provider.name',
  model_requested: 'gen_ai.request.model',
  model: 'gen_ai.response.model',
  input_tokens: 'gen_ai.usage.input_tokens',
  output_tokens: 'gen_ai.usage.output_tokens',
  error: 'error.type',
  server_key: 'daylight.server',
  traffic: 'daylight.traffic',
  action: 'daylight.action',
  disposition: 'daylight.disposition',
  confidence: 'daylight.confidence',
  reason: 'daylight.reason',
  rules: 'daylight.rules',
  policy_id: 'daylight.policy.id',
  outcome: 'daylight.outcome',
  detector: 'daylight.dlp.detector',
  category: 'daylight.dlp.category',
  direction: 'daylight.dlp.direction',
  finding: 'daylight.finding',
  summary: 'daylight.summary',
  actor: 'daylight.actor',
  object_type: 'daylight.object.type',
  object_id: 'daylight.object.id',
};

type AnyValue = { stringValue: string } | { intValue: string } | { doubleValue: number } | { arrayValue: { values: AnyValue[] } };

interface KeyValue {
  key: string;
  value: AnyValue;
}

/** The record as JSON. */
export function recordOf({ event, text }: Outgoing): string {
  const severity = SEVERITY[levelOf(event)];
  const nanoseconds = `${Math.round(event.ts * 1000)}000`;
  return JSON.stringify({
    timeUnixNano: nanoseconds,
    observedTimeUnixNano: nanoseconds,
    severityNumber: severity.number,
    severityText: severity.text,
    eventName: `daylight.${event.kind}`,
    body: { stringValue: text },
    attributes: attributesOf(event),
  });
}

/** Records, one JSON text each, as the body of a request: together by the appliance that made the events. */
export function requestOf(records: readonly { event: Event; text: string }[], version: string): string {
  const scope = JSON.stringify({ name: 'daylight', version });
  const resources = Map.groupBy(records, ({ event }) => JSON.stringify({ attributes: resourceOf(event, version) }));
  const logs = [...resources].map(
    ([resource, own]) =>
      `{"resource":${resource},"scopeLogs":[{"scope":${scope},"logRecords":[${own.map(({ text }) => text).join(',')}]}]}`,
  );
  return `{"resourceLogs":[${logs.join(',')}]}`;
}

function resourceOf({ sensor, tenant }: Event, version: string): KeyValue[] {
  return [
    { key: 'service.name', value: { stringValue: 'daylight' } },
    { key: 'service.version', value: { stringValue: version } },
    { key: 'service.instance.id', value: { stringValue: sensor } },
    { key: 'daylight.tenant', value: { stringValue: tenant } },
  ];
}

function attributesOf(event: Event): KeyValue[] {
  return Object.entries(event).flatMap(([field, given]) => {
    const key = ATTRIBUTES[field];
    const value = key === undefined ? undefined : anyValueOf(given);
    return key === undefined || value === undefined ? [] : [{ key, value }];
  });
}

/** 64-bit integers are decimal texts (JSON mapping of proto3). */
function anyValueOf(given: unknown): AnyValue | undefined {
  if (typeof given === 'string') return given === '' ? undefined : { stringValue: given };
  if (typeof given === 'number') return Number.isSafeInteger(given) ? { intValue: String(given) } : { doubleValue: given };
  if (!Array.isArray(given) || given.length === 0) return undefined;
  return { arrayValue: { values: given.map(anyValueOf).filter((value) => value !== undefined) } };
}
