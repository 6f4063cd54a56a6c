import { beforeEach, describe, expect, it } from 'vitest';
import { type IdentityConfig, identity } from '../../../src/config/identity.ts';
import type { Client } from '../../../src/proxy/client.ts';
import { createAttemptPace } from '../../../src/proxy/identify/attempt-pace.ts';
import { createIdentify, type Identify } from '../../../src/proxy/identify/identify.ts';
import { createIdentityData, type IdentityData } from '../../../src/proxy/identify/identity-data.ts';
import { hashProxyToken, newProxyToken } from '../../../src/proxy-token.ts';

const NOW = 1_000_000;
const made = newProxyToken();
const client: Client = { address: '10.1.2.3', port: 1, peer: '10.1.2.3', door: 'proxy' };
const certificate = { commonName: 'ann-laptop.corp.example', emails: ['ann@corp.example'], fingerprint: 'ab' };
const basic = ['Proxy-Authorization', `Basic ${Buffer.from(`x:${made.text}`).toString('base64')}`];
const ALL = {
  header: { name: 'X-User', from: ['10.0.0.0/8'] },
  addresses: [{ networks: { '10.0.0.0/8': 'by-address' } }],
};

let data: IdentityData;
beforeEach(() => {
  data = createIdentityData(
    {
      tokens: [{ id: made.id, hash: hashProxyToken(made.text), user: 'by-token', groups: ['g'], expires: NOW + 1 }],
      addresses: [{ key: 'k', rank: 0, network: '10.0.0.0/8', user: 'by-address', groups: [], device: 'leased', until: 0 }],
    },
    () => NOW,
  );
});

function identifyWith(config: { [key in keyof IdentityConfig]?: unknown }): Identify {
  return createIdentify(identity.parse(config), { ...data, pace: createAttemptPace(() => NOW), now: () => NOW });
}

describe('identify', () => {
  it('asks the sources in their order, the first that names a user counts', () => {
    const identify = identifyWith(ALL);
    const headers = [...basic, 'X-User', 'by-header'];
    const names = [
      identify({ ...client, certificate }, headers),
      identify(client, headers),
      identify(client, headers.slice(2)),
      identify(client, []),
      identify({ ...client, address: '192.0.2.1' }, []),
    ].map(({ principal: { user, source, device } }) => [user, source, device]);
    expect(names).toEqual([
      ['ann@corp.example', 'mtls', 'ann-laptop.corp.example'],
      ['by-token', 'proxy-auth', 'leased'],
      ['by-header', 'header', 'leased'],
      ['by-address', 'address-map', 'leased'],
      ['', 'address', ''],
    ]);
  });

  it('goes by the order that is configured, and asks no source that is not in it', () => {
    const identify = identifyWith({ ...ALL, order: ['address', 'token'] });
    expect(identify({ ...client, certificate }, basic).principal.user).toBe('by-address');
    expect(identify({ ...client, certificate, address: '192.0.2.1' }, basic).principal.user).toBe('by-token');
    expect(identify({ ...client, certificate, address: '192.0.2.1' }, ['X-User', 'x']).principal.user).toBe('');
  });

  it('takes the name of a certificate that is configured; one without it says nothing', () => {
    const cn = identifyWith({ certificate: 'cn' })({ ...client, certificate }, []).principal;
    expect([cn.user, cn.device]).toEqual(['ann-laptop.corp.example', 'leased']);
    const none = identifyWith({})({ ...client, certificate: { ...certificate, emails: [], commonName: 'Ann Example' } }, []);
    expect([none.principal.user, none.principal.device]).toEqual(['', 'leased']);
    expect(identifyWith({ certificate: 'off' })({ ...client, certificate }, []).principal.user).toBe('');
  });

  it('takes the trusted header from the peer, not from the address that a load balancer told', () => {
    const identify = identifyWith({ header: { name: 'X-User', from: ['10.0.0.0/8'] } });
    const spoofed = identify({ ...client, peer: '192.0.2.1' }, ['x-USER', 'root']);
    expect(spoofed).toMatchObject({ principal: { user: '' }, refusal: { status: 403, tell: true } });
    expect(spoofed.refusal?.reason).toContain('192.0.2.1');
    expect(identify({ ...client, address: '192.0.2.1', peer: '10.0.0.1' }, ['X-User', 'ann']).principal.user).toBe('ann');
  });

  it('takes tokens of SOCKS clients, and none of redirected ones', () => {
    const identify = identifyWith({ require: true });
    const socks = (name: string, password: string) => identify({ ...client, door: 'socks', credentials: { name, password } }, []);
    expect(socks('ann', made.text).principal.user).toBe('by-token');
    expect(socks(made.text, '').principal.user).toBe('by-token');
    expect(socks('ann', 'letmein').refusal?.status).toBe(407);
    expect(identify({ ...client, door: 'transparent' }, basic)).toMatchObject({
      principal: { user: '' },
      refusal: { status: 403 },
    });
  });

  it('says what a known token rests on', () => {
    const found = identifyWith({})(client, basic);
    expect(found.stands?.()).toBe(true);
    data.apply({ tokens: { put: [], gone: [made.id] } });
    expect(found.stands?.()).toBe(false);
    expect(data.tokens.takeUsed()).toEqual([made.id]);
    expect(data.tokens.takeUsed()).toEqual([]);
  });

  it('new groups of a token count from the next request on', () => {
    const identify = identifyWith({});
    expect(identify(client, basic).principal.groups).toEqual(['g']);
    const token = { id: made.id, hash: hashProxyToken(made.text), user: 'by-token', groups: ['h'], expires: NOW + 1 };
    data.apply({ tokens: { put: [token], gone: [] } });
    expect(identify(client, basic).principal.groups).toEqual(['h']);
  });

  it.each([
    [['X-User', 'ann', 'X-User', 'ann'], 'more than once'],
    [['X-User', 'a\u0007b'], 'holds a name that is none'],
    [['X-User', 'x'.repeat(300)], 'holds a name that is none'],
    [['X-User', 'ann', 'X-Groups', 'a', 'X-Groups', 'b'], 'more than once'],
    [['X-User', 'ann', 'X-Groups', Array(300).fill('g').join()], 'more than 200 groups'],
  ])('refuses a header of a proxy in front that contradicts itself: %j', (headers, reason) => {
    const identify = identifyWith({ header: { name: 'X-User', groups: 'X-Groups', from: ['10.0.0.0/8'] } });
    expect(identify(client, headers).refusal?.reason).toContain(reason);
  });
});
