// The rows of the findings in one flow, made when the flow is over.

import type { DlpMatchEvent, EventOrigin } from '../event.ts';
import type { Flow } from '../flow.ts';
import { serverKeyOf } from '../inventory/server-key.ts';
import type { Disposition, Verdict } from '../verdict.ts';

/** @param newId a UUIDv7 for a time in epoch milliseconds. */
export function toMatchEvents(
  flow: Flow,
  verdict: Verdict,
  disposition: Disposition,
  origin: EventOrigin,
  newId: (time: number) => string,
): DlpMatchEvent[] {
  if (verdict.findings.length === 0) return [];
  const server_key = serverKeyOf(flow, verdict);
  return verdict.findings.map((finding) => ({
    kind: 'dlp_match',
    ts: flow.time,
    event_id: newId(flow.time),
    tenant: origin.tenant,
    sensor: origin.sensor,
    parent_id: flow.id,
    parent_kind: 'http_flow',
    user_id: flow.principal.user,
    user_groups: flow.principal.groups,
    dst_host: flow.server.host,
    server_key,
    traffic: verdict.traffic,
    mcp_method: verdict.mcp.method,
    mcp_tool: verdict.mcp.tool,
    direction: finding.direction,
    detector: finding.detector,
    category: finding.family,
    severity: finding.severity,
    confidence: finding.confidence,
    validated: finding.validated ? 1 : 0,
    field: finding.where,
    offset: finding.offset,
    length: finding.length,
    decoded: finding.decoded,
    match_hash: finding.hash,
    masked: finding.masked,
    action: finding.action,
    disposition,
    policy_id: finding.profile,
    evidence: '',
  }));
}
