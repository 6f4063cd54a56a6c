import { describe, expect, it } from 'vitest';
import { withoutHttp3 } from '../../src/proxy/alt-svc.ts';

describe('offers of HTTP/3', () => {
  it.each([
    [['Alt-Svc', 'h3=":443"; ma=86400'], []],
    [
      ['alt-svc', 'h3=":443", h2="other.example:443"; ma=60'],
      ['alt-svc', 'h2="other.example:443"; ma=60'],
    ],
    [
      ['alt-svc', 'h2=":443",h3-29=":443",quic=":443"; v="46,43"'],
      ['alt-svc', 'h2=":443"'],
    ],
    [
      ['A', '1', 'ALT-SVC', 'hq=":1"', 'B', '2'],
      ['A', '1', 'B', '2'],
    ],
    [
      ['alt-svc', 'h3=":443"', 'alt-svc', 'h2=":1"'],
      ['alt-svc', 'h2=":1"'],
    ],
    [['alt-svc', 'h3=":443"; x="a, h2=b"'], []],
    [['alt-svc', 'h3="unfinished'], []],
  ])('are taken out: %j', (raw, left) => {
    expect(withoutHttp3(raw)).toEqual(left);
  });

  it.each([[['alt-svc', 'clear']], [['alt-svc', 'h2=":443"']], [['Content-Type', 'text/html']], [[]], [['alt-svc', 'xh3=":1"']]])(
    'are not seen where there are none: %j',
    (raw) => {
      expect(withoutHttp3(raw)).toBe(raw);
    },
  );
});
