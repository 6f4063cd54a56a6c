// Records who did what: an event in the spool of the data folder, from where the appliance takes it to ClickHouse.

import { mkdirSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { AuditEvent } from '../engine/event.ts';
import { uuidv7 } from '../proxy/uuid.ts';
import { processIdentity } from '../store/process-identity.ts';
import { openSpool } from '../store/spool.ts';
import { note } from './output.ts';

/** What was done to what; when is known. */
export interface Act {
  /** Who; the user of the operating system unless told. */
  actor?: string;
  /** Dotted, e.g. `policy.approve`, `dlp.evidence`. */
  action: string;
  objectType: string;
  objectId: string;
  /** Why, in the words of the person. */
  reason?: string | undefined;
  before?: string;
  after?: string;
}

/** Each has its own name: a second one of the same name would take the place of what the first has written. */
let spools = 0;

/** Spools an audit event. What it tells of is done already, so a spool that cannot be written is said and does not fail the command. */
export async function recordAct(config: Config, act: Act): Promise<void> {
  const event: AuditEvent = {
    kind: 'audit_log',
    ts: Date.now(),
    event_id: uuidv7(Date.now()),
    tenant: config.tenant,
    sensor: config.sensor || hostname(),
    actor: act.actor ?? actor(),
    action: act.action,
    object_type: act.objectType,
    object_id: act.objectId,
    outcome: 'success',
    reason: act.reason ?? '',
    before: act.before ?? '',
    after: act.after ?? '',
  };
  const complain = (error: unknown) => note(`daylight: done, but the audit log does not know: ${(error as Error).message}`);
  const dir = join(config.data, 'spool');
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const spool = openSpool({ dir, writer: processIdentity(`cli${++spools}`), onError: complain });
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
