// Rules in words.

import type { RuleItem } from '../../../api/shapes.ts';

/** Where the mode of a rule comes from. */
export function modeSource({ modeFrom: { step, id } }: Pick<RuleItem, 'modeFrom'>): string {
  if (step === 'rule-mode') return 'its own';
  if (step === 'tag-mode') return `from tag ${id}`;
  if (step === 'traffic-mode') return `from ${id}`;
  return 'by default';
}
