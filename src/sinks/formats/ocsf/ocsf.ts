// OCSF 1.8.0 (Open Cybersecurity Schema Framework). Which class each kind of event becomes:
//
//   http_flow       4002 HTTP Activity            http-activity.ts
//   mcp_call        6003 API Activity             api-activity.ts   with the profile ai_operation
//   llm_call        6003 API Activity             api-activity.ts   with the profile ai_operation
//   dlp_match       2006 Data Security Finding    data-security-finding.ts
//   server_finding  2004 Detection Finding        detection-finding.ts
//   audit_log       3002 Authentication           authentication.ts  signing in and out
//                   3004 Entity Management        entity-management.ts  everything else
//   tool_seen       none: inventory
//
// Version 1.8.0 has ai_operation for API Activity, not for HTTP Activity: what an exchange tells of MCP stands in `unmapped` there.

import type { Event } from '../../../engine/event.ts';
import { actOf } from '../audit-act.ts';
import type { FormatOrigin } from '../origin.ts';
import { toMcpActivity, toModelActivity } from './api-activity.ts';
import { toAuthentication } from './authentication.ts';
import type { OcsfEvent } from './base.ts';
import { toDataSecurityFinding } from './data-security-finding.ts';
import { toDetectionFinding } from './detection-finding.ts';
import { toEntityManagement } from './entity-management.ts';
import { toHttpActivity } from './http-activity.ts';

export function toOcsf(event: Event, origin: FormatOrigin): OcsfEvent | undefined {
  switch (event.kind) {
    case 'http_flow':
      return toHttpActivity(event, origin);
    case 'mcp_call':
      return toMcpActivity(event, origin);
    case 'llm_call':
      return toModelActivity(event, origin);
    case 'dlp_match':
      return toDataSecurityFinding(event, origin);
    case 'server_finding':
      return toDetectionFinding(event, origin);
    case 'audit_log': {
      const act = actOf(event);
      return act === 'sign-in' || act === 'sign-out'
        ? toAuthentication(event, act, origin)
        : toEntityManagement(event, act, origin);
    }
    case 'tool_seen':
      return undefined;
  }
}
