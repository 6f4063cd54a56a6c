// Who may make, see and end which proxy tokens, and what the audit log is told of it.

import type { AccessAct, ProxyTokenDesk } from '../account.ts';
import { DaylightError } from '../errors.ts';
import type { Accounts } from './accounts.ts';
import type { ProxyTokens } from './proxy-tokens.ts';

export interface ProxyTokenDeskParts {
  tokens: ProxyTokens;
  accounts: Accounts;
  audit(act: AccessAct): void;
}

/** As long as the name of a user in an event may be. */
const USER = /^[^\p{Cc}\p{Zl}\p{Zp}]{1,256}$/u;

export function createProxyTokenDesk({ tokens, accounts, audit }: ProxyTokenDeskParts): ProxyTokenDesk {
  return {
    list(user) {
      if (user === undefined) return tokens.list();
      const account = accounts.byName(user);
      return account ? tokens.list(account.id) : [];
    },
    issue(wish, by) {
      const user = wish.user.normalize('NFC').trim();
      if (!USER.test(user)) throw new DaylightError('ERR_USAGE', 'a user has 1 to 256 characters, without control characters');
      const account = accounts.byName(user);
      const name = account?.name ?? user;
      const made = tokens.create(account?.id ?? null, { ...wish, user: name, issuer: by });
      const { id, groups, expires } = made;
      const after = JSON.stringify({ user: name, name: made.name, groups, expires });
      audit({ actor: by, action: 'proxy-token.issue', objectType: 'proxy-token', objectId: id, reason: made.name, after });
      return made;
    },
    revoke(id, by) {
      const token = tokens.get(id);
      if (!token) throw new DaylightError('ERR_USAGE', `there is no proxy token ${JSON.stringify(id)}`);
      tokens.remove(id);
      const before = JSON.stringify(token);
      audit({ actor: by, action: 'proxy-token.revoke', objectType: 'proxy-token', objectId: id, reason: token.name, before });
    },
    version: tokens.version,
    inForce: tokens.inForce,
    markUsed: tokens.markUsed,
  };
}
