// A session that needs a token first: the client finds the authorization server, registers itself, sends the person there, and
// fetches a token. The server is protected as the specification of 2025-11-25 asks for (RFC 9728, 8414, 7591).

import type { IncomingMessage, RequestListener } from 'node:http';
import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { OAuthClientInformationMixed, OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { sessionServer } from '../../e2e/servers/session-server.ts';
import { labelMcp } from './label.ts';
import type { Recording } from './session.ts';

const SDK1 = '@modelcontextprotocol/sdk 1.32.2';

export function oauthSessions(): Recording[] {
  return [
    {
      name: 'mcp/oauth-sdk1',
      origin: 'https://secure.contoso.example',
      listener: protect(sessionServer('vault', { json: false })),
      talk: authorizeAndTalk,
      label: labelMcp({ transport: 'streamable-http + oauth', spec: '2025-11-25', client: SDK1, server: SDK1 }),
    },
  ];
}

async function authorizeAndTalk(origin: string): Promise<void> {
  const person = new Person();
  const url = new URL(`${origin}/mcp`);
  const client = new Client({ name: 'workbench', version: '4.2.0' });
  const first = new StreamableHTTPClientTransport(url, { authProvider: person });
  await client.connect(first as Transport).catch((error: unknown) => {
    if (!(error instanceof UnauthorizedError)) throw error;
  });
  await first.finishAuth(await person.consent());
  const second = new StreamableHTTPClientTransport(url, { authProvider: person });
  await client.connect(second as Transport);
  await client.listTools();
  await second.terminateSession();
  await client.close();
}

/** Keeps in memory what a client keeps, and consents as a person in a browser would. */
class Person implements OAuthClientProvider {
  readonly redirectUrl = 'http://localhost:4711/callback';
  readonly clientMetadata = {
    client_name: 'Workbench',
    redirect_uris: [this.redirectUrl],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  };
  #information: OAuthClientInformationMixed | undefined;
  #tokens: OAuthTokens | undefined;
  #verifier = '';
  #page = new URL('http://localhost');

  clientInformation = () => this.#information;
  tokens = () => this.#tokens;
  codeVerifier = () => this.#verifier;
  saveClientInformation(information: OAuthClientInformationMixed): void {
    this.#information = information;
  }
  saveTokens(tokens: OAuthTokens): void {
    this.#tokens = tokens;
  }
  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }
  redirectToAuthorization(page: URL): void {
    this.#page = page;
  }

  /** @returns the code that the authorization server sends back. */
  async consent(): Promise<string> {
    const { headers } = await fetch(this.#page, { redirect: 'manual' });
    return new URL(headers.get('location') ?? '').searchParams.get('code') ?? '';
  }
}

/** Puts an authorization server of its own before a server. */
function protect(server: RequestListener): RequestListener {
  return async (incoming, outgoing) => {
    const origin = `http://${incoming.headers.host}`;
    const { pathname, searchParams } = new URL(incoming.url ?? '/', origin);
    const answer = (status: number, body: object, headers: Record<string, string> = {}): void => {
      outgoing.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    };
    switch (pathname) {
      case '/.well-known/oauth-protected-resource/mcp':
        return answer(200, { resource: `${origin}/mcp`, authorization_servers: [origin], scopes_supported: ['tools'] });
      case '/.well-known/oauth-authorization-server':
        return answer(200, {
          issuer: origin,
          authorization_endpoint: `${origin}/authorize`,
          token_endpoint: `${origin}/token`,
          registration_endpoint: `${origin}/register`,
          response_types_supported: ['code'],
          code_challenge_methods_supported: ['S256'],
          token_endpoint_auth_methods_supported: ['none'],
        });
      case '/register':
        return answer(201, { client_id: 'client-1', ...(JSON.parse(await bodyOf(incoming)) as object) });
      case '/authorize': {
        const back = new URL(searchParams.get('redirect_uri') ?? '');
        back.searchParams.set('code', 'code-1');
        const state = searchParams.get('state');
        if (state !== null) back.searchParams.set('state', state);
        outgoing.writeHead(302, { location: back.href }).end();
        return;
      }
      case '/token':
        await bodyOf(incoming);
        return answer(200, { access_token: 'removed', token_type: 'Bearer', expires_in: 3600, scope: 'tools' });
      case '/mcp':
        if (incoming.headers.authorization !== undefined) return server(incoming, outgoing);
        return answer(
          401,
          { error: 'invalid_token' },
          { 'www-authenticate': `Bearer resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"` },
        );
      default:
        return answer(404, { error: 'not_found' });
    }
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  return Buffer.concat(await incoming.toArray()).toString();
}
