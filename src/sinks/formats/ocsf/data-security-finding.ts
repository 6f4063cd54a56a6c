// A DLP match as Data Security Finding (2006), profile security_control. The value itself is nowhere: only its masked form is stored.

import type { DlpMatchEvent } from '../../../engine/event.ts';
import { columnsOf } from '../columns.ts';
import { matchMessage } from '../facts.ts';
import { filled } from '../filled.ts';
import { isAlert } from '../level.ts';
import type { FormatOrigin } from '../origin.ts';
import { titleOf } from '../title.ts';
import { type Activity, actorOf, baseOf, CLASSES, controlOf, type OcsfEvent, observablesOf, SHOWN } from './base.ts';
import { unmappedOf } from './unmapped.ts';

const CATEGORIES: Readonly<Record<string, Activity>> = {
  financial: [3, 'Financial'],
  identity: [1, 'Personal'],
  contact: [1, 'Personal'],
  health: [1, 'Personal'],
  credential: [6, 'Security'],
  'source-code': [4, 'Business'],
  classification: [4, 'Business'],
};

const CONFIDENCES: Readonly<Record<DlpMatchEvent['confidence'], Activity>> = {
  low: [1, 'Low'],
  medium: [2, 'Medium'],
  high: [3, 'High'],
};

/** `evidence` is sealed for the holder of the operator's key and stays in the store. */
const MAPPED = columnsOf<DlpMatchEvent>(
  [...SHOWN, 'parent_id', 'parent_kind', 'user_id', 'user_groups', 'dst_host', 'detector', 'category', 'severity', 'confidence'],
  ['masked', 'mcp_tool', 'evidence', 'policy_id'],
);

export function toDataSecurityFinding(event: DlpMatchEvent, origin: FormatOrigin): OcsfEvent {
  const { detector, category, policy_id: policyId } = event;
  const [categoryId, categoryName] = Object.hasOwn(CATEGORIES, category) ? CATEGORIES[category]! : [99, category || 'Other'];
  const [confidenceId, confidence] = CONFIDENCES[event.confidence];
  return {
    ...baseOf(event, CLASSES.dataSecurityFinding, [1, 'Create'], origin, ['security_control']),
    ...controlOf(event),
    confidence_id: confidenceId,
    confidence,
    status_id: 1,
    status: 'New',
    is_alert: isAlert(event),
    message: matchMessage(event),
    finding_info: {
      uid: event.event_id,
      title: titleOf(event).title,
      created_time: event.ts,
      related_events: [{ uid: event.parent_id, type: 'HTTP Activity' }],
      ...filled({ types: category === '' ? [] : [category] }),
      ...(detector !== '' && { analytic: { type_id: 1, type: 'Rule', uid: detector, name: detector } }),
    },
    data_security: {
      category_id: categoryId,
      category: categoryName,
      data_lifecycle_state_id: 2,
      data_lifecycle_state: 'Data in-Transit',
      detection_system_id: 5,
      detection_system: 'Secure Web Gateway',
      ...filled({
        detection_pattern: detector,
        pattern_match: event.masked,
        policy: policyId === '' ? undefined : { uid: policyId },
      }),
    },
    ...filled({
      actor: actorOf(event.user_id, event.user_groups),
      dst_endpoint: event.dst_host === '' ? undefined : { hostname: event.dst_host },
      resources: event.mcp_tool === '' ? [] : [{ name: event.mcp_tool, type: 'tool' }],
      policy: policyId === '' ? undefined : { uid: policyId, is_applied: event.disposition !== 'allowed' },
      observables: observablesOf(['user', 'actor.user.name', event.user_id], ['host', 'dst_endpoint.hostname', event.dst_host]),
      unmapped: unmappedOf(event, MAPPED),
    }),
  };
}
