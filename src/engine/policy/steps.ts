// What each step of policy means, for people.

import type { PolicyStep } from '../verdict.ts';

export const POLICY_STEPS: Readonly<Record<PolicyStep['step'], string>> = {
  none: 'no rule matched, so nothing was to be decided',
  exception: 'an exception in force turned a block into a log entry',
  approval: 'an approval or a portal covers the server',
  'rule-mode': 'the mode set for this rule',
  'tag-mode': 'the mode set for a tag of the rule',
  'traffic-mode': 'the mode set for this class of traffic',
  'default-mode': 'the default mode; nothing more specific is set',
  'server-block': 'the server itself is blocked',
  pause: 'protection is paused for a while',
  dlp: 'a finding of DLP in the content',
  error: 'a fault of the engine',
};
