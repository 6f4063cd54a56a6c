// A real OpenID provider on loopback. Whoever signs in there is who they say they are; their groups are in the claim `groups`.

import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

export interface IdentityProvider {
  issuer: string;
  /** Groups by name; changes hold from the next sign-in on. */
  groups: Map<string, string[]>;
  /** What the provider was asked, e.g. `GET /auth?...`. */
  asked: string[];
  /** Registers the console. Before the first sign-in. */
  register(redirectUri: string): void;
  stop(): Promise<void>;
}

export const CLIENT = { id: 'daylight', secret: 'a secret of the client' };

export async function startIdentityProvider(): Promise<IdentityProvider> {
  const groups = new Map<string, string[]>();
  const asked: string[] = [];
  let answer: ReturnType<Provider['callback']> | undefined;
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (answer) answer(request, response);
    else response.writeHead(503).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Another host name than that of the console: to a browser these are two sites.
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

  return {
    issuer,
    groups,
    asked,
    register(redirectUri) {
      answer = new Provider(issuer, {
        clients: [{ client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: [redirectUri] }],
        jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' }] },
        cookies: { keys: ['for tests alone'] },
        ttl: { AccessToken: 600, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
        claims: { openid: ['sub'], profile: ['preferred_username'], groups: ['groups'] },
        scopes: ['openid', 'profile', 'groups'],
        pkce: { required: () => true },
        findAccount: (_context: unknown, id: string) => ({
          accountId: id,
          claims: () => ({ sub: `subject-of-${id}`, preferred_username: id, groups: groups.get(id) ?? [] }),
        }),
      }).callback();
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
