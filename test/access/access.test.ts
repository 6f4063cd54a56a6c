import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secret, TOTP } from 'otpauth';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAccess } from '../../src/access/access.ts';
import { removeInviteFile, writeInviteFile } from '../../src/access/invite-file.ts';
import { inviteLink } from '../../src/access/invites.ts';
import type { Access, SignIn } from '../../src/account.ts';
import { ADDRESS, PASSWORD, type TemporaryAccess, temporaryAccess } from './temporary-access.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
let place: TemporaryAccess;
let access: Access;

beforeEach(() => {
  place = temporaryAccess();
  access = place.access;
});
afterEach(() => place.remove());

const signIn = (name: string, password: string, more: { totp?: string; address?: string } = {}) =>
  access.signIn({ name, password, address: ADDRESS, ...more });
const idOf = (result: SignIn | undefined): string => {
  if (result?.is !== 'in') throw new Error(`expected a session, got ${result?.is}`);
  return result.id;
};
const codeOf = (secret: string): string =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: place.clock.now });

describe('the first administrator', () => {
  it('gets a link as long as there is none, and each link replaces the one before', async () => {
    const first = access.firstInvite()!;
    const second = access.firstInvite()!;
    expect(second).toMatchObject({ kind: 'invite', role: 'admin', expires: place.clock.now + 24 * HOUR });
    expect(await access.acceptInvite(first.token, 'ana', PASSWORD, ADDRESS)).toBeUndefined();
    expect(idOf(await access.acceptInvite(second.token, 'ana', PASSWORD, ADDRESS))).toHaveLength(43);
    expect(access.firstInvite()).toBeUndefined();
    expect(access.accounts()).toMatchObject([{ name: 'ana', role: 'admin', provider: 'password', totp: false }]);
  });

  it('made by another link ends the force of the first one', async () => {
    const first = access.firstInvite()!;
    await place.join('ana');
    expect(await access.acceptInvite(first.token, 'eve', PASSWORD, ADDRESS)).toBeUndefined();
  });

  it('finds the link in a file that only its owner can read, until it is used', () => {
    const link = inviteLink('https://console.example/', access.firstInvite()!);
    expect(link).toMatch(/^https:\/\/console\.example\/invite#token=[\w-]{43}$/);
    const file = writeInviteFile(place.dir, link);
    writeInviteFile(place.dir, link);
    expect(readFileSync(file, 'utf8')).toBe(`${link}\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    removeInviteFile(place.dir);
    expect(() => statSync(file)).toThrow('ENOENT');
  });
});

describe('a link', () => {
  it('works once, and for 24 hours', async () => {
    const { token } = access.invite('viewer', 'ana');
    expect(await access.acceptInvite(token, 'bob', PASSWORD, ADDRESS)).toMatchObject({ is: 'in' });
    expect(await access.acceptInvite(token, 'eve', PASSWORD, ADDRESS)).toBeUndefined();
    const late = access.invite('viewer', 'ana');
    place.clock.now += 24 * HOUR;
    expect(await access.acceptInvite(late.token, 'eve', PASSWORD, ADDRESS)).toBeUndefined();
  });

  it('used by two at once makes one account', async () => {
    const { token } = access.invite('viewer', 'ana');
    const both = await Promise.all(['bob', 'eve'].map((name) => access.acceptInvite(token, name, PASSWORD, ADDRESS)));
    expect(both.filter((result) => result?.is === 'in')).toHaveLength(1);
    expect(access.accounts()).toHaveLength(1);
  });

  it('is not used up by a name or a password that will not do', async () => {
    await place.join('Ana');
    const { token } = access.invite('viewer', 'Ana');
    await expect(access.acceptInvite(token, 'ana', PASSWORD, ADDRESS)).rejects.toThrow('there is an account "ana" already');
    await expect(access.acceptInvite(token, '<b>', PASSWORD, ADDRESS)).rejects.toThrow('A name has 1 to 64 letters');
    await expect(access.acceptInvite(token, 'bob', 'short', ADDRESS)).rejects.toThrow('at least 12 characters');
    expect(await access.acceptInvite(token, 'bob', PASSWORD, ADDRESS)).toMatchObject({ is: 'in' });
  });

  it('to reset sets a new password, ends sessions, removes the second factor, and is for that name alone', async () => {
    const id = await place.join('ana');
    const { secret } = access.offerTotp('ana');
    access.confirmTotp('ana', codeOf(secret));
    const { token, name, kind } = access.inviteToReset('ana', 'root');
    expect([name, kind]).toEqual(['ana', 'reset']);
    await expect(access.acceptInvite(token, 'bob', 'another long one', ADDRESS)).rejects.toThrow('for another name');
    const fresh = idOf(await access.acceptInvite(token, 'ana', 'another long one', ADDRESS));
    expect(access.session(id, true)).toBeUndefined();
    expect(access.session(fresh, true)?.account.totp).toBe(false);
    expect(await signIn('ana', PASSWORD)).toEqual({ is: 'wrong' });
    expect(await signIn('ana', 'another long one')).toMatchObject({ is: 'in' });
  });

  it('cannot be found by trying many', async () => {
    const tries = [];
    for (let n = 0; n < 22; n++) tries.push(await access.acceptInvite(`guess ${n}`, 'eve', PASSWORD, ADDRESS));
    expect(tries[0]).toBeUndefined();
    expect(tries.at(-1)).toMatchObject({ is: 'too-many' });
  });
});

describe('signing in with a password', () => {
  it('takes the right one, whatever capitals the name has, and gives a new session each time', async () => {
    const first = await place.join('Ana');
    const second = idOf(await signIn('ana', PASSWORD));
    expect(second).not.toBe(first);
    expect(access.session(second, true)).toMatchObject({ account: { name: 'Ana', lastSignIn: place.clock.now } });
  });

  it('says the same of a wrong password and of a name that nobody has', async () => {
    await place.join('ana');
    expect(await signIn('ana', 'wrong wrong wrong')).toEqual(await signIn('nobody', PASSWORD));
  });

  it('is refused without looking once there were five failures for a name, longer each time, also after a restart', async () => {
    await place.join('ana');
    for (let n = 0; n < 5; n++)
      expect(await signIn('ana', 'wrong wrong wrong', { address: `192.0.2.${n}` })).toEqual({ is: 'wrong' });
    expect(await signIn('ana', PASSWORD)).toEqual({ is: 'too-many', retryAfter: 1 });
    place.clock.now += 1_000;
    expect(await signIn('ana', 'wrong wrong wrong')).toEqual({ is: 'wrong' });
    access = place.reopen();
    expect(await signIn('ANA', PASSWORD)).toEqual({ is: 'too-many', retryAfter: 2 });
    place.clock.now += 2_000;
    expect(await signIn('ana', PASSWORD)).toMatchObject({ is: 'in' });
    expect(await signIn('ana', 'wrong wrong wrong')).toEqual({ is: 'wrong' });
  });

  it('never waits longer than five minutes for a name', async () => {
    await place.join('ana');
    for (let n = 0; n < 30; n++) {
      await signIn('ana', 'wrong wrong wrong', { address: `192.0.2.${n}` });
      place.clock.now += 6 * MINUTE;
    }
    await signIn('ana', 'wrong wrong wrong');
    expect(await signIn('ana', PASSWORD)).toEqual({ is: 'too-many', retryAfter: 300 });
  });

  it('counts attempts that are made at once', async () => {
    await place.join('ana');
    const all = await Promise.all(Array.from({ length: 12 }, (_, n) => signIn('ana', `wrong wrong wrong ${n}`)));
    expect(all.filter(({ is }) => is === 'wrong')).toHaveLength(5);
    expect(all.filter(({ is }) => is === 'too-many')).toHaveLength(7);
  });

  it.each([
    ['one IPv4 address', () => '192.0.2.9'],
    ['one IPv6 network', (n: number) => `2001:db8:0:1::${n.toString(16)}`],
  ])('is refused after twenty failures with different names from %s', async (_what, addressOf) => {
    const results = [];
    for (let n = 0; n < 21; n++) results.push(await signIn(`name ${n}`, PASSWORD, { address: addressOf(n) }));
    expect(results.map(({ is }) => is)).toEqual([...Array<string>(20).fill('wrong'), 'too-many']);
    expect(await signIn('name', PASSWORD, { address: '2001:db8:0:2::1' })).toEqual({ is: 'wrong' });
  });

  it('writes attempts into the audit log, but no name that nobody has: it may be a password', async () => {
    await place.join('ana');
    await signIn('ana', 'wrong wrong wrong');
    await signIn('my secret password', 'oops');
    await signIn('ana', PASSWORD);
    expect(place.acts.filter(({ action }) => action === 'session.start').map(({ actor, outcome }) => [actor, outcome])).toEqual([
      ['ana', 'denied'],
      ['', 'denied'],
      ['ana', undefined],
    ]);
    expect(JSON.stringify(place.acts)).not.toMatch(/my secret|oops|wrong wrong|correct horse/);
  });
});

describe('the second factor', () => {
  it('is asked for once it is confirmed, takes a code once, and is stored sealed', async () => {
    await place.join('ana');
    const { secret, url } = access.offerTotp('ana');
    expect(url).toContain('otpauth://totp/Daylight:ana?');
    expect(await signIn('ana', PASSWORD)).toMatchObject({ is: 'in' });
    expect(access.confirmTotp('ana', '000000')).toBe(false);
    expect(access.confirmTotp('ana', codeOf(secret))).toBe(true);

    expect(await signIn('ana', PASSWORD)).toEqual({ is: 'totp-required' });
    expect(await signIn('ana', PASSWORD, { totp: codeOf(secret) })).toEqual({ is: 'wrong' });
    place.clock.now += 30_000;
    expect(await signIn('ana', PASSWORD, { totp: codeOf(secret) })).toMatchObject({ is: 'in' });
    expect(await signIn('ana', PASSWORD, { totp: codeOf(secret) })).toEqual({ is: 'wrong' });
    expect(readFileSync(join(place.dir, 'access.sqlite-wal'), 'latin1')).not.toContain(secret);
  });

  it('is not turned off or replaced by a session alone: that takes the password', async () => {
    const id = await place.join('ana');
    access.confirmTotp('ana', codeOf(access.offerTotp('ana').secret));
    expect(() => access.offerTotp('ana')).toThrow('turn the second factor off first');
    expect(await access.removeTotp(id, 'wrong wrong wrong', ADDRESS)).toEqual({ is: 'wrong' });
    expect(place.acts.at(-1)).toMatchObject({ action: 'account.totp', outcome: 'denied' });
    expect(await signIn('ana', PASSWORD)).toEqual({ is: 'totp-required' });
    expect(await access.removeTotp(id, PASSWORD, ADDRESS)).toMatchObject({ is: 'in', session: { account: { totp: false } } });
    expect(await signIn('ana', PASSWORD)).toMatchObject({ is: 'in' });
  });

  it('says nothing to somebody without the password, and cannot be guessed', async () => {
    await place.join('ana');
    access.confirmTotp('ana', codeOf(access.offerTotp('ana').secret));
    expect(await signIn('ana', 'wrong wrong wrong')).toEqual({ is: 'wrong' });
    for (let n = 0; n < 4; n++) expect(await signIn('ana', PASSWORD, { totp: `00000${n}` })).toEqual({ is: 'wrong' });
    expect(await signIn('ana', PASSWORD, { totp: '123456' })).toMatchObject({ is: 'too-many' });
  });

  it('sealed with another key is a fault that names the way out, and lets nobody in', async () => {
    await place.join('ana');
    access.confirmTotp('ana', codeOf(access.offerTotp('ana').secret));
    const other = openAccess({
      dir: place.dir,
      installationKey: Buffer.alloc(32, 8),
      audit: () => {},
      now: () => place.clock.now,
    });
    const attempt = other.signIn({ name: 'ana', password: PASSWORD, totp: '123456', address: ADDRESS });
    await expect(attempt).rejects.toThrow('daylight admin reset ana');
    other.close();
  });
});

describe('a session', () => {
  it('ends after half an hour without activity, which polling is not', async () => {
    const id = await place.join('ana');
    place.clock.now += 29 * MINUTE;
    expect(access.session(id, true)).toBeDefined();
    place.clock.now += 29 * MINUTE;
    expect(access.session(id, false)).toBeDefined();
    place.clock.now += 2 * MINUTE;
    expect(access.session(id, true)).toBeUndefined();
  });

  it('ends twelve hours after signing in, whatever happens', async () => {
    const id = await place.join('ana');
    for (let n = 0; n < 35; n++) {
      place.clock.now += 20 * MINUTE;
      expect(access.session(id, true)).toBeDefined();
    }
    place.clock.now += 20 * MINUTE;
    expect(access.session(id, true)).toBeUndefined();
  });

  it('is ended by signing out, here or everywhere, and survives a restart otherwise', async () => {
    const [one, two] = [await place.join('ana'), idOf(await signIn('ana', PASSWORD))];
    expect(place.reopen().session(one, true)?.csrf).toBe(access.session(one, true)?.csrf);
    expect(access.session(one, true)?.csrf).not.toBe(access.session(two, true)?.csrf);
    const three = idOf(await signIn('ana', PASSWORD));
    access.signOut(three, false);
    expect(access.session(three, true)).toBeUndefined();
    expect(access.session(one, true)).toBeDefined();
    access.signOut(two, true);
    expect([one, two].map((id) => access.session(id, true))).toEqual([undefined, undefined]);
  });

  it('changes the password with the old one, and is then the only one', async () => {
    const [one, two] = [await place.join('ana'), idOf(await signIn('ana', PASSWORD))];
    expect(await access.changePassword(two, 'wrong wrong wrong', 'another long one', ADDRESS)).toEqual({ is: 'wrong' });
    expect(await access.changePassword(two, PASSWORD, 'another long one', ADDRESS)).toMatchObject({ is: 'in', id: two });
    expect(access.session(one, true)).toBeUndefined();
    expect(access.session(two, true)).toBeDefined();
    expect(await signIn('ana', 'another long one')).toMatchObject({ is: 'in' });
  });

  it('follows its account: a role holds at once, and an account that is gone has none', async () => {
    await place.join('ana');
    const id = await place.join('bob', 'operator');
    access.changeRole('bob', 'viewer', 'ana');
    expect(access.session(id, true)?.account.role).toBe('viewer');
    access.removeAccount('bob', 'ana');
    expect(access.session(id, true)).toBeUndefined();
  });
});

describe('accounts', () => {
  it('always keep an administrator', async () => {
    await place.join('ana');
    await place.join('bob', 'viewer');
    expect(() => access.changeRole('ana', 'viewer', 'ana')).toThrow('the last administrator');
    expect(() => access.removeAccount('ana', 'ana')).toThrow('the last administrator');
    access.changeRole('bob', 'admin', 'ana');
    access.removeAccount('ana', 'bob');
    expect(access.accounts().map(({ name }) => name)).toEqual(['bob']);
  });

  it('are changed with an entry in the audit log, and nobody can change what is not there', async () => {
    await place.join('ana');
    await place.join('bob', 'viewer');
    access.changeRole('bob', 'analyst', 'ana');
    expect(place.acts.at(-1)).toMatchObject({
      actor: 'ana',
      action: 'account.role',
      objectId: 'bob',
      before: 'viewer',
      after: 'analyst',
    });
    access.removeAccount('bob', 'ana');
    expect(place.acts.at(-1)).toMatchObject({ action: 'account.remove', objectId: 'bob' });
    expect(() => access.changeRole('bob', 'viewer', 'ana')).toThrow('there is no account "bob"');
  });

  it('are in a file that only its owner can read, and that is not replaced when it is damaged', () => {
    const file = join(place.dir, 'access.sqlite');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const damaged = temporaryAccess();
    try {
      damaged.access.close();
      writeFileSync(join(damaged.dir, 'access.sqlite'), 'this is no database '.repeat(200));
      expect(() => damaged.reopen()).toThrow('Restore it from a backup');
      expect(readFileSync(join(damaged.dir, 'access.sqlite'), 'utf8')).toContain('this is no database');
    } finally {
      rmSync(damaged.dir, { recursive: true });
    }
  });
});

describe('an API token', () => {
  it('is shown once, stored as a hash, and finds its owner until it expires', async () => {
    await place.join('ana', 'operator');
    const { token, ...made } = access.createToken('ana', { name: 'ci', role: 'analyst', days: 30 });
    expect(token).toMatch(/^dlt_[\w-]{49}$/);
    expect(made).toMatchObject({ id: 'tk-1', name: 'ci', owner: 'ana', role: 'analyst', lastUsed: 0 });
    expect(access.token(token)).toMatchObject({ token: { role: 'analyst' }, account: { name: 'ana' } });
    expect(access.tokens('ana')).toMatchObject([{ id: 'tk-1', lastUsed: place.clock.now }]);
    expect(readFileSync(join(place.dir, 'access.sqlite-wal'), 'latin1')).not.toContain(token.slice(4, 40));
    place.clock.now += 30 * 24 * HOUR;
    expect(access.token(token)).toBeUndefined();
    expect(access.tokens()).toEqual([]);
  });

  it('is never stronger than its owner is now', async () => {
    await place.join('ana');
    await place.join('bob', 'admin');
    const { token, id } = access.createToken('bob', { name: 'ci', role: 'admin', days: 1 });
    access.changeRole('bob', 'viewer', 'ana');
    expect(access.token(token)?.token.role).toBe('viewer');
    access.removeToken(id, 'ana');
    expect(access.token(token)).toBeUndefined();
    expect(() => access.removeToken(id, 'ana')).toThrow('there is no token "tk-1"');
  });

  it('with a typing error is no token', async () => {
    await place.join('ana');
    const { token } = access.createToken('ana', { name: 'ci', role: 'admin', days: 1 });
    const wrong = token.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A'));
    expect([wrong, `${token}x`, token.slice(0, -1), '', 'dlt_'].map((text) => access.token(text))).toEqual(
      Array(5).fill(undefined),
    );
  });
});

describe('people of an OpenID provider', () => {
  const person = { issuer: 'https://idp.example/', subject: '42', name: 'cem', groups: ['eng'], role: 'analyst' } as const;

  it('get an account with the role of their groups, which follows their groups', () => {
    const first = access.signInWithOidc(person, ADDRESS)!;
    expect(access.session(first.id, true)?.account).toMatchObject({ name: 'cem', role: 'analyst', provider: 'oidc' });
    access.signInWithOidc({ ...person, role: 'viewer' }, ADDRESS);
    expect(access.session(first.id, true)?.account.role).toBe('viewer');
    expect(() => access.changeRole('cem', 'admin', 'ana')).toThrow('groups of the OpenID provider');
  });

  it('lose account, sessions and tokens when they are in no listed group any more', () => {
    const { id } = access.signInWithOidc({ ...person, role: 'admin' }, ADDRESS)!;
    const { token } = access.createToken('cem', { name: 'ci', role: 'admin', days: 1 });
    expect(access.signInWithOidc({ ...person, role: undefined }, ADDRESS)).toBeUndefined();
    expect([access.session(id, true), access.token(token)]).toEqual([undefined, undefined]);
    expect(place.acts.at(-1)).toMatchObject({ action: 'session.start', outcome: 'denied' });
  });

  it('cannot take over an account by its name, nor sign in with a password', async () => {
    await place.join('ana');
    expect(() => access.signInWithOidc({ ...person, name: 'Ana', role: 'admin' }, ADDRESS)).toThrow(
      'there is an account "Ana" already',
    );
    access.signInWithOidc(person, ADDRESS);
    expect(await signIn('cem', '')).toEqual({ is: 'wrong' });
    expect(() => access.inviteToReset('cem', 'ana')).toThrow('signs in with the OpenID provider');
    expect(() => access.offerTotp('cem')).toThrow('signs in with the OpenID provider');
  });

  it('with a name that will not do are called by their subject', () => {
    expect(access.signInWithOidc({ ...person, name: '<script>' }, ADDRESS)?.session.account.name).toBe('42');
  });
});
