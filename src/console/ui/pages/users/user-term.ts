// The filter that means one person, as reports name them: by name, or by address where nobody was identified.

import { termFor } from '../../parts/filter-bar-text.ts';

const ADDRESS = /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-f:.]*:[0-9a-f:.]*)$/i;

export function userTerm(user: string): string {
  return ADDRESS.test(user) ? `user:"" net:${user}` : termFor('user', user);
}
