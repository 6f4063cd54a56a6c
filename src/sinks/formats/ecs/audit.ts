// An administrative act as an ECS document.

import type { AuditEvent } from '../../../engine/event.ts';
import { type AuditAct, actOf } from '../audit-act.ts';
import { columnsOf } from '../columns.ts';
import { filled } from '../filled.ts';
import type { FormatOrigin } from '../origin.ts';
import { documentOf, type EcsDocument, SHOWN, texts, userOf } from './base.ts';

const OF_AUDIT = columnsOf<AuditEvent>(SHOWN, ['actor', 'action', 'outcome', 'reason']);
/** Categories allow other types each. */
const TYPES: Readonly<Record<AuditAct, string>> = {
  'sign-in': 'start',
  'sign-out': 'end',
  create: 'creation',
  read: 'access',
  update: 'change',
  delete: 'deletion',
  suspend: 'change',
  resume: 'change',
};

export function auditDocument(event: AuditEvent, origin: FormatOrigin): EcsDocument {
  const act = actOf(event);
  const signs = act === 'sign-in' || act === 'sign-out';
  const told = {
    action: event.action,
    category: signs ? ['authentication', 'session'] : ['configuration'],
    type: [TYPES[act]],
    success: event.outcome === 'success',
    reason: event.reason,
  };
  const user = event.actor || (signs ? event.object_id : '');
  return {
    ...documentOf(event, told, origin, OF_AUDIT),
    ...userOf(user),
    ...filled({ message: `${event.action} ${event.object_id}`.trim(), related: filled({ user: texts(user) }) }),
  };
}
