// Everything about who may use the console, put together: accounts, sessions, links, tokens, attempts. Every change and every attempt to
// sign in becomes an entry of the audit log.

import { type Access, type AccessAct, type Invite, type Role, weaker } from '../account.ts';
import { DaylightError } from '../errors.ts';
import { createAccounts, publicAccount, type StoredAccount } from './accounts.ts';
import { createAttempts } from './attempts.ts';
import { openAccessFile } from './database.ts';
import { createInvites } from './invites.ts';
import { createPasswords, type PasswordCost } from './password.ts';
import { createProxyTokenDesk } from './proxy-token-desk.ts';
import { createProxyTokens } from './proxy-tokens.ts';
import { createSeal } from './seal.ts';
import { createSessions } from './sessions.ts';
import {
  acceptInvite,
  DAYLIGHT,
  type SignInParts,
  sessionOf,
  signInWithOidc,
  signInWithPassword,
  totpPurpose,
} from './sign-in.ts';
import { createTokens } from './tokens.ts';
import { newTotpSecret, stepOfCode, totpUrl } from './totp.ts';

export interface AccessOptions {
  /** The data folder. */
  dir: string;
  installationKey: Buffer;
  audit(act: AccessAct): void;
  /** Milliseconds without activity after which a session ends; 30 minutes unless told. */
  idleMs?: number;
  /** Epoch milliseconds. */
  now?: () => number;
  /** What a password hash costs. */
  cost?: PasswordCost;
}

const IDLE_MS = 30 * 60_000;

