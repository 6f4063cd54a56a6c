// An exchange as an ECS document.

import { isIP } from 'node:net';
import type { HttpFlowEvent } from '../../../engine/event.ts';
import { columnsOf } from '../columns.ts';
import { filled } from '../filled.ts';
import type { FormatOrigin } from '../origin.ts';
import { urlParts } from '../url-parts.ts';
import { documentOf, type EcsDocument, SHOWN, sideOf, texts, userOf } from './base.ts';

const OF_FLOW = columnsOf<HttpFlowEvent>(
  SHOWN,
  ['user_id', 'user_groups', 'device_id', 'src_ip', 'src_port', 'dst_host', 'dst_ip', 'dst_port', 'sni', 'alpn', 'tls_version'],
  [
    'http_method',
    'http_version',
    'url',
    'path',
    'status',
    'content_type',
    'user_agent',
    'req_bytes',
    'resp_bytes',
    'duration_ms',
  ],
  ['reason', 'error', 'mcp_tool'],
);

export function flowDocument(event: HttpFlowEvent, origin: FormatOrigin): EcsDocument {
  const { disposition, status, rules, tls_version: tls, src_ip, dst_ip, dst_host } = event;
  const refused = disposition === 'blocked' || disposition === 'failed';
  const told = {
    action: disposition,
    category: ['network', 'web'],
    type: ['access', disposition === 'blocked' ? 'denied' : 'allowed', ...(disposition === 'failed' ? ['error'] : [])],
    success: !refused && status < 400,
    reason: event.reason,
    durationMs: event.duration_ms,
  };
  return {
    ...documentOf(event, told, origin, OF_FLOW),
    network: {
      ...{ transport: 'tcp', direction: 'outbound', protocol: 'http', bytes: event.req_bytes + event.resp_bytes },
      ...(isIP(src_ip) > 0 && { type: `ipv${isIP(src_ip)}` }),
    },
    source: { bytes: event.req_bytes, ...sideOf('', src_ip, event.src_port) },
    destination: { bytes: event.resp_bytes, ...sideOf(dst_host, dst_ip, event.dst_port) },
    http: {
      request: { body: { bytes: event.req_bytes }, ...filled({ id: event.event_id, method: event.http_method }) },
      ...(status > 0 && {
        response: {
          status_code: status,
          body: { bytes: event.resp_bytes },
          ...filled({ mime_type: mimeOf(event.content_type) }),
        },
      }),
      ...filled({ version: event.http_version }),
    },
    ...userOf(event.user_id, event.user_groups),
    ...filled({
      message: event.reason,
      url: urlOf(event),
      user_agent: filled({ original: event.user_agent }),
      device: filled({ id: event.device_id }),
      tls: tls === '' && event.sni === '' ? undefined : tlsOf(event),
      rule: rules[0] ? { id: rules[0], ruleset: 'daylight' } : undefined,
      error: filled({ message: event.error }),
      gen_ai: filled({ tool: filled({ name: event.mcp_tool }) }),
      related: filled({ ip: addresses(src_ip, dst_ip), hosts: texts(dst_host), user: texts(event.user_id) }),
    }),
  };
}

function urlOf({ url, path, dst_host, dst_port }: HttpFlowEvent) {
  if (url === '') return undefined;
  const { scheme, query } = urlParts(url);
  return { full: url, ...filled({ scheme, domain: dst_host, port: dst_port || undefined, path, query }) };
}

function tlsOf({ tls_version, sni, alpn }: HttpFlowEvent) {
  // TLSv1.3 is protocol tls, version 1.3.
  const version = tls_version.replace(/^TLSv/, '');
  return filled({
    established: tls_version !== '' || undefined,
    version,
    version_protocol: version === '' ? '' : 'tls',
    next_protocol: alpn,
    client: filled({ server_name: sni }),
  });
}

function addresses(...ips: string[]): string[] {
  return ips.filter((ip) => isIP(ip) > 0);
}

function mimeOf(contentType: string): string {
  return contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
}
