// What all ECS documents have, and the pieces that several of them share.

import { isIP } from 'node:net';
import type { Event, ToolSeenEvent } from '../../../engine/event.ts';
import { restOf } from '../columns.ts';
import { filled } from '../filled.ts';
import { isAlert, LEVEL_OF_TEN, levelOf } from '../level.ts';
import type { FormatOrigin } from '../origin.ts';
import { titleOf } from '../title.ts';

const ECS_VERSION = '9.3.0';

export interface EcsDocument {
  '@timestamp': string;
  event: Record<string, unknown>;
  [field: string]: unknown;
}

interface EventFields {
  action: string;
  category: readonly string[];
  type: readonly string[];
  success?: boolean | undefined;
  reason?: string | undefined;
  durationMs?: number;
}

/** What all documents have. `shown`: the columns that stand elsewhere in the document. */
export function documentOf(
  event: Exclude<Event, ToolSeenEvent>,
  told: EventFields,
  origin: FormatOrigin,
  shown: ReadonlySet<string>,
): EcsDocument {
  const tenant = event.tenant || origin.tenant;
  const { durationMs } = told;
  const time = timeOf(event.ts);
  const level = levelOf(event);
  return {
    '@timestamp': time,
    ecs: { version: ECS_VERSION },
    event: {
      kind: isAlert(event) ? 'alert' : 'event',
      module: 'daylight',
      dataset: `daylight.${event.kind}`,
      category: told.category,
      type: told.type,
      outcome: told.success === undefined ? 'unknown' : told.success ? 'success' : 'failure',
      severity: LEVEL_OF_TEN[level],
      ...filled({ id: event.event_id, action: told.action, reason: told.reason }),
      // Nanoseconds.
      ...(durationMs !== undefined && { start: time, end: timeOf(event.ts + durationMs), duration: durationMs * 1_000_000 }),
    },
    observer: {
      ...{ vendor: 'Daylight', product: 'Daylight', type: 'proxy', version: origin.version },
      ...filled({ name: event.sensor || origin.sensor }),
    },
    ...(tenant !== '' && { organization: { id: tenant } }),
    daylight: { level, title: titleOf(event).title, ...restOf(event, shown) },
  };
}

/** Columns that every document shows elsewhere. */
export const SHOWN = ['kind', 'ts', 'event_id', 'tenant', 'sensor'] as const satisfies (keyof Event)[];

export function userOf(name: string, groups: readonly string[] = []): { user?: object } {
  if (name === '') return {};
  return {
    user: {
      name,
      ...(name.includes('@') && { email: name }),
      ...filled({ group: filled({ name: groups.filter((group) => group !== '') }) }),
    },
  };
}

/** `address` is whatever is known, `ip` and `domain` only what they say. */
export function sideOf(domain: string, ip: string, port: number) {
  return { ...filled({ address: domain || ip, domain, ip: isIP(ip) > 0 ? ip : '', port: port || undefined }) };
}

export function texts(text: string): string[] {
  return text === '' ? [] : [text];
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
