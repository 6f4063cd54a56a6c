// DLP matches and findings of servers as ECS documents.

import type { DlpMatchEvent, ServerFindingEvent } from '../../../engine/event.ts';
import { columnsOf } from '../columns.ts';
import { matchMessage } from '../facts.ts';
import { filled } from '../filled.ts';
import type { FormatOrigin } from '../origin.ts';
import { urlParts } from '../url-parts.ts';
import { documentOf, type EcsDocument, SHOWN, sideOf, texts, userOf } from './base.ts';

/** `evidence` is sealed for the holder of the operator's key and stays in the store. */
const OF_MATCH = columnsOf<DlpMatchEvent>(SHOWN, [
  'user_id',
  'user_groups',
  'dst_host',
  'detector',
  'category',
  'mcp_tool',
  'evidence',
]);

export function matchDocument(event: DlpMatchEvent, origin: FormatOrigin): EcsDocument {
  const denied = event.disposition === 'blocked';
  const told = {
    action: event.disposition,
    category: ['intrusion_detection'],
    type: [denied ? 'denied' : 'allowed'],
    success: event.disposition !== 'failed' && !denied,
    reason: matchMessage(event),
  };
  return {
    ...documentOf(event, told, origin, OF_MATCH),
    message: matchMessage(event),
    ...userOf(event.user_id, event.user_groups),
    ...filled({
      destination: filled(sideOf(event.dst_host, '', 0)),
      rule:
        event.detector === ''
          ? undefined
          : { id: event.detector, ...filled({ category: event.category }), ruleset: 'daylight-dlp' },
      gen_ai: filled({ tool: filled({ name: event.mcp_tool }) }),
      related: filled({ hosts: texts(event.dst_host), user: texts(event.user_id) }),
    }),
  };
}

const OF_FINDING = columnsOf<ServerFindingEvent>(SHOWN, ['finding', 'tool', 'summary', 'level']);

export function findingDocument(event: ServerFindingEvent, origin: FormatOrigin): EcsDocument {
  const told = { action: event.finding, category: ['intrusion_detection'], type: ['info'], reason: event.summary };
  const url = event.server_key;
  return {
    ...documentOf(event, told, origin, OF_FINDING),
    rule: { id: event.finding, ruleset: 'daylight-tools' },
    ...filled({
      message: event.summary,
      url: url === '' ? undefined : { full: url, ...filled({ scheme: urlParts(url).scheme, path: urlParts(url).path }) },
      gen_ai: filled({ tool: filled({ name: event.tool }) }),
    }),
  };
}
