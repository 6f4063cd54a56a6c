// A finding of a server as Detection Finding (2004): a tool that changed, or one whose definition looks dangerous.

import type { ServerFindingEvent } from '../../../engine/event.ts';
import { filled } from '../filled.ts';
import type { FormatOrigin } from '../origin.ts';
import { titleOf } from '../title.ts';
import { baseOf, CLASSES, type OcsfEvent, observablesOf } from './base.ts';

export function toDetectionFinding(event: ServerFindingEvent, origin: FormatOrigin): OcsfEvent {
  const { finding, checks, server_key: server, flow_id: flow } = event;
  return {
    ...baseOf(event, CLASSES.detectionFinding, [1, 'Create'], origin, []),
    status_id: 1,
    status: 'New',
    is_alert: true,
    finding_info: {
      uid: event.event_id,
      title: titleOf(event).title,
      created_time: event.ts,
      types: [finding],
      analytic: { type_id: 1, type: 'Rule', uid: finding, name: finding },
      ...filled({
        desc: event.summary,
        related_analytics: checks.filter((check) => check !== '').map((check) => ({ type_id: 1, type: 'Rule', uid: check })),
        related_events: flow === '' ? [] : [{ uid: flow, type: 'HTTP Activity' }],
      }),
    },
    ...filled({
      message: event.summary,
      resources: [
        ...(server === '' ? [] : [{ uid: server, type: 'MCP server' }]),
        ...(event.tool === '' ? [] : [{ name: event.tool, type: 'tool' }]),
      ],
      evidences: evidencesOf(event),
      observables: observablesOf(['url', 'evidences[].url.url_string', server]),
    }),
  };
}

/** What shows it, and the difference of the two definitions, as one object. */
function evidencesOf({ server_key, evidence, fields, before, after, hash_before, hash_after }: ServerFindingEvent) {
  const data = filled({ evidence, fields, before, after, hash_before, hash_after });
  const found = filled({ data, url: server_key === '' ? undefined : { url_string: server_key } });
  return found ? [found] : [];
}
