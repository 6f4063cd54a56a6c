// What an entry of the audit log is about: signing in and out, or what was done to what.

import type { AuditEvent } from '../../engine/event.ts';

export type AuditAct = 'sign-in' | 'sign-out' | 'create' | 'read' | 'update' | 'delete' | 'suspend' | 'resume';

const CREATES = /^(?:create|created|add|use)$/;
const READS = /^(?:view|export|evidence|sample|reveal|download)$/;
const DELETES = /^(?:remove|delete|revoke)$/;

/** Actions are dotted, the last part says what was done: `policy.add-exception`, `event.view`, `session.start`. */
export function actOf({ action }: Pick<AuditEvent, 'action'>): AuditAct {
  if (action === 'session.start') return 'sign-in';
  if (action === 'session.end') return 'sign-out';
  const verb = action.slice(action.lastIndexOf('.') + 1).split('-', 1)[0] ?? '';
  if (verb === 'pause') return 'suspend';
  if (verb === 'resume') return 'resume';
  if (CREATES.test(verb)) return 'create';
  if (READS.test(verb)) return 'read';
  return DELETES.test(verb) ? 'delete' : 'update';
}
