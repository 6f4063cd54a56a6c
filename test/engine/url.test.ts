import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileHostPattern, normaliseHost, splitUrl } from '../../src/engine/url.ts';

describe('a URL taken apart', () => {
  it.each([
    ['https://H.Example./a/b?x=1#y', { scheme: 'https', host: 'h.example', port: 443, path: '/a/b', query: 'x=1' }],
    ['HTTP://h.example', { scheme: 'http', host: 'h.example', port: 80, path: '/', query: '' }],
    ['http://h.example?x', { host: 'h.example', path: '/', query: 'x' }],
    ['wss://ann:pw@h.example:8443/ws', { scheme: 'wss', userinfo: 'ann:pw', host: 'h.example', port: 8443, path: '/ws' }],
    ['https://a@b@h.example/', { userinfo: 'a@b', host: 'h.example' }],
    ['https://[2001:DB8::1]:8443/', { host: '2001:db8::1', port: 8443 }],
    ['https://[2001:db8::1]/', { host: '2001:db8::1', port: 443 }],
    ['https://h.example:/', { host: 'h.example', port: 443 }],
    ['https://h.example:99999999/', { host: 'h.example:99999999' }],
    ['https://h.example/?u=https://x.example/', { host: 'h.example', query: 'u=https://x.example/' }],
    ['/only/a/path', { scheme: '', host: '', port: 0, path: '/only/a/path' }],
    ['', { scheme: '', host: '', path: '/' }],
  ])('%s', (url, parts) => {
    expect(splitUrl(url)).toMatchObject(parts);
  });

  it('agrees with the standard parser on ordinary URLs', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true, authoritySettings: { withPort: true } }), (url) => {
        const standard = new URL(url);
        const { scheme, host, port, query } = splitUrl(url);
        expect(`${scheme}:`).toBe(standard.protocol);
        expect(host).toBe(standard.hostname.replace(/\.$/, ''));
        expect(String(port)).toBe(standard.port || (scheme === 'https' ? '443' : '80'));
        expect(query === '').toBe(standard.search === '');
      }),
    );
  });

  it('takes any text without throwing', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(splitUrl(text).path).not.toBe('');
      }),
    );
  });
});

describe('a host pattern', () => {
  it.each([
    ['h.example', 'H.EXAMPLE.', true],
    ['h.example', 'x.h.example', false],
    ['*.example', 'h.example', true],
    ['*.example', 'a.h.example', true],
    ['*.example', 'example', false],
    ['*.example', 'h.example.evil.com', false],
    ['*.h.example', 'xh.example', false],
    ['[2001:db8::1]', '2001:DB8::1', true],
  ])('%s fits %s: %s', (pattern, host, expected) => {
    expect(compileHostPattern(pattern)(host)).toBe(expected);
  });

  it('normalises only case, brackets and the final dot', () => {
    expect(normaliseHost('[::1]')).toBe('::1');
    expect(normaliseHost('Under_Score.Example.')).toBe('under_score.example');
  });
});
