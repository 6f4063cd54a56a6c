// A change of policy by a command: recorded in the history (record-change.ts) and in the audit log.

import type { Config } from '../config.ts';
import type { PolicyChange } from '../policy-files/policy-file.ts';
import type { PolicyHistory } from '../policy-files/policy-version.ts';
import { recordChange } from '../policy-files/record-change.ts';
import { openPolicyHistory } from '../store/policy-history.ts';
import { actor, recordAct } from './audit.ts';
import { note } from './output.ts';

/**
 * Runs an edit of policy and records it; nothing is recorded if nothing was changed.
 *
 * @param reason why, in the words of the person.
 */
export async function changePolicy(
  config: Config,
  edit: (rules: string) => Promise<PolicyChange>,
  reason = '',
): Promise<PolicyChange> {
  const history = openHistory(config);
  try {
    const { change, acts } = await recordChange(config.rules, history, edit, { actor: actor(), reason });
    for (const act of acts) await recordAct(config, act);
    return change;
  } finally {
    history?.close();
  }
}

/** The policy of the appliance counts, not its history: one that cannot be kept is said, and the edit is done. */
function openHistory(config: Config): PolicyHistory | undefined {
  const complain = (message: string) => note(`daylight: the history of policy: ${message}`);
  try {
    return openPolicyHistory(config.data, { onBroken: complain });
  } catch (error) {
    complain((error as Error).message);
    return undefined;
  }
}
