import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DaylightError } from '../../src/errors.ts';
import { formatAuthority, normaliseHost, parseAuthority, sameAuthority } from '../../src/proxy/authority.ts';

describe('an authority is read in one normal form', () => {
  it.each([
    ['Example.COM:443', 'example.com', 443, 'name'],
    ['example.com.:443', 'example.com', 443, 'name'],
    ['my_service.internal:8080', 'my_service.internal', 8080, 'name'],
    ['_dmarc.example.com:1', '_dmarc.example.com', 1, 'name'],
    ['r3---sn-abc.example:443', 'r3---sn-abc.example', 443, 'name'],
    ['localhost:65535', 'localhost', 65535, 'name'],
    ['bücher.example:443', 'xn--bcher-kva.example', 443, 'name'],
    ['BÜCHER.example:443', 'xn--bcher-kva.example', 443, 'name'],
    ['b\u00c3\u00bccher.example:443', 'xn--bcher-kva.example', 443, 'name'],
    ['xn--bcher-kva.example:443', 'xn--bcher-kva.example', 443, 'name'],
    ['日本語.example:443', 'xn--wgv71a119e.example', 443, 'name'],
    ['192.0.2.1:443', '192.0.2.1', 443, 'ipv4'],
    ['[::1]:443', '::1', 443, 'ipv6'],
    ['[2001:DB8:0:0:0:0:0:1]:443', '2001:db8::1', 443, 'ipv6'],
    ['[::ffff:192.0.2.1]:443', '::ffff:c000:201', 443, 'ipv6'],
    ['1password.com:443', '1password.com', 443, 'name'],
    ['0xdeadbeef.example:443', '0xdeadbeef.example', 443, 'name'],
  ])('%s', (text, host, port, kind) => {
    expect(parseAuthority(text)).toEqual({ host, port, kind });
  });

  it('takes the default port where the text names none', () => {
    expect(parseAuthority('example.com', 443).port).toBe(443);
    expect(parseAuthority('[::1]', 80)).toEqual({ host: '::1', port: 80, kind: 'ipv6' });
    expect(() => parseAuthority('example.com')).toThrow(/no port/);
  });

  it('compares and prints normal forms', () => {
    const a = parseAuthority('EXAMPLE.com.:443');
    expect(sameAuthority(a, parseAuthority('example.com', 443))).toBe(true);
    expect(sameAuthority(a, parseAuthority('example.com:8443'))).toBe(false);
    expect(sameAuthority(a, parseAuthority('example.org:443'))).toBe(false);
    expect(formatAuthority(a)).toBe('example.com:443');
    expect(formatAuthority(a, 443)).toBe('example.com');
    expect(formatAuthority(parseAuthority('[::1]:443'))).toBe('[::1]:443');
  });
});

describe('an authority that two parsers could read differently is refused', () => {
  const refused = [
    '../../x:443', '..:443', '.:443', ':443', '', '[::1', '[::1:443', '::1:443', '[::1]443', '[::1]x:443', '[]:443', '[:]:443',
    '[fe80::1%25eth0]:443', '[fe80::1%eth0]:443', '[127.0.0.1]:443', '[::1]:', 'example.com:', 'example.com:0', 'example.com:65536',
    'example.com:99999', 'example.com:0443', 'example.com:+443', 'example.com:44 3', 'example.com:443:443', 'example.com:443/',
    'example.com/:443', 'https://example.com:443', 'user@example.com:443', 'user:pass@example.com:443', 'exa%6dple.com:443',
    '%65xample.com:443', 'a..b:443', '.example.com:443', 'example.com..:443', `${'a'.repeat(64)}.example:443`,
    `${'a.'.repeat(127)}aa:443`, 'exam ple.com:443', ' example.com:443', 'example.com :443', 'example.com:443 ', 'exam\0ple.com:443',
    'example.com\0:443', 'example.com:443\r\nHost: x', 'exam\tple.com:443', 'example.com\u007f:443', '*.example.com:443',
    'exam\\ple.com:443', 'example.com?:443', 'example.com#:443', '0x7f.1:443', '127.1:443', '2130706433:443', '0177.0.0.1:443',
    '127.0.0.01:443', '1.2.3:443', '1.2.3.4.5:443', '256.1.1.1:443', '0x7f000001:443', '127.0.0.0x1:443', 'example.0:443',
    '１２７.1:443', '１２７.０.０.０１:443', 'ex％41mple.com:443', 'xn--ü.example:443', '\u202eexample.com:443', 'example.com\u3002\u3002x:443',
  ]; // biome-ignore format: a list reads better than a column
  it.each(refused.map((text) => [JSON.stringify(text), text]))('%s', (_, text) => {
    try {
      parseAuthority(text, 443);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(DaylightError);
      expect(error).toMatchObject({ code: 'ERR_AUTHORITY_INVALID' });
    }
  });

  it('shows at most the beginning of a long text', () => {
    expect(() => parseAuthority('a'.repeat(100_000))).toThrow(/^.{0,200}$/);
  });
});

describe('properties of the normal form', () => {
  it('nothing but an authority or ERR_AUTHORITY_INVALID comes out of any text', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.stringMatching(/^[[\]a-z0-9.:%@/\\_-]{0,40}$/));
    fc.assert(
      fc.property(text, (value) => {
        try {
          const parsed = parseAuthority(value, 443);
          expect(parsed.host).toMatch(/^[a-z0-9_.:-]+$/);
          expect(parsed.port).toBeGreaterThan(0);
          expect(parsed.port).toBeLessThan(65536);
          // Reading it again changes nothing, and a URL parser agrees about the host.
          const again = formatAuthority(parsed);
          expect(parseAuthority(again)).toEqual(parsed);
          if (URL.canParse(`ws://${again}/`)) expect(new URL(`ws://${again}/`).host || again).toContain(parsed.host.slice(0, 5));
        } catch (error) {
          if (!(error instanceof DaylightError)) throw error;
          expect(error.code).toBe('ERR_AUTHORITY_INVALID');
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('agrees with the WHATWG URL parser on every name that both take', () => {
    const label = fc.stringMatching(/^[a-zA-Z0-9_-]{1,12}$/);
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 4 }), (labels) => {
        const name = labels.join('.');
        let host: string;
        try {
          host = normaliseHost(name).host;
        } catch {
          return;
        }
        if (URL.canParse(`http://${name}/`)) expect(new URL(`http://${name}/`).hostname).toBe(host);
      }),
      { numRuns: 1000 },
    );
  });

  it('agrees with the WHATWG URL parser on addresses', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV6(), (v4, v6) => {
        expect(normaliseHost(v4).host).toBe(new URL(`http://${v4}/`).hostname);
        expect(`[${normaliseHost(v6).host}]`).toBe(new URL(`http://[${v6}]/`).hostname);
      }),
      { numRuns: 1000 },
    );
  });
});
