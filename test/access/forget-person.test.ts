import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { forgetInAccess } from '../../src/access/forget-person.ts';
import { type TemporaryAccess, temporaryAccess } from './temporary-access.ts';

let place: TemporaryAccess;

beforeEach(() => {
  place = temporaryAccess();
});
afterEach(() => place.remove());

const isAna = (name: string) => name.toLowerCase() === 'ana';
const issue = (user: string, by: string) => place.access.proxyTokens.issue({ user, groups: [], name: 'a program', days: 9 }, by);

it('ends the proxy tokens of a person, so that an appliance notices, and names them in no audit event', () => {
  issue('Ana', 'root');
  const other = issue('bob', 'ana');
  const [version, acts] = [place.access.proxyTokens.version(), place.acts.length];
  expect(forgetInAccess(place.dir, isAna, 'p-1')).toEqual({ deleted: 1, renamed: 1, accounts: [] });
  expect(place.access.proxyTokens.list()).toMatchObject([{ id: other.id, user: 'bob', issuer: 'p-1' }]);
  expect(place.access.proxyTokens.version()).not.toBe(version);
  expect(place.acts.length).toBe(acts);
  expect(forgetInAccess(place.dir, isAna, 'p-1')).toEqual({ deleted: 0, renamed: 0, accounts: [] });
});

it('leaves their account, which may be the last that lets others in, and tells of it', async () => {
  await place.join('Ana');
  expect(forgetInAccess(place.dir, isAna, 'p-1')).toEqual({ deleted: 0, renamed: 0, accounts: ['Ana'] });
  expect(place.access.accounts()).toMatchObject([{ name: 'Ana', role: 'admin' }]);
});

it('makes no file where there is none', () => {
  const dir = mkdtempSync(join(tmpdir(), 'daylight-forget-'));
  expect(forgetInAccess(dir, isAna, 'p-1')).toEqual({ deleted: 0, renamed: 0, accounts: [] });
  expect(readdirSync(dir)).toEqual([]);
  rmSync(dir, { recursive: true });
});
