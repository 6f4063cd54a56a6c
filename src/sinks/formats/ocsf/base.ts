// What all OCSF events have: classification, metadata, severity; and the pieces that several classes share.

import { isIP } from 'node:net';
import type { Event } from '../../../engine/event.ts';
import type { Action, Disposition } from '../../../engine/verdict.ts';
import { filled } from '../filled.ts';
import { type Level, levelOf } from '../level.ts';
import type { FormatOrigin } from '../origin.ts';

const OCSF_VERSION = '1.8.0';

/** Columns that every class shows elsewhere. */
export const SHOWN = ['kind', 'ts', 'event_id', 'tenant', 'sensor'] as const satisfies (keyof Event)[];

/** Attributes by their names in the schema. */
export interface OcsfEvent {
  class_uid: number;
  activity_id: number;
  type_uid: number;
  time: number;
  [attribute: string]: unknown;
}

interface Class {
  uid: number;
  name: string;
  category: string;
}

/** The first digit of `uid` is the category's. */
export const CLASSES = {
  httpActivity: { uid: 4002, name: 'HTTP Activity', category: 'Network Activity' },
  apiActivity: { uid: 6003, name: 'API Activity', category: 'Application Activity' },
  dataSecurityFinding: { uid: 2006, name: 'Data Security Finding', category: 'Findings' },
  detectionFinding: { uid: 2004, name: 'Detection Finding', category: 'Findings' },
  authentication: { uid: 3002, name: 'Authentication', category: 'Identity & Access Management' },
  entityManagement: { uid: 3004, name: 'Entity Management', category: 'Identity & Access Management' },
} as const satisfies Record<string, Class>;

/** An activity of a class: its id and caption. Id 99 is `Other`, and takes a caption of our own. */
export type Activity = readonly [id: number, name: string];

const SEVERITIES: Readonly<Record<Level, Activity>> = {
  informational: [1, 'Informational'],
  low: [2, 'Low'],
  medium: [3, 'Medium'],
  high: [4, 'High'],
  critical: [5, 'Critical'],
};

export function baseOf(
  event: Event,
  { name, uid, category }: Class,
  [activityId, activity]: Activity,
  { version, sensor, tenant }: FormatOrigin,
  profiles: readonly string[],
): OcsfEvent {
  const [severityId, severity] = SEVERITIES[levelOf(event)];
  return {
    category_uid: Math.floor(uid / 1000),
    category_name: category,
    class_uid: uid,
    class_name: name,
    activity_id: activityId,
    activity_name: activity,
    type_uid: uid * 100 + activityId,
    type_name: `${name}: ${activityId === 99 ? 'Other' : activity}`,
    severity_id: severityId,
    severity,
    time: event.ts,
    metadata: {
      version: OCSF_VERSION,
      product: { name: 'Daylight', vendor_name: 'Daylight', version },
      uid: event.event_id,
      log_name: event.kind,
      correlation_uid: parentOf(event),
      ...filled({ profiles, tenant_uid: event.tenant || tenant, reporter: namedEntity(event.sensor || sensor) }),
    },
  };
}

/** The exchange that it belongs to; an exchange belongs to itself, so that one search finds all of it. */
function parentOf(event: Event): string {
  if (event.kind === 'server_finding') return event.flow_id || event.event_id;
  return 'parent_id' in event ? event.parent_id : event.event_id;
}

function namedEntity(name: string): { name: string } | undefined {
  return name === '' ? undefined : { name };
}

const OUTCOMES: Readonly<Record<Exclude<Disposition, 'failed'>, readonly [Activity, Activity]>> = {
  allowed: [
    [1, 'Allowed'],
    [1, 'Allowed'],
  ],
  logged: [
    [3, 'Observed'],
    [17, 'Logged'],
  ],
  redacted: [
    [4, 'Modified'],
    [11, 'Corrected'],
  ],
  blocked: [
    [2, 'Denied'],
    [2, 'Blocked'],
  ],
};

const ASKED: Readonly<Record<Action, Exclude<Disposition, 'failed'>>> = {
  allow: 'allowed',
  log: 'logged',
  redact: 'redacted',
  block: 'blocked',
};

/** What a control did (profile security_control). For what broke by itself: what policy had asked for, and `Error`. */
export function controlOf({ action, disposition }: { action: Action; disposition: Disposition }) {
  const failed = disposition === 'failed';
  const [[actionId, actionName], [dispositionId, dispositionName]] = OUTCOMES[failed ? ASKED[action] : disposition];
  return {
    action_id: actionId,
    action: actionName,
    disposition_id: failed ? 27 : dispositionId,
    disposition: failed ? 'Error' : dispositionName,
  };
}

const EMAIL = /^[\w.+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i;

interface OcsfUser {
  name: string;
  [attribute: string]: unknown;
}

export function userOf(name: string, groups: readonly string[] = []): OcsfUser | undefined {
  if (name === '') return undefined;
  return {
    name,
    ...(EMAIL.test(name) && { email_addr: name }),
    ...(groups.length > 0 && { groups: groups.filter((group) => group !== '').map((group) => ({ name: group })) }),
  };
}

/** For attributes that have to be there although nobody knows who it was. */
export const NOBODY: OcsfUser = { name: 'unknown', type_id: 0, type: 'Unknown' };

/** Who did it; undefined where nobody is known, which `actor` does not allow. */
export function actorOf(name: string, groups?: readonly string[]): { user: OcsfUser } | undefined {
  const user = userOf(name, groups);
  return user && { user };
}

/** The type ip_t holds no more than 40 characters. */
export function ipOf(text: string): string {
  return text.length <= 40 && isIP(text) > 0 ? text : '';
}

interface Endpoint {
  hostname?: string;
  ip?: string;
  port?: number;
}

export function endpointOf(hostname: string, ip: string, port: number): Endpoint | undefined {
  const named = filled({ hostname, ip: ipOf(ip) });
  return named && { ...named, ...(port > 0 && port <= 65_535 && { port }) };
}

const OBSERVABLES = {
  host: [1, 'Hostname'],
  ip: [2, 'IP Address'],
  user: [4, 'User Name'],
  url: [6, 'URL String'],
} as const;

/** What people pivot on: `[kind, where it stands in the event, value]`; those without a value are left out. */
export function observablesOf(...found: readonly (readonly [keyof typeof OBSERVABLES, string, string])[]) {
  return found
    .filter(([, , value]) => value !== '')
    .map(([kind, name, value]) => ({ name, type_id: OBSERVABLES[kind][0], type: OBSERVABLES[kind][1], value }));
}

/** Success or failure of an activity; undefined if nobody knows. */
export function statusOf(success: boolean | undefined) {
  if (success === undefined) return { status_id: 0, status: 'Unknown' };
  return success ? { status_id: 1, status: 'Success' } : { status_id: 2, status: 'Failure' };
}
