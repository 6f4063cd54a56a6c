// The part of the composition root that notices another rule pack: after an upgrade, or when somebody changed its files.

import type { AuditAct } from '../console/api/options.ts';
import type { Log } from '../log.ts';
import { type RulePacks, readRulePack } from '../rule-pack.ts';
import { openRulePacks } from '../store/rule-packs.ts';
import { daylightVersion } from '../version.ts';

export interface RulePackWatch {
  packs: RulePacks;
  /** Rules were taken into force: keeps the pack if it is another. Never fails. */
  inForce(): void;
}

/** undefined when packs cannot be kept: everything else works. */
export function watchRulePack(
  { data, rules }: { data: string; rules: string },
  { log, audit }: { log: Log; audit(act: Omit<AuditAct, 'actor'>): void },
): RulePackWatch | undefined {
  let packs: RulePacks;
  try {
    packs = openRulePacks(data, (message, cause) => log.error({ err: cause }, message));
  } catch (error) {
    log.error({ err: error }, 'the rule packs that ran cannot be kept');
    return undefined;
  }
  function inForce(): void {
    try {
      const kept = packs.keep(readRulePack(rules), daylightVersion(), Date.now());
      if (kept?.before === undefined) return;
      const { pack, before } = kept;
      log.info(
        { before: before.id, after: pack.id },
        'the rule pack is another one than before; the page Rules says what changed',
      );
      const reason = `version ${pack.version}, before ${before.version}`;
      audit({ action: 'rules.pack', objectType: 'rules', objectId: pack.id, reason, before: before.id, after: pack.id });
    } catch (error) {
      log.error({ err: error }, 'this rule pack is not in the history of packs');
    }
  }
  inForce();
  return { packs, inForce };
}
