// The events that try a sink out. They say what they are wherever a receiver may show it.

import type { AuditEvent, ServerFindingEvent } from '../engine/event.ts';

export interface TestOrigin {
  tenant: string;
  sensor: string;
  /** Who tries. */
  actor: string;
  eventId: string;
  /** Epoch milliseconds. */
  now: number;
}

const WORDS = 'TEST: Daylight tries out this sink. Nothing happened; no action is needed.';

/** The test as an audit event, and for formats that tell no audit events, as a finding. */
export function createTestEvents(sink: string, origin: TestOrigin): [AuditEvent, ServerFindingEvent] {
  const { tenant, sensor, actor, eventId, now } = origin;
  const shared = { ts: now, event_id: eventId, tenant, sensor };
  return [
    {
      kind: 'audit_log',
      ...shared,
      actor,
      action: 'sink.test',
      object_type: 'sink',
      object_id: sink,
      outcome: 'success',
      reason: WORDS,
      before: '',
      after: '',
    },
    {
      kind: 'server_finding',
      ...shared,
      finding: 'tool-changed',
      level: 'low',
      server_key: 'https://test.invalid',
      tool: 'sink.test',
      summary: WORDS,
      checks: [],
      evidence: [],
      fields: [],
      before: [],
      after: [],
      hash_before: '',
      hash_after: '',
      flow_id: '',
    },
  ];
}
