// What an administrator did, or looked at, as Entity Management (3004): who, what, before and after.

import type { AuditEvent } from '../../../engine/event.ts';
import type { AuditAct } from '../audit-act.ts';
import { columnsOf } from '../columns.ts';
import { filled } from '../filled.ts';
import type { FormatOrigin } from '../origin.ts';
import { type Activity, actorOf, baseOf, CLASSES, type OcsfEvent, observablesOf, SHOWN, statusOf } from './base.ts';
import { unmappedOf } from './unmapped.ts';

type Change = Exclude<AuditAct, 'sign-in' | 'sign-out'>;

const ACTIVITIES: Readonly<Record<Change, Activity>> = {
  create: [1, 'Create'],
  read: [2, 'Read'],
  update: [3, 'Update'],
  delete: [4, 'Delete'],
  suspend: [12, 'Suspend'],
  resume: [13, 'Resume'],
};

const TYPES: Readonly<Record<string, Activity>> = {
  account: [2, 'User'],
  user: [2, 'User'],
  group: [3, 'Group'],
  policy: [5, 'Policy'],
  mode: [5, 'Policy'],
  exception: [5, 'Policy'],
};

const MAPPED = columnsOf<AuditEvent>(SHOWN, ['actor', 'object_id', 'object_type', 'outcome', 'reason', 'before', 'after']);

export function toEntityManagement(event: AuditEvent, act: Change, origin: FormatOrigin): OcsfEvent {
  return {
    ...baseOf(event, CLASSES.entityManagement, ACTIVITIES[act], origin, []),
    ...statusOf(event.outcome === 'success'),
    message: `${event.action} ${event.object_id}`.trimEnd(),
    entity: entityOf(event, event.before),
    status_code: event.outcome,
    ...filled({
      actor: actorOf(event.actor),
      comment: event.reason,
      entity_result: event.after === '' ? undefined : entityOf(event, event.after),
      observables: observablesOf(['user', 'actor.user.name', event.actor]),
      unmapped: unmappedOf(event, MAPPED),
    }),
  };
}

/** What it was, or has become; JSON as text, as the audit log has it. */
function entityOf({ object_type: type, object_id: uid }: AuditEvent, data: string) {
  const [typeId, typeName] = Object.hasOwn(TYPES, type) ? TYPES[type]! : [99, type || 'Other'];
  return { name: uid || type || 'unknown', type_id: typeId, type: typeName, ...filled({ uid, data }) };
}
