// The automatic proxy configuration, run as browsers run it: in an empty JavaScript world with their functions, which never resolve a name.

import { isIP } from 'node:net';
import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { onboarding } from '../../../src/config/onboarding.ts';
import { writePac } from '../../../src/console/setup/pac.ts';
import { inNetwork } from './in-network.ts';

const PROXY = 'http://proxy.corp.example:8080';

function ask(pac: object, url: string, extra: object = {}): string {
  const text = writePac(PROXY, onboarding.parse({ pac }).pac);
  const world = createContext({
    isPlainHostName: (host: string) => !host.includes('.'),
    dnsDomainIs: (host: string, domain: string) => host.endsWith(domain),
    isInNet: (host: string, network: string, mask: string) => isIP(host) === 4 && inNetwork(host, network, mask),
    dnsResolve: () => expect.fail('a name was resolved'),
    ...extra,
  });
  runInContext(text, world, { timeout: 1_000 });
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  return runInContext(`FindProxyForURL(${JSON.stringify(url)}, ${JSON.stringify(host)})`, world, { timeout: 1_000 }) as string;
}

describe('the automatic configuration', () => {
  const direct = ['intranet.corp.example', '*.branch.example', '10.0.0.0/8', '192.0.2.7', 'fd00::/8', '172.16.0.0/12'];
  it.each([
    ['https://example.com/', 'PROXY proxy.corp.example:8080'],
    ['http://daylight.internal/', 'PROXY proxy.corp.example:8080'],
    ['http://printer/', 'DIRECT'],
    ['http://localhost:3000/', 'DIRECT'],
    ['http://127.0.0.1/', 'DIRECT'],
    ['http://[::1]/', 'DIRECT'],
    ['https://intranet.corp.example/', 'DIRECT'],
    ['https://INTRANET.corp.example/', 'DIRECT'],
    ['https://x.intranet.corp.example/', 'PROXY proxy.corp.example:8080'],
    ['https://a.b.branch.example/', 'DIRECT'],
    ['https://branch.example/', 'PROXY proxy.corp.example:8080'],
    ['https://notbranch.example/', 'PROXY proxy.corp.example:8080'],
    ['https://10.200.3.4/', 'DIRECT'],
    ['https://11.0.0.1/', 'PROXY proxy.corp.example:8080'],
    ['https://172.31.255.255/', 'DIRECT'],
    ['https://172.32.0.1/', 'PROXY proxy.corp.example:8080'],
    ['https://192.0.2.7/', 'DIRECT'],
    ['https://192.0.2.8/', 'PROXY proxy.corp.example:8080'],
    // Without isInNetEx an IPv6 network cannot be told.
    ['https://[fd00::1]/', 'PROXY proxy.corp.example:8080'],
    // A name that only looks like a network does not count as one.
    ['https://10.0.0.0.example/', 'PROXY proxy.corp.example:8080'],
  ])('%s goes %s', (url, expected) => {
    expect(ask({ direct }, url)).toBe(expected);
  });

  it('compares IPv6 networks where the browser can', () => {
    const isInNetEx = (host: string, network: string) => host.startsWith('fd') && network === 'fd00::/8';
    expect(ask({ direct }, 'https://[fd00::1]/', { isInNetEx })).toBe('DIRECT');
  });

  it('says what to do when the proxy does not answer', () => {
    expect(ask({ failover: 'none' }, 'https://example.com/')).toBe('PROXY proxy.corp.example:8080');
    expect(ask({ failover: 'direct' }, 'https://example.com/')).toBe('PROXY proxy.corp.example:8080; DIRECT');
    expect(ask({ failover: ['https://b.example:8443', 'http://[2001:db8::1]:3128'] }, 'https://example.com/')).toBe(
      'PROXY proxy.corp.example:8080; HTTPS b.example:8443; PROXY [2001:db8::1]:3128',
    );
  });

  it('leads to a proxy in TLS', () => {
    expect(writePac('https://p.example:8443', onboarding.parse({}).pac)).toContain('"HTTPS p.example:8443"');
  });

  it('stays a script, whatever an address holds', () => {
    const hostile = 'http://x":8080/"+alert(1)+"\u2028</script>';
    const text = writePac(hostile, { direct: [], failover: 'none' });
    expect(text).not.toMatch(/<\/script>|\u2028/);
    expect(() => runInContext(text, createContext({}))).not.toThrow();
  });
});

describe('the configuration of it refuses', () => {
  it.each([
    [{ proxyUrl: 'proxy.corp.example:8080' }, /must be the address of a proxy/],
    [{ proxyUrl: 'http://proxy.corp.example' }, /must be the address of a proxy/],
    [{ proxyUrl: 'http://proxy.corp.example:99999' }, /65535/],
    [{ proxyUrl: 'http://a b:80' }, /must be the address of a proxy/],
    [{ proxyUrl: 'http://user:secret@proxy:8080' }, /must be the address of a proxy/],
    [{ pac: { direct: ['http://x.example'] } }, /must be a host/],
    [{ pac: { direct: ['10.0.0.0/33'] } }, /must be a host/],
    [{ pac: { direct: ['a");alert(1);("'] } }, /must be a host/],
    [{ pac: { direct: ['*'] } }, /must be a host/],
    [{ pac: { failover: 'maybe' } }, /failover|none|direct|Invalid/],
    [{ pac: { failover: [] } }, /failover|small|Invalid/],
    [{ pac: { diret: [] } }, /diret/],
  ])('%j', (value, message) => {
    const { error } = onboarding.safeParse(value);
    expect(JSON.stringify(error?.issues)).toMatch(message);
  });
});
