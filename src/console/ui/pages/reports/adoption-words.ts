// What the figures of adoption say, as a sentence.

import type { AdoptionReport } from '../../../api/shapes.ts';
import { counted } from '../../text/format.ts';
import { percentOf } from '../../text/percent.ts';

export function adoptionSentence({ sanctioned, shadow, both }: AdoptionReport['people']): string {
  const all = sanctioned + shadow + both;
  const moved = sanctioned + both;
  return `${percentOf(moved, all)} of ${counted(all, 'user')} came by the portal or approved servers; ${percentOf(
    shadow + both,
    all,
  )} still used servers that nobody approved.`;
}
