// Passwords: scrypt (RFC 7914) with a salt each, and the cost beside the hash, so that it can be raised later.
//
// A hash costs 32 MiB and a good part of a second of one core, on purpose. Two at a time: more would fill the threads that files and
// name lookups of this process need, too.

import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { MAX_PASSWORD, passwordProblem } from '../account.ts';
import { DaylightError } from '../errors.ts';

export interface PasswordCost {
  N: number;
  r: number;
  p: number;
}

export interface Passwords {
  /** @throws DaylightError ERR_USAGE for a password that is too short or too long */
  hash(password: string): Promise<string>;
  /** @param stored undefined where there is no account: takes as long, and is false */
  verify(password: string, stored: string | undefined): Promise<boolean>;
  /** More wait than can be served soon. */
  busy(): boolean;
}

/** One of the settings that OWASP's cheat sheet on password storage holds to be enough. */
const COST: PasswordCost = { N: 2 ** 15, r: 8, p: 3 };
const BYTES = 32;
const AT_ONCE = 2;
const WAITING = 20;

export function createPasswords(cost = COST): Passwords {
  const waiting: (() => void)[] = [];
  let running = 0;

  async function derive(password: string, salt: Buffer, { N, r, p }: PasswordCost): Promise<Buffer> {
    if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await scryptOf(password.normalize('NFKC'), salt, { N, r, p, maxmem: 256 * N * r });
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  }

  const nobody = { ...cost, salt: randomBytes(16), hash: randomBytes(BYTES) };
  return {
    async hash(password) {
      const problem = passwordProblem(password);
      if (problem) throw new DaylightError('ERR_USAGE', problem);
      const salt = randomBytes(16);
      const hash = await derive(password, salt, cost);
      return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), hash.toString('base64url')].join('$');
    },
    async verify(password, stored) {
      const known = stored === undefined ? undefined : parse(stored);
      const { salt, hash, ...as } = known ?? nobody;
      const same = timingSafeEqual(await derive(password.slice(0, MAX_PASSWORD), salt, as), hash);
      return known !== undefined && same && password.length <= MAX_PASSWORD;
    },
    busy: () => waiting.length >= WAITING,
  };
}

function parse(stored: string): (PasswordCost & { salt: Buffer; hash: Buffer }) | undefined {
  const [kind, N, r, p, salt = '', hash = ''] = stored.split('$');
  if (kind !== 'scrypt') return undefined;
  return {
    N: Number(N),
    r: Number(r),
    p: Number(p),
    salt: Buffer.from(salt, 'base64url'),
    hash: Buffer.from(hash, 'base64url'),
  };
}

function scryptOf(password: string, salt: Buffer, options: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) =>
    scrypt(password, salt, BYTES, options, (error, key) => (error ? reject(error) : resolve(key))),
  );
}
