import { describe, expect, it } from 'vitest';
import { configSchema, loadConfig } from '../../src/config.ts';
import { placesOf, urlsOf } from '../../src/proxy/places.ts';

const problems = (proxy: object): string =>
  configSchema
    .safeParse({ proxy })
    .error?.issues.map((issue) => issue.message)
    .join('; ') ?? '';

describe('doors', () => {
  it('are shut unless the configuration opens them', () => {
    const { proxy } = loadConfig({ env: {}, cwd: '/nowhere' });
    expect(placesOf(proxy)).toEqual([{ name: 'proxy', host: '127.0.0.1', port: 8080 }]);
    expect(proxy).toMatchObject({ proxyProtocol: { from: [] }, upstream: { proxy: null } });
  });

  it('each have a place, and an address to tell people', () => {
    const { proxy } = configSchema.parse({
      proxy: {
        tls: { listen: '[::1]:8443' },
        socks: { listen: '127.0.0.1:1080' },
        transparent: { listen: '0.0.0.0:8444', http: { listen: '0.0.0.0:8082' } },
      },
    });
    expect(urlsOf(placesOf(proxy))).toEqual({
      proxy: 'http://127.0.0.1:8080',
      tls: 'https://[::1]:8443',
      socks: 'socks5h://127.0.0.1:1080',
      transparent: 'tls://0.0.0.0:8444',
      transparentHttp: 'http://0.0.0.0:8082',
    });
    expect(proxy.transparent).toMatchObject({ port: 443, http: { port: 80 } });
  });

  it.each([
    [{ proxyProtocol: { from: ['balancer.example'] } }, /must be a network/],
    [{ tls: { listen: ':8443', cert: 'a.pem' } }, /key.*belong together|HOST:PORT/],
    [{ tls: { listen: '0.0.0.0:8443', key: 'a.pem' } }, /belong together/],
    [{ tls: { listen: '0.0.0.0:8443', clientCertificate: 'require' } }, /authority that issues/],
    [{ transparent: {} }, /listen \(for TLS\)/],
    [{ transparent: { listen: '0.0.0.0:8444', port: 0 } }, />=1/],
    [{ socks: { listen: '1080' } }, /HOST:PORT/],
  ])('%j is refused', (proxy, message) => {
    expect(problems(proxy)).toMatch(message);
  });
});

describe('the parent proxy', () => {
  it.each([
    ['http://parent:3128', /mapping such as/],
    [{ url: 'http://user:secret@parent:3128' }, /without user and path/],
    [{ url: 'http://parent' }, /HOST:PORT/],
    [{ url: 'http://parent:99999' }, /port up to 65535/],
    [{ url: 'socks5://parent:1080' }, /http:\/\/HOST:PORT/],
    [{ url: 'http://parent:3128/path' }, /without user and path/],
    [{ url: 'http://parent:3128', username: 'a:b', password: 'x' }, /colon/],
    [{ url: 'http://parent:3128', username: 'a' }, /passwordFile to a file/],
    [{ url: 'http://parent:3128', password: 'a' }, /needs a name/],
    [{ url: 'http://parent:3128', username: 'a', password: 'a', passwordFile: 'b' }, /together/],
    [{ url: 'http://parent:3128', bypass: ['a b'] }, /must be a name/],
  ])('%j is refused', (parent, message) => {
    expect(problems({ upstream: { proxy: parent } })).toMatch(message);
  });

  it('may be told by variables', () => {
    const env = {
      DAYLIGHT_PROXY_UPSTREAM_PROXY_URL: 'http://parent:3128',
      DAYLIGHT_PROXY_UPSTREAM_PROXY_BYPASS: '*.corp.example,10.0.0.0/8',
      DAYLIGHT_PROXY_UPSTREAM_PROXY_USERNAME: 'daylight',
      DAYLIGHT_PROXY_UPSTREAM_PROXY_PASSWORD_FILE: 'secret',
    };
    expect(loadConfig({ env, cwd: '/nowhere' }).proxy.upstream.proxy).toEqual({
      url: 'http://parent:3128',
      username: 'daylight',
      passwordFile: '/nowhere/secret',
      bypass: ['*.corp.example', '10.0.0.0/8'],
      ca: [],
    });
  });
});
