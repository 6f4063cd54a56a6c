// Records who changed policy: an event in the spool of the data folder, from where the appliance takes it to ClickHouse.

import { mkdirSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { AuditEvent } from '../engine/event.ts';
import type { PolicyChange } from '../policy-file.ts';
import { uuidv7 } from '../proxy/uuid.ts';
import { processIdentity } from '../store/process-identity.ts';
import { openSpool } from '../store/spool.ts';
import { note } from './output.ts';

/**
 * Spools an audit event for a change of policy; none if nothing was changed. The change itself is in force already, so a
 * spool that cannot be written is said and does not fail the command.
 */
export async function recordChange(config: Config, change: PolicyChange): Promise<void> {
  if (change.files.length === 0) return;
  const event: AuditEvent = {
    kind: 'audit_log',
    ts: Date.now(),
    event_id: uuidv7(Date.now()),
    tenant: config.tenant,
    sensor: config.sensor || hostname(),
    actor: actor(),
    action: `policy.${change.action}`,
    object_type: change.action.includes('exception') ? 'exception' : change.action === 'mode' ? 'mode' : 'server',
    object_id: change.object,
    outcome: 'success',
    reason: '',
    before: change.before,
    after: change.after,
  };
  const complain = (error: unknown) => note(`daylight: the change is in force, but ${(error as Error).message}`);
  const dir = join(config.data, 'spool');
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const spool = openSpool({ dir, writer: processIdentity('cli'), onError: complain });
    spool.append(event);
    await spool.close();
  } catch (error) {
    complain(error);
  }
}

/** The user of the operating system. */
export function actor(): string {
  try {
    return userInfo().username;
  } catch {
    // No entry for this user id, as in some containers.
    return `uid ${process.getuid?.() ?? '?'}`;
  }
}
