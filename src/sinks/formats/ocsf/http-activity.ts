// An exchange as HTTP Activity (4002), profiles host, network_proxy and security_control.

import type { HttpFlowEvent } from '../../../engine/event.ts';
import { columnsOf } from '../columns.ts';
import { filled } from '../filled.ts';
import { isAlert } from '../level.ts';
import type { FormatOrigin } from '../origin.ts';
import { urlParts } from '../url-parts.ts';
import {
  type Activity,
  actorOf,
  baseOf,
  CLASSES,
  controlOf,
  endpointOf,
  ipOf,
  type OcsfEvent,
  observablesOf,
  SHOWN,
  statusOf,
} from './base.ts';
import { unmappedOf } from './unmapped.ts';

const PROFILES = ['host', 'network_proxy', 'security_control'];

const ACTIVITIES: Readonly<Record<string, Activity>> = {
  CONNECT: [1, 'Connect'],
  DELETE: [2, 'Delete'],
  GET: [3, 'Get'],
  HEAD: [4, 'Head'],
  OPTIONS: [5, 'Options'],
  POST: [6, 'Post'],
  PUT: [7, 'Put'],
  TRACE: [8, 'Trace'],
  PATCH: [9, 'Patch'],
};

const COLUMNS: (keyof HttpFlowEvent)[][] = [
  [...SHOWN, 'user_id', 'user_groups', 'device_id', 'src_ip', 'src_port', 'dst_host', 'dst_ip', 'dst_port', 'http_version'],
  ['url', 'path', 'status', 'content_type', 'user_agent', 'req_bytes', 'resp_bytes', 'duration_ms', 'ttfb_ms', 'confidence'],
  ['reason', 'policy_step', 'policy_id', 'error', 'ja4'],
];
const MAPPED = columnsOf<HttpFlowEvent>(...COLUMNS);
/** Most events have a method and a TLS version that the schema has a place for. */
const MAPPED_METHOD = columnsOf<HttpFlowEvent>(...COLUMNS, ['http_method']);
const MAPPED_TLS = columnsOf<HttpFlowEvent>(...COLUMNS, ['sni', 'tls_version']);
const MAPPED_ALL = columnsOf<HttpFlowEvent>(...COLUMNS, ['http_method', 'sni', 'tls_version']);

export function toHttpActivity(event: HttpFlowEvent, origin: FormatOrigin): OcsfEvent {
  const activity = Object.hasOwn(ACTIVITIES, event.http_method) ? ACTIVITIES[event.http_method] : undefined;
  const { disposition } = event;
  const refused = disposition === 'blocked' || disposition === 'failed';
  const hasTls = event.tls_version !== '';
  const source = endpointOf('', event.src_ip, event.src_port);
  const destination = endpointOf(event.dst_host, event.dst_ip, event.dst_port);
  return {
    ...baseOf(event, CLASSES.httpActivity, activity ?? otherActivity(event), origin, PROFILES),
    ...controlOf(event),
    ...confidenceOf(event.confidence),
    ...statusOf(!refused && event.status < 400),
    is_alert: isAlert(event),
    start_time: event.ts,
    end_time: event.ts + event.duration_ms,
    duration: event.duration_ms,
    connection_info: { direction_id: 2, direction: 'Outbound', protocol_name: 'tcp', protocol_num: 6 },
    http_request: requestOf(event, activity !== undefined),
    traffic: { bytes_out: event.req_bytes, bytes_in: event.resp_bytes, bytes: event.req_bytes + event.resp_bytes },
    ...filled({
      message: event.reason,
      status_code: event.status > 0 ? String(event.status) : '',
      status_detail: event.error,
      actor: actorOf(event.user_id, event.user_groups),
      device: event.device_id === '' ? undefined : { type_id: 0, type: 'Unknown', uid: event.device_id },
      src_endpoint: source,
      dst_endpoint: destination ?? (source ? undefined : { name: 'unknown' }),
      proxy_endpoint: event.sensor === '' ? undefined : { name: event.sensor },
      tls: hasTls ? { version: event.tls_version, ...(event.sni !== '' && { sni: event.sni }) } : undefined,
      ja4_fingerprint_list: event.ja4 === '' ? [] : [{ type_id: 1, type: 'JA4', value: event.ja4 }],
      http_response: responseOf(event),
      policy: policyOf(event),
      firewall_rule: ruleOf(event),
      observables: observablesOf(
        ['user', 'actor.user.name', event.user_id],
        ['ip', 'src_endpoint.ip', ipOf(event.src_ip)],
        ['host', 'dst_endpoint.hostname', event.dst_host],
        ['ip', 'dst_endpoint.ip', ipOf(event.dst_ip)],
        ['url', 'http_request.url.url_string', event.url],
      ),
      unmapped: unmappedOf(event, mappedColumns(activity !== undefined, hasTls)),
    }),
  };
}

function mappedColumns(method: boolean, tls: boolean): ReadonlySet<string> {
  if (method) return tls ? MAPPED_ALL : MAPPED_METHOD;
  return tls ? MAPPED_TLS : MAPPED;
}

function otherActivity({ http_method }: HttpFlowEvent): Activity {
  return http_method === '' ? [0, 'Unknown'] : [99, http_method];
}

/** Its id makes sure that the request is there: an opaque tunnel has neither method nor URL. */
function requestOf(event: HttpFlowEvent, knownMethod: boolean) {
  return {
    uid: event.event_id,
    body_length: event.req_bytes,
    ...filled({
      http_method: knownMethod ? event.http_method : '',
      version: event.http_version,
      user_agent: event.user_agent,
      url: urlOf(event),
    }),
  };
}

function urlOf({ url, path, dst_host, dst_port }: HttpFlowEvent) {
  if (url === '') return undefined;
  const { scheme, query } = urlParts(url);
  const port = dst_port > 0 && dst_port <= 65_535 ? dst_port : undefined;
  return { url_string: url, ...filled({ scheme, hostname: dst_host, port, path, query_string: query }) };
}

function responseOf({ status, content_type, ttfb_ms, resp_bytes }: HttpFlowEvent) {
  return status > 0 ? { code: status, latency: ttfb_ms, body_length: resp_bytes, ...filled({ content_type }) } : undefined;
}

function policyOf({ policy_step, policy_id, disposition }: HttpFlowEvent) {
  if (policy_step === 'none' || policy_step === '') return undefined;
  return { name: policy_step, is_applied: disposition !== 'allowed', ...filled({ uid: policy_id }) };
}

/** The first rule that matched, and the signals it went by. All rules are in `unmapped`. */
function ruleOf({ rules, signals }: HttpFlowEvent) {
  const [uid] = rules;
  return uid ? { uid, ...filled({ match_details: signals }) } : undefined;
}

function confidenceOf(score: number) {
  const [id, caption] = score >= 70 ? [3, 'High'] : score >= 40 ? [2, 'Medium'] : score > 0 ? [1, 'Low'] : [0, 'Unknown'];
  return { confidence_id: id, confidence: caption, confidence_score: score };
}
