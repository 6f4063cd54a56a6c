// Takes over rules and policy when their files have changed, in this order: wait until no command is in the middle of a change,
// read and check everything, give it to the workers whole, keep the version in the history of policy. What is broken changes
// nothing.
//
// A change by a command is in the history and in the audit log already. One that was made by hand or by git gets both here.

import { join } from 'node:path';
import { snapshotIdOf } from '../engine/snapshot.ts';
import { type LoadedSource, loadSnapshotSource } from '../load.ts';
import type { Log } from '../log.ts';
import { whenUnlocked } from '../replace-files.ts';
import { contentId, readPolicyTexts } from './policy-texts.ts';
import { auditOfFound, keepFound, type PolicyHistory } from './policy-version.ts';

export interface ReloadOptions {
  /** The folder of rules and policy. */
  rules: string;
  log: Log;
  /** Id of the snapshot that is in force. */
  inForce: string;
  history: PolicyHistory | undefined;
  /** Puts what was loaded in force. */
  update(loaded: LoadedSource): void;
  audit(entry: ReloadAudit): void;
  /** The files were read. */
  onRead?(result: 'ok' | 'failed'): void;
}

export interface ReloadAudit {
  action: 'policy.reload' | 'policy.edit';
  objectType: string;
  objectId: string;
  reason: string;
  actor?: string;
  before?: string;
  after?: string;
  outcome?: 'error';
}

export interface Reload {
  /** Reads the files; wishes that come while it is busy are one. Never fails. @param cause e.g. `file changed` */
  (cause: string): Promise<void>;
  /** Id of the snapshot in force. */
  snapshotId(): string;
  /** Everything that was begun is done. */
  settled(): Promise<void>;
}

export function createReload(options: ReloadOptions): Reload {
  const { rules, log, history, update, audit } = options;
  let inForce = options.inForce;
  let running = Promise.resolve();
  let wish: string | undefined;
  // Apart from the above: a change in force must not wait for the history, which somebody else may be writing.
  let recording = Promise.resolve();
  /** Content of the policy files that the history is known to have. */
  let known = '';

  async function take(cause: string): Promise<void> {
    await whenUnlocked(join(rules, 'local'));
    try {
      const next = loadSnapshotSource(rules);
      const before = inForce;
      const after = snapshotIdOf(next.source);
      if (after !== before) {
        for (const warning of next.warnings) log.warn(warning);
        update(next);
        inForce = after;
        log.info({ cause, before, after, rules: next.source.rules.length }, 'rules and policy reloaded');
      }
      options.onRead?.('ok');
      recording = recording.then(() => record(cause, before, after));
    } catch (error) {
      log.error({ err: error, cause, inForce }, 'RULES OR POLICY ARE BROKEN: the previous ones stay in force');
      options.onRead?.('failed');
      const reason = (error as Error).message;
      audit({ action: 'policy.reload', objectType: 'snapshot', objectId: '', reason, outcome: 'error' });
    }
  }

  async function record(reason: string, before: string, after: string): Promise<void> {
    const isPolicy = await keep(reason).catch((error) => {
      log.error({ err: error }, 'this version of policy is not in the history');
      return false;
    });
    // Else it was a change of rules.
    if (isPolicy || before === after) return;
    audit({ action: 'policy.reload', objectType: 'snapshot', objectId: after, reason, before, after });
  }

  /** @returns whether the policy files have changed; then the change is in the audit log. */
  async function keep(reason: string): Promise<boolean> {
    if (!history || contentId(await readPolicyTexts(rules)) === known) return false;
    await history.alone(async () => {
      const texts = await readPolicyTexts(rules);
      known = contentId(texts);
      const found = auditOfFound(keepFound(history, texts, reason, Date.now()));
      if (found) audit(found);
    });
    return true;
  }

  function reload(cause: string): Promise<void> {
    if (wish === undefined) {
      running = running.then(() => {
        const latest = wish!;
        wish = undefined;
        return take(latest);
      });
    }
    wish = cause;
    return running;
  }

  return Object.assign(reload, {
    snapshotId: () => inForce,
    settled: () => running.then(() => recording),
  });
}
