// Who made a request: the second of the steps that a request goes through.
//
// In order: a trusted header from anywhere but the proxies in front refuses the request. Then the sources, as configured, until one names
// a user: a client certificate; a proxy token (one that does not count is refused, it never makes an unknown user); the trusted header;
// the map of addresses. Then nobody is known: the request passes and stays visible as one of an unknown user, or is refused where the
// configuration requires a user. The device comes from the certificate or the map, whoever named the user.

import type { IdentityConfig } from '../../config/identity.ts';
import type { Principal } from '../../engine/flow.ts';
import { compileNetwork, type NetworkTest } from '../../engine/network.ts';
import type { Client, ClientCertificate } from '../client.ts';
import type { AddressMap } from './address-map.ts';
import type { AttemptPace } from './attempt-pace.ts';
import type { Identified, IdentityRefusal } from './identified.ts';
import { readCredentials, readProxyAuthorization } from './proxy-authorization.ts';
import type { KnownToken, TokenBook } from './token-book.ts';
import { readTrustedHeader, type TrustedPerson } from './trusted-header.ts';

export type Identify = (client: Client, headers: readonly string[]) => Identified;

export interface IdentifyOptions {
  tokens: TokenBook;
  addresses: AddressMap;
  pace: AttemptPace;
  /** Epoch milliseconds. */
  now(): number;
}

type Source = IdentityConfig['order'][number];
type Found = { user: string; groups: readonly string[]; source: Principal['source']; token?: KnownToken };

const UNKNOWN: Identified = { principal: { user: '', groups: [], device: '', source: 'address' } };
const HOST_NAME = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i;

export function createIdentify(config: IdentityConfig, options: IdentifyOptions): Identify {
  const { tokens, addresses, pace, now } = options;
  const sources = config.order.filter((source) => isOn(source, config));
  const takesTokens = sources.includes('token');
  const exempt = config.exempt.map(compileNetwork);
  const front = config.header?.from.map(compileNetwork) ?? [];
  const ofToken = new WeakMap<KnownToken, Identified>();

  const refuse = (client: Client, refusal: Omit<IdentityRefusal, 'delayMs' | 'tell'>, wrong: boolean): Identified => ({
    ...UNKNOWN,
    refusal: { ...refusal, ...(wrong ? pace.fail(client.address) : { delayMs: 0, tell: pace.tell(client.address) }) },
  });

  /** Everything about a token is made once. */
  function identifiedBy(token: KnownToken): Identified {
    let known = ofToken.get(token);
    if (!known) {
      const principal: Principal = { user: token.user, groups: token.groups, device: '', source: 'proxy-auth' };
      known = { principal, stands: () => !token.gone && token.expires > now() };
      ofToken.set(token, known);
    }
    return known;
  }

  function askToken(client: Client, headers: readonly string[]): Identified | undefined {
    const { credentials, door } = client;
    let answer: ReturnType<TokenBook['check']>;
    if (credentials) {
      const { name, password } = credentials;
      answer = tokens.check(`${name}\n${password}`, () => readCredentials(name, password));
    } else {
      // Redirected clients do not know that there is a proxy: what they send so is meant for another.
      const fields = door === 'transparent' ? [] : fieldsNamed(headers, 'proxy-authorization');
      const [field] = fields;
      if (field === undefined) return undefined;
      if (fields.length > 1) return refuse(client, { status: 407, reason: 'Proxy-Authorization was sent more than once.' }, true);
      answer = tokens.check(field, () => readProxyAuthorization(field));
    }
    if (answer.token) return identifiedBy(answer.token);
    return refuse(client, { status: 407, reason: answer.problem }, true);
  }

  function ask(source: Source, client: Client, said: TrustedPerson | undefined): Found | undefined {
    if (source === 'certificate') {
      const user = client.certificate && userOf(client.certificate, config.certificate);
      return user ? { user, groups: [], source: 'mtls' } : undefined;
    }
    if (source === 'header') return said?.user ? { ...said, source: 'header' } : undefined;
    const { user, groups } = addresses.lookup(client.address);
    return user === '' ? undefined : { user, groups, source: 'address-map' };
  }

  function deviceOf({ certificate, address }: Client): string {
    const name = certificate && config.certificate === 'email' ? certificate.commonName : '';
    return HOST_NAME.test(name) ? name : addresses.lookup(address).device;
  }

  return (client, headers) => {
    const said = config.header && readTrustedHeader(config.header, headers);
    if (said) {
      if (!holds(front, client.peer)) {
        const reason = `The header ${config.header!.name} says who somebody is, and is taken from proxies in front alone. Yours (${client.peer}) is not listed.`;
        return refuse(client, { status: 403, reason }, true);
      }
      if (said.problem !== undefined) return refuse(client, { status: 403, reason: said.problem }, false);
    }
    for (const source of sources) {
      const found: Identified | undefined =
        source === 'token' ? askToken(client, headers) : principalFrom(ask(source, client, said));
      if (found) return found.refusal ? found : withDevice(found, deviceOf(client));
    }
    const nobody = withDevice(UNKNOWN, deviceOf(client));
    if (!config.require || holds(exempt, client.address)) return nobody;
    const reason = 'Requests through this proxy need a user, and nothing tells who made this one.';
    const canAsk = takesTokens && client.door !== 'transparent';
    return { ...nobody, refusal: refuse(client, { status: canAsk ? 407 : 403, reason }, false).refusal };
  };
}

function isOn(source: Source, config: IdentityConfig): boolean {
  if (source === 'certificate') return config.certificate !== 'off';
  if (source === 'token') return config.proxyTokens === 'on';
  if (source === 'header') return config.header !== undefined;
  return config.addresses.length > 0;
}

function principalFrom(found: Found | undefined): Identified | undefined {
  return found && { principal: { user: found.user, groups: found.groups, device: '', source: found.source } };
}

function withDevice(identified: Identified, device: string): Identified {
  return device === '' ? identified : { ...identified, principal: { ...identified.principal, device } };
}

function userOf({ commonName, emails }: ClientCertificate, name: IdentityConfig['certificate']): string {
  return (name === 'cn' ? commonName : emails[0]) ?? '';
}

function holds(networks: readonly NetworkTest[], address: string): boolean {
  return networks.some((contains) => contains(address));
}

/** @param name in lower case */
function fieldsNamed(headers: readonly string[], name: string): string[] {
  const found: string[] = [];
  for (let i = 0; i < headers.length; i += 2)
    if (headers[i]!.length === name.length && headers[i]!.toLowerCase() === name) found.push(headers[i + 1]!);
  return found;
}
