import { describe, expect, it } from 'vitest';
import { absoluteIdentity, identity } from '../../src/config/identity.ts';

describe('the identity part of the configuration', () => {
  it('asks nobody unless told, and takes tokens', () => {
    expect(identity.parse({})).toMatchObject({
      require: false,
      proxyTokens: 'on',
      addresses: [],
      order: ['certificate', 'token', 'header', 'address'],
    });
  });

  it('makes files absolute', () => {
    const config = identity.parse({
      addresses: [
        { file: 'a.csv' },
        { url: 'https://ipam.example/', tokenFile: 't', ca: 'ca.pem' },
        { dhcpLeases: 'l', format: 'isc' },
        { networks: { '10.0.0.0/8': 'x' } },
      ],
    });
    const paths: string[] = [];
    const { addresses } = absoluteIdentity(config, (path, value) => {
      paths.push(path.join('.'));
      return `/etc/${value}`;
    });
    expect(addresses).toMatchObject([
      { file: '/etc/a.csv' },
      { tokenFile: '/etc/t', ca: '/etc/ca.pem', refresh: 300_000 },
      { dhcpLeases: '/etc/l', as: 'device' },
      { networks: { '10.0.0.0/8': 'x' } },
    ]);
    expect(paths).toContain('identity.addresses.1.tokenFile');
  });

  it.each([
    { header: { name: 'X-User', from: [] } },
    { header: { name: 'Authorization', from: ['10.0.0.1'] } },
    { header: { name: 'X User', from: ['10.0.0.1'] } },
    { header: { name: 'X-User', groups: 'x-user', from: ['10.0.0.1'] } },
    { realm: 'a "quoted" realm' },
    { realm: 'Zürich' },
    { order: ['token', 'token'] },
    { order: ['password'] },
    { exempt: ['printers'] },
    { addresses: [{ file: 'a', url: 'https://b/' }] },
    { addresses: [{ dhcpLeases: 'a', format: 'windows' }] },
    { addresses: [{ networks: { 'not a network': 'x' } }] },
    { addresses: [{ url: 'https://a/', refresh: '0s' }] },
    { certificate: 'serial' },
  ])('%j is refused', (config) => {
    expect(identity.safeParse(config).success).toBe(false);
  });
});
