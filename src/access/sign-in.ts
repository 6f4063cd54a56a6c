// Decides whether somebody gets a session.
//
// With a password, in this order: too many attempts (of this name or address) or too much to do -> wait; name and password, which take
// the same time whether there is such an account or not; the second factor, if the account has one. With an OpenID provider: a role, from
// groups that the configuration lists; else nothing, and an account that is known is removed with its sessions and tokens.

import type { DatabaseSync } from 'node:sqlite';
import { type Credentials, nameProblem, type OidcPerson, type Session, type SignIn } from '../account.ts';
import { DaylightError } from '../errors.ts';
import { transaction } from '../sqlite-file.ts';
import { type Accounts, publicAccount, type StoredAccount } from './accounts.ts';
import type { Attempts } from './attempts.ts';
import type { Invites } from './invites.ts';
import type { Passwords } from './password.ts';
import type { ProxyTokens } from './proxy-tokens.ts';
import type { Seal } from './seal.ts';
import { csrfOf, type Sessions } from './sessions.ts';
import { stepOfCode } from './totp.ts';

export interface SignInParts {
  database: DatabaseSync;
  accounts: Accounts;
  attempts: Attempts;
  invites: Invites;
  passwords: Passwords;
  sessions: Sessions;
  proxyTokens: Pick<ProxyTokens, 'setGroups'>;
  seal: Seal;
  /** Epoch milliseconds. */
  now(): number;
}

/** Who made the links of the first start. */
export const DAYLIGHT = 'daylight';

/** What a TOTP secret is sealed for. */
export const totpPurpose = (account: number): string => `totp of account ${account}`;

export async function signInWithPassword(parts: SignInParts, credentials: Credentials): Promise<SignIn> {
  const { accounts, attempts, passwords, seal } = parts;
  const { name, password, totp, address } = credentials;
  if (passwords.busy()) return { is: 'too-many', retryAfter: 5 };
  const retryAfter = attempts.begin(name, address);
  if (retryAfter > 0) return { is: 'too-many', retryAfter };

  const account = accounts.byName(name);
  const right = await passwords.verify(password, account?.password || undefined);
  if (!account || !right) return { is: 'wrong' };
  if (account.totp !== '') {
    if (totp === undefined || totp === '') {
      attempts.withdraw(name, address);
      return { is: 'totp-required' };
    }
    const secret = seal.open(account.totp, totpPurpose(account.id));
    if (secret === undefined)
      throw new DaylightError(
        'ERR_STORE',
        `the second factor of ${account.name} was sealed with another installation key; restore the key, or run: daylight admin reset ${account.name}`,
      );
    if (!takeCode(parts, account.id, secret, totp)) return { is: 'wrong' };
  }
  attempts.succeed(name, address);
  return begin(parts, account);
}

/** Uses a code: of two requests with the same one, one gets in. */
function takeCode({ database, accounts, now }: SignInParts, id: number, secret: string, code: string): boolean {
  return transaction(database, () => {
    const step = stepOfCode(secret, code, accounts.byId(id)?.totp_counter ?? 0, now());
    if (step !== undefined) accounts.set(id, { totp_counter: step });
    return step !== undefined;
  });
}

/** undefined for a link that is used, expired or unknown. @throws DaylightError ERR_USAGE for a name or password that will not do */
export async function acceptInvite(
  parts: SignInParts,
  { token, name, password }: { token: string; name: string; password: string },
): Promise<{ created: boolean; account: StoredAccount; signIn: SignIn; by: string } | undefined> {
  const { database, accounts, attempts, invites, passwords, sessions } = parts;
  // First: hashing costs something, and nobody without a link shall make us pay it.
  if (!invites.find(token)) return undefined;
  const hash = await passwords.hash(password);
  const done = transaction(database, () => {
    const invite = invites.find(token);
    if (!invite) return undefined;
    const known = invite.account === null ? undefined : accounts.byId(invite.account);
    if (invite.account !== null && known?.name !== name.normalize('NFC').trim())
      throw new DaylightError('ERR_USAGE', 'this link is for another name');
    const account = known ?? accounts.add({ name, role: invite.role, provider: 'password', subject: null, password: hash });
    if (known) {
      accounts.set(known.id, { password: hash, totp: '', totp_offer: '' });
      sessions.endAll(known.id);
    }
    invites.use(token);
    if (account.role === 'admin') invites.revoke(DAYLIGHT);
    return { created: !known, account, by: invite.by };
  });
  if (!done) return undefined;
  attempts.forgive(done.account.name);
  return { ...done, signIn: begin(parts, accounts.byId(done.account.id)!) };
}

/** undefined if they may not use Daylight. @throws DaylightError ERR_USAGE when another account has the name */
export function signInWithOidc(parts: SignInParts, person: OidcPerson): (SignIn & { is: 'in' }) | undefined {
  const { accounts, proxyTokens } = parts;
  const subject = `${person.issuer} ${person.subject}`;
  const known = accounts.bySubject(subject);
  if (!person.role) {
    if (known) accounts.remove(known.id);
    return undefined;
  }
  if (known) {
    accounts.set(known.id, { role: person.role });
    proxyTokens.setGroups(known.id, person.groups);
    return begin(parts, known);
  }
  const name = nameProblem(person.name) ? person.subject : person.name;
  const account = accounts.add({ name, role: person.role, provider: 'oidc', subject, password: '' });
  proxyTokens.setGroups(account.id, person.groups);
  return begin(parts, account);
}

/** Always a new id: whatever cookie the browser had before is worth nothing. */
function begin({ accounts, sessions, now }: SignInParts, account: StoredAccount): SignIn & { is: 'in' } {
  accounts.set(account.id, { last_sign_in: now() });
  const id = sessions.create(account.id);
  return { is: 'in', id, session: sessionOf(id, accounts.byId(account.id)!) };
}

export function sessionOf(id: string, account: StoredAccount): Session {
  return { account: publicAccount(account), csrf: csrfOf(id) };
}
