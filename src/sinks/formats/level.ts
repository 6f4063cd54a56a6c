// How serious an event is. Findings and matches bring their level; of an exchange its class of traffic tells it, and whether policy had
// to step in.

import type { Event } from '../../engine/event.ts';
import type { Traffic } from '../../engine/verdict.ts';

const LEVELS = ['informational', 'low', 'medium', 'high', 'critical'] as const;
export type Level = (typeof LEVELS)[number];

const OF_TRAFFIC: Readonly<Record<Traffic, Level>> = {
  none: 'informational',
  portal: 'informational',
  approved: 'informational',
  suspect: 'low',
  install: 'low',
  discovery: 'low',
  attached: 'medium',
  hosted: 'medium',
  bypass: 'high',
  shadow: 'high',
};

export function levelOf(event: Event): Level {
  switch (event.kind) {
    case 'dlp_match':
      return event.severity;
    case 'server_finding':
      return event.level;
    case 'audit_log':
      return event.outcome === 'success' ? 'informational' : event.outcome === 'denied' ? 'medium' : 'low';
    case 'tool_seen':
      return 'informational';
    default: {
      const level = OF_TRAFFIC[event.traffic];
      const steppedIn = event.disposition === 'blocked' || event.disposition === 'redacted';
      return steppedIn && LEVELS.indexOf(level) < LEVELS.indexOf('medium') ? 'medium' : level;
    }
  }
}

/** Whether somebody should look at it. Calls are told by the exchange that they are part of. */
export function isAlert(event: Event): boolean {
  if (event.kind === 'server_finding') return true;
  if (event.kind !== 'http_flow' && event.kind !== 'dlp_match') return false;
  const level = levelOf(event);
  return event.disposition === 'blocked' || event.disposition === 'redacted' || level === 'high' || level === 'critical';
}

/** For formats with numbers from 1 to 10. */
export const LEVEL_OF_TEN: Readonly<Record<Level, number>> = { informational: 1, low: 3, medium: 5, high: 8, critical: 10 };
