import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Access } from '../../src/account.ts';
import { hashProxyToken, proxyTokenId } from '../../src/proxy-token.ts';
import { type TemporaryAccess, temporaryAccess } from './temporary-access.ts';

let place: TemporaryAccess;
let access: Access;
beforeEach(() => {
  place = temporaryAccess();
  access = place.access;
});
afterEach(() => place.remove());

const person = { issuer: 'https://idp.example/', subject: '42', name: 'cem', groups: ['eng'], role: 'viewer' } as const;
const wish = { name: 'laptop', user: 'cem', groups: [], days: 90 };

describe('proxy tokens', () => {
  it('are made once and kept as hashes', () => {
    const made = access.proxyTokens.issue(wish, 'cem');
    expect(proxyTokenId(made.token)).toBe(made.id);
    const [stored] = access.proxyTokens.inForce();
    expect(stored).toMatchObject({ id: made.id, user: 'cem', hash: hashProxyToken(made.token) });
    expect(JSON.stringify([access.proxyTokens.list(), place.acts])).not.toContain(made.token);
    expect(place.acts.at(-1)).toMatchObject({ actor: 'cem', action: 'proxy-token.issue', objectId: made.id });
  });

  it('have the groups that the last sign-in told, beside those given with them', () => {
    access.signInWithOidc(person, '10.0.0.1');
    access.proxyTokens.issue({ ...wish, groups: ['extra'] }, 'ana');
    const before = access.proxyTokens.version();
    expect(access.proxyTokens.inForce()[0]?.groups).toEqual(['extra', 'eng']);
    access.signInWithOidc(person, '10.0.0.1');
    expect(access.proxyTokens.version()).toBe(before);
    access.signInWithOidc({ ...person, groups: ['ops'] }, '10.0.0.1');
    expect(access.proxyTokens.version()).toBeGreaterThan(before);
    expect(access.proxyTokens.inForce()[0]?.groups).toEqual(['extra', 'ops']);
  });

  it('go with the account, which another process notices by the version', () => {
    access.signInWithOidc(person, '10.0.0.1');
    access.proxyTokens.issue(wish, 'cem');
    access.proxyTokens.issue({ ...wish, user: 'robot' }, 'ana');
    const other = place.reopen();
    const before = other.proxyTokens.version();
    access.signInWithOidc({ ...person, role: undefined }, '10.0.0.1');
    expect(other.proxyTokens.version()).toBeGreaterThan(before);
    expect(other.proxyTokens.inForce().map(({ user }) => user)).toEqual(['robot']);
  });

  it('belong to the account of their user, whatever the capitals', () => {
    access.signInWithOidc(person, '10.0.0.1');
    expect(access.proxyTokens.issue({ ...wish, user: 'CEM' }, 'ana').user).toBe('cem');
    access.proxyTokens.issue({ ...wish, user: 'robot' }, 'ana');
    expect(access.proxyTokens.list('cem').map(({ user }) => user)).toEqual(['cem']);
    expect(access.proxyTokens.list('robot')).toEqual([]);
    expect(access.proxyTokens.list()).toHaveLength(2);
  });

  it('are revoked, once', () => {
    const { id } = access.proxyTokens.issue(wish, 'cem');
    access.proxyTokens.revoke(id, 'ana');
    expect(access.proxyTokens.inForce()).toEqual([]);
    expect(() => access.proxyTokens.revoke(id, 'ana')).toThrow(`there is no proxy token "${id}"`);
    expect(place.acts.at(-1)).toMatchObject({ actor: 'ana', action: 'proxy-token.revoke', objectId: id });
  });

  it('that have ended are shown for a month, and their use is written down without changing the version', () => {
    const { id } = access.proxyTokens.issue({ ...wish, days: 1 }, 'cem');
    const before = access.proxyTokens.version();
    access.proxyTokens.markUsed([id, 'unknown']);
    expect(access.proxyTokens.version()).toBe(before);
    expect(access.proxyTokens.list()[0]?.lastUsed).toBe(place.clock.now);
    place.clock.now += 20 * 86_400_000;
    access.proxyTokens.issue({ ...wish, user: 'else' }, 'cem');
    expect(access.proxyTokens.list()).toHaveLength(2);
    place.clock.now += 20 * 86_400_000;
    access.proxyTokens.issue({ ...wish, user: 'else' }, 'cem');
    expect(access.proxyTokens.list().map(({ user }) => user)).toEqual(['else', 'else']);
  });

  it('are not made for a name that is none, nor without end', () => {
    for (const user of ['', '  ', 'a\nb', 'x'.repeat(257)])
      expect(() => access.proxyTokens.issue({ ...wish, user }, 'ana')).toThrow('a user has 1 to 256 characters');
    for (let index = 0; index < 50; index++) access.proxyTokens.issue(wish, 'cem');
    expect(() => access.proxyTokens.issue(wish, 'cem')).toThrow('cem has 50 proxy tokens already');
  });
});