/** @throws DaylightError ERR_STORE if the file cannot be opened */
export function openAccess(options: AccessOptions): Access {
  const { audit, now = Date.now } = options;
  const database = openAccessFile(options.dir);
  const accounts = createAccounts(database, now);
  const sessions = createSessions(database, options.idleMs ?? IDLE_MS, now);
  const tokens = createTokens(database, now);
  const proxyTokens = createProxyTokens(database, now);
  const invites = createInvites(database, now);
  const parts: SignInParts = {
    database,
    accounts,
    sessions,
    invites,
    proxyTokens,
    attempts: createAttempts(database, now),
    passwords: createPasswords(options.cost),
    seal: createSeal(options.installationKey),
    now,
  };

  function named(name: string): StoredAccount {
    const found = accounts.byName(name);
    if (found) return found;
    throw new DaylightError('ERR_USAGE', `there is no account ${JSON.stringify(name)}`);
  }
  function localAccount(name: string): StoredAccount {
    const found = named(name);
    if (found.provider === 'password') return found;
    throw new DaylightError('ERR_USAGE', `${found.name} signs in with the OpenID provider: password and codes are kept there`);
  }
  const act = (actor: string, action: string, objectId: string, reason = '', more: Partial<AccessAct> = {}): void =>
    audit({ actor, action, objectType: action.split('.')[0] as AccessAct['objectType'], objectId, reason, ...more });

  /** What was typed as a name may be a password: only names of accounts are written down. */
  function denied(name: string, why: string, address: string): void {
    const known = accounts.byName(name)?.name ?? '';
    act(known, 'session.start', known, `${why}, from ${address}`, { outcome: 'denied' });
  }

  /** Whose session this is, if they know their password: a session may be in the wrong hands. */
  async function prove(id: string, password: string, address: string, action: string) {
    const account = accounts.byId(sessions.find(id, true) ?? 0);
    if (!account) return { is: 'wrong' } as const;
    localAccount(account.name);
    const retryAfter = parts.attempts.begin(account.name, address);
    if (retryAfter > 0) return { is: 'too-many', retryAfter } as const;
    if (!(await parts.passwords.verify(password, account.password))) {
      act(account.name, action, account.name, `the password was wrong, from ${address}`, { outcome: 'denied' });
      return { is: 'wrong' } as const;
    }
    parts.attempts.succeed(account.name, address);
    return account;
  }

  function invite(role: Role, by: string): Invite {
    const made = invites.create(role, by);
    act(by, 'invite.create', role, '', { after: role });
    return made;
  }

  return {
    async signIn(credentials) {
      const { name, address } = credentials;
      const result = await signInWithPassword(parts, credentials);
      if (result.is === 'in') {
        const signedIn = result.session.account;
        act(signedIn.name, 'session.start', signedIn.name, `password${signedIn.totp ? ' and code' : ''}, from ${address}`);
      } else if (result.is === 'wrong') denied(name, 'wrong name, password or code', address);
      return result;
    },
    signInWithOidc(person, address) {
      const result = signInWithOidc(parts, person);
      if (!result) {
        const reason = `${person.subject} of ${person.issuer} is in no group that may use Daylight, from ${address}`;
        act('', 'session.start', person.name, reason, { outcome: 'denied' });
        return undefined;
      }
      const { name, role } = result.session.account;
      act(name, 'session.start', name, `OpenID provider ${person.issuer}, from ${address}`, { after: role });
      return { id: result.id, session: result.session };
    },
    async acceptInvite(token, name, password, address) {
      const retryAfter = parts.attempts.begin('', address);
      if (retryAfter > 0) return { is: 'too-many', retryAfter };
      const done = await acceptInvite(parts, { token, name, password });
      if (!done) {
        act('', 'invite.use', '', `unknown, used or expired, from ${address}`, { outcome: 'denied' });
        return undefined;
      }
      const { created, account, by, signIn } = done;
      parts.attempts.withdraw('', address);
      const reason = `link made by ${by}, from ${address}`;
      if (created) act(account.name, 'account.create', account.name, reason, { after: account.role });
      else act(account.name, 'account.password', account.name, reason);
      return signIn;
    },
    session(id, touch) {
      const account = sessions.find(id, touch);
      const found = account === undefined ? undefined : accounts.byId(account);
      return found && sessionOf(id, found);
    },
    signOut(id, everywhere) {
      const account = sessions.find(id, false);
      const name = account === undefined ? undefined : accounts.byId(account)?.name;
      if (account === undefined || name === undefined) return;
      if (everywhere) sessions.endAll(account);
      else sessions.end(id);
      act(name, 'session.end', name, everywhere ? 'everywhere' : '');
    },

    async changePassword(id, old, password, address) {
      const account = await prove(id, old, address, 'account.password');
      if ('is' in account) return account;
      accounts.set(account.id, { password: await parts.passwords.hash(password) });
      sessions.endAll(account.id, id);
      act(account.name, 'account.password', account.name, `from ${address}`);
      return { is: 'in', id, session: sessionOf(id, account) };
    },
    offerTotp(name) {
      const account = localAccount(name);
      if (account.totp !== '') throw new DaylightError('ERR_USAGE', 'turn the second factor off first; that takes your password');
      const secret = newTotpSecret();
      accounts.set(account.id, { totp_offer: parts.seal.seal(secret, totpPurpose(account.id)) });
      return { secret, url: totpUrl(secret, account.name) };
    },
    confirmTotp(name, code) {
      const account = localAccount(name);
      const secret = parts.seal.open(account.totp_offer, totpPurpose(account.id));
      const step = secret === undefined ? undefined : stepOfCode(secret, code, 0, now());
      if (step === undefined) return false;
      accounts.set(account.id, { totp: account.totp_offer, totp_offer: '', totp_counter: step });
      act(account.name, 'account.totp', account.name, '', { before: 'off', after: 'on' });
      return true;
    },
    async removeTotp(id, password, address) {
      const account = await prove(id, password, address, 'account.totp');
      if ('is' in account) return account;
      accounts.set(account.id, { totp: '', totp_offer: '' });
      act(account.name, 'account.totp', account.name, `from ${address}`, { before: account.totp ? 'on' : 'off', after: 'off' });
      return { is: 'in', id, session: sessionOf(id, { ...account, totp: '' }) };
    },

    accounts: () => accounts.list().map(publicAccount),
    changeRole(name, role, by) {
      const account = named(name);
      if (account.provider === 'oidc')
        throw new DaylightError('ERR_USAGE', `the role of ${account.name} follows from groups of the OpenID provider`);
      accounts.dismiss(account.id, role);
      act(by, 'account.role', account.name, '', { before: account.role, after: role });
      return publicAccount({ ...account, role });
    },
    removeAccount(name, by) {
      const account = named(name);
      accounts.dismiss(account.id, undefined);
      act(by, 'account.remove', account.name, '', { before: account.role });
    },
    invite,
    firstInvite() {
      if (accounts.list().some(({ role }) => role === 'admin')) return undefined;
      invites.revoke(DAYLIGHT);
      return invite('admin', DAYLIGHT);
    },
    inviteToReset(name, by) {
      const account = localAccount(name);
      const invite = invites.createReset(account, by);
      act(by, 'invite.create', account.name, 'new password');
      return invite;
    },

    tokens: (owner) => tokens.list(owner === undefined ? undefined : named(owner).id),
    createToken(owner, wanted) {
      const account = named(owner);
      const made = tokens.create(account.id, { ...wanted, role: weaker(wanted.role, account.role) });
      const { id, name, role, expires } = made;
      act(account.name, 'token.create', id, name, { after: JSON.stringify({ name, role, expires }) });
      return made;
    },
    removeToken(id, by) {
      const token = tokens.get(id);
      if (!token) throw new DaylightError('ERR_USAGE', `there is no token ${JSON.stringify(id)}`);
      tokens.remove(id);
      act(by, 'token.remove', id, token.name, { before: JSON.stringify(token) });
    },
    token(text) {
      const found = tokens.find(text);
      const account = found && accounts.byId(found.account);
      return found && account && { token: found.token, account: publicAccount(account) };
    },
    proxyTokens: createProxyTokenDesk({ tokens: proxyTokens, accounts, audit }),
    consoleUrl: () => String(database.prepare('SELECT url FROM console').get()?.url ?? ''),
    servedAt: (url) => void database.prepare('INSERT OR REPLACE INTO console (id, url) VALUES (1, ?)').run(url),
    close: () => database.close(),
  };
}
