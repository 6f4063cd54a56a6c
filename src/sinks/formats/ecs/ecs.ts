// ECS 9.3.0 (Elastic Common Schema), as a document with nested objects. Fields of the schema by their names; what it has no field for
// stands below `daylight`, by the name of the column (docs/reference/events.md).

import type { Event } from '../../../engine/event.ts';
import type { FormatOrigin } from '../origin.ts';
import { auditDocument } from './audit.ts';
import type { EcsDocument } from './base.ts';
import { callDocument } from './calls.ts';
import { findingDocument, matchDocument } from './findings.ts';
import { flowDocument } from './http-flow.ts';

/** undefined for inventory. */
export function toEcs(event: Event, origin: FormatOrigin): EcsDocument | undefined {
  switch (event.kind) {
    case 'http_flow':
      return flowDocument(event, origin);
    case 'dlp_match':
      return matchDocument(event, origin);
    case 'server_finding':
      return findingDocument(event, origin);
    case 'audit_log':
      return auditDocument(event, origin);
    case 'mcp_call':
    case 'llm_call':
      return callDocument(event, origin);
    case 'tool_seen':
      return undefined;
  }
}
