// Signing in to the console and out of it as Authentication (3002).

import type { AuditEvent } from '../../../engine/event.ts';
import { columnsOf } from '../columns.ts';
import { filled } from '../filled.ts';
import type { FormatOrigin } from '../origin.ts';
import { actorOf, baseOf, CLASSES, NOBODY, type OcsfEvent, observablesOf, SHOWN, statusOf, userOf } from './base.ts';
import { unmappedOf } from './unmapped.ts';

const MAPPED = columnsOf<AuditEvent>(SHOWN, ['actor', 'object_id', 'outcome', 'reason']);

export function toAuthentication(event: AuditEvent, act: 'sign-in' | 'sign-out', origin: FormatOrigin): OcsfEvent {
  const user = event.object_id || event.actor;
  return {
    ...baseOf(event, CLASSES.authentication, act === 'sign-in' ? [1, 'Logon'] : [2, 'Logoff'], origin, []),
    ...statusOf(event.outcome === 'success'),
    is_remote: true,
    user: userOf(user) ?? NOBODY,
    service: { name: 'Daylight console' },
    ...filled({
      actor: actorOf(event.actor),
      message: event.reason,
      status_code: event.outcome,
      status_detail: event.reason,
      observables: observablesOf(['user', 'user.name', user]),
      unmapped: unmappedOf(event, MAPPED),
    }),
  };
}
