// A change of policy by a person, in this order: the edit itself, the new version in the history, what the audit log has to say.
// Nobody else changes the history meanwhile, so that a running appliance, which sees the files change, finds the change there already.

import type { PolicyChange } from './policy-file.ts';
import { readPolicyTexts } from './policy-texts.ts';
import { auditOfFound, type KeptVersion, keepFound, type PolicyHistory } from './policy-version.ts';

/** Who changes policy, and why in their words. */
export interface ChangeBy {
  actor: string;
  reason: string;
}

export interface PolicyAct {
  /** `policy.approve`, ...; `policy.edit` for what was found to be changed by hand before. */
  action: string;
  objectType: string;
  objectId: string;
  actor: string;
  reason: string;
  before: string;
  after: string;
}

export interface RecordedChange {
  change: PolicyChange;
  /** For the audit log, in order. None if nothing was changed. */
  acts: PolicyAct[];
}

/**
 * Runs an edit of policy and keeps the version that it makes.
 *
 * @param rules the folder of rules and policy
 * @param history undefined where none can be kept: the policy counts, not its history
 */
export function recordChange(
  rules: string,
  history: PolicyHistory | undefined,
  edit: (rules: string) => Promise<PolicyChange>,
  { actor, reason }: ChangeBy,
): Promise<RecordedChange> {
  const run = async (): Promise<RecordedChange> => {
    const before = await readPolicyTexts(rules);
    const change = await edit(rules);
    const { action, object, files } = change;
    if (files.length === 0) return { change, acts: [] };
    let found: KeptVersion | undefined;
    if (history) {
      const now = Date.now();
      // The version before, too: it may have been made by hand while no appliance ran.
      found = keepFound(history, before, '', now);
      history.keep(await readPolicyTexts(rules), { actor, action, object, reason }, now);
    }
    const sides = { before: change.before, after: change.after };
    const act = { action: `policy.${action}`, objectType: objectType(action), objectId: object, actor, reason, ...sides };
    return { change, acts: [...[auditOfFound(found)].filter((each) => each !== undefined), act] };
  };
  return history ? history.alone(run) : run();
}

function objectType(action: PolicyChange['action']): string {
  if (action.includes('exception')) return 'exception';
  if (action.includes('passthrough')) return 'passthrough';
  if (action === 'dlp-profile') return 'profile';
  if (action === 'mode' || action === 'pause' || action === 'resume') return 'mode';
  return action === 'rollback' ? 'policy' : 'server';
}
