// Signing in with an OpenID provider: authorization code with PKCE, state and nonce (OpenID Connect Core 1.0, RFC 7636, RFC 9700).
//
// What has to be remembered between leaving and coming back goes with the browser, sealed, and is good for ten minutes; nothing is kept
// here. The role follows from groups that the configuration lists, the strongest of them; whoever is in none does not get in.

import * as client from 'openid-client';
import { type OidcPerson, type OidcSignIn, type Role, reaches } from '../account.ts';
import { DaylightError } from '../errors.ts';
import { isLoopback } from '../loopback.ts';
import type { Seal } from './seal.ts';

export interface OidcOptions {
  issuer: string;
  clientId: string;
  /** Empty for a public client. */
  clientSecret: string;
  /** The claim that lists groups. */
  claim: string;
  scopes: string;
  /** Group to role. */
  groups: Readonly<Record<string, Role>>;
  /** Where the provider sends people back to; known once the console is served. */
  redirectUri(): string;
  seal: Seal;
  /** Epoch milliseconds. */
  now?: () => number;
}

interface Pending {
  state: string;
  nonce: string;
  verifier: string;
  /** Epoch milliseconds. */
  until: number;
}

const PURPOSE = 'signing in with the OpenID provider';
const PENDING_MS = 10 * 60_000;
const TIMEOUT_S = 10;

/** @throws DaylightError ERR_CONFIG_INVALID for plain HTTP to another machine */
export function createOidc(options: OidcOptions): OidcSignIn {
  const { groups, claim, redirectUri, scopes, seal, now = Date.now } = options;
  const issuer = new URL(options.issuer);
  const plain = issuer.protocol === 'http:';
  if (plain && !isLoopback(issuer.hostname))
    throw new DaylightError('ERR_CONFIG_INVALID', `console.oidc.issuer is ${issuer.href}; it must be https, except on loopback`);
  let known: Promise<client.Configuration> | undefined;

  /** Asked once; again if it failed. */
  function provider(): Promise<client.Configuration> {
    known ??= client
      .discovery(issuer, options.clientId, undefined, clientAuthentication(options.clientSecret), {
        timeout: TIMEOUT_S,
        execute: plain ? [client.allowInsecureRequests] : [],
      })
      .catch((error) => {
        known = undefined;
        throw error;
      });
    return known;
  }

  return {
    role: Object.values(groups).reduce<Role>((best, role) => (reaches(role, best) ? role : best), 'viewer'),
    async begin() {
      const config = await provider();
      const pending: Pending = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        verifier: client.randomPKCECodeVerifier(),
        until: now() + PENDING_MS,
      };
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri(),
        scope: scopes,
        state: pending.state,
        nonce: pending.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(pending.verifier),
        code_challenge_method: 'S256',
      });
      return { url: url.href, pending: seal.seal(JSON.stringify(pending), PURPOSE) };
    },
    async finish(query, sealed): Promise<OidcPerson> {
      const opened = seal.open(sealed, PURPOSE);
      const pending = opened === undefined ? undefined : (JSON.parse(opened) as Pending);
      if (!pending || pending.until <= now())
        throw new DaylightError('ERR_USAGE', 'signing in took too long, or was begun in another browser');
      const config = await provider();
      const tokens = await client.authorizationCodeGrant(config, new URL(`${redirectUri()}?${query}`), {
        pkceCodeVerifier: pending.verifier,
        expectedState: pending.state,
        expectedNonce: pending.nonce,
        idTokenExpected: true,
      });
      const claims: Record<string, unknown> = { ...tokens.claims() };
      const subject = String(claims.sub);
      // Many providers keep groups out of the ID token.
      if (claims[claim] === undefined && config.serverMetadata().userinfo_endpoint !== undefined)
        Object.assign(claims, await client.fetchUserInfo(config, tokens.access_token, subject));
      const name = [claims.preferred_username, claims.email, subject].find((each) => typeof each === 'string' && each !== '');
      const claimed = groupsOf(claims[claim]);
      return { issuer: issuer.href, subject, name: String(name), groups: claimed, role: roleOf(claimed, groups) };
    },
  };
}

/** As the provider takes it; every one should take the secret as HTTP Basic (RFC 6749 section 2.3.1). */
function clientAuthentication(secret: string): client.ClientAuth {
  if (secret === '') return client.None();
  const [basic, post] = [client.ClientSecretBasic(secret), client.ClientSecretPost(secret)];
  return (server, ...rest) => {
    const taken = server.token_endpoint_auth_methods_supported;
    const asked = taken?.includes('client_secret_post') && !taken.includes('client_secret_basic') ? post : basic;
    return asked(server, ...rest);
  };
}

/** As many as one person can sensibly be in. */
const MAX_GROUPS = 500;

function groupsOf(claimed: unknown): string[] {
  const names = Array.isArray(claimed) ? claimed : [claimed];
  return names.filter((name) => typeof name === 'string' && name !== '' && name.length <= 256).slice(0, MAX_GROUPS);
}

/** The strongest role that one of these groups gives. */
function roleOf(claimed: readonly string[], groups: Readonly<Record<string, Role>>): Role | undefined {
  const roles = claimed.flatMap((name) => (Object.hasOwn(groups, name) ? [groups[name]!] : []));
  return roles.reduce<Role | undefined>((best, role) => (best !== undefined && reaches(best, role) ? best : role), undefined);
}
