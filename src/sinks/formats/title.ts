// The names of events in formats: fixed words, so that a SIEM can group by them.

import type { Event, ToolSeenEvent } from '../../engine/event.ts';
import type { Traffic } from '../../engine/verdict.ts';
import { type AuditAct, actOf } from './audit-act.ts';

const OF_TRAFFIC: Readonly<Record<Traffic, string>> = {
  none: 'HTTP request',
  suspect: 'Possible MCP traffic',
  install: 'MCP server package fetched',
  discovery: 'Step before an MCP session',
  attached: 'MCP servers attached to a client',
  hosted: 'MCP server called by a model provider',
  shadow: 'Unapproved MCP server',
  bypass: 'MCP portal bypassed',
  approved: 'Approved MCP server',
  portal: 'MCP portal',
};

const OF_ACT: Readonly<Record<AuditAct, string>> = {
  'sign-in': 'Sign-in',
  'sign-out': 'Sign-out',
  create: 'Something was added',
  read: 'Something was looked at',
  update: 'Something was changed',
  delete: 'Something was removed',
  suspend: 'Enforcement paused',
  resume: 'Enforcement resumed',
};

interface Title {
  word: string;
  title: string;
}

export function titleOf(event: Exclude<Event, ToolSeenEvent>): Title {
  switch (event.kind) {
    case 'http_flow':
      return { word: event.traffic, title: OF_TRAFFIC[event.traffic] };
    case 'dlp_match':
      return { word: event.direction, title: `Sensitive content in a ${event.direction}` };
    case 'server_finding':
      return { word: event.finding, title: event.finding === 'tool-changed' ? 'MCP tool changed' : 'Suspicious MCP tool' };
    case 'audit_log': {
      const act = actOf(event);
      return { word: act, title: OF_ACT[act] };
    }
    case 'mcp_call':
      return { word: event.outcome, title: 'MCP call' };
    case 'llm_call':
      return { word: event.api, title: 'Model call' };
  }
}
