import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactUrl } from '../../src/engine/redact-url.ts';

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U';

describe('a redacted URL', () => {
  it.each([
    ['https://ann:pw@h.example/mcp', 'https://{redacted}@h.example/mcp'],
    ['https://h.example/mcp?api_key=x&page=2', 'https://h.example/mcp?api_key={redacted}&page=2'],
    ['https://h.example/mcp?apiKey=x;Access-Token=y', 'https://h.example/mcp?apiKey={redacted};Access-Token={redacted}'],
    ['https://h.example/mcp?api%5Fkey=x', 'https://h.example/mcp?api%5Fkey={redacted}'],
    ['https://h.example/cb?code=4%2F0Ab&state=s&scope=mcp', 'https://h.example/cb?code={redacted}&state={redacted}&scope=mcp'],
    [
      'https://h.example/x?X-Amz-Credential=a&X-Amz-Signature=b',
      'https://h.example/x?X-Amz-Credential={redacted}&X-Amz-Signature={redacted}',
    ],
    ['https://h.example/message?sessionId=7', 'https://h.example/message?sessionId={redacted}'],
    ['https://h.example/messages/?session_id=7', 'https://h.example/messages/?session_id={redacted}'],
    ['https://h.example/?sessionid=7', 'https://h.example/?sessionid={redacted}'],
    [`https://h.example/x?q=${JWT}`, 'https://h.example/x?q={redacted}'],
    [`https://h.example/x?${JWT}`, 'https://h.example/x?{redacted}'],
    ['https://h.example/fc-0123456789abcdef0123456789abcdef/v2/mcp', 'https://h.example/{redacted}/v2/mcp'],
    ['https://h.example/s/afa76723-140d-4dce-a0a7-171cfa9be78e/mcp', 'https://h.example/s/{redacted}/mcp'],
    ['https://h.example/s/ZGFmYjk4YzktMTIzNC00NTY3LTg5MGEtYmNkZWYxMjM0NTY3Og==/mcp', 'https://h.example/s/{redacted}/mcp'],
    ['https://h.example/bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/send', 'https://h.example/{redacted}/send'],
    ['https://h.example/token/abc12345/mcp', 'https://h.example/token/{redacted}/mcp'],
    ['https://h.example/a;jsessionid=12?x=1', 'https://h.example/a;jsessionid={redacted}?x=1'],
    ['https://h.example/x?u=https%3A%2F%2Fann%3Apw%40i.example%2F', 'https://h.example/x?u={redacted}'],
    ['https://h.example/x?u=https://i.example/cb?token=1', 'https://h.example/x?u={redacted}'],
    ['https://h.example/x#access_token=y', 'https://h.example/x'],
    [`https://h.example/${'a'.repeat(600)}`, 'https://h.example/{redacted}'],
  ])('%s becomes %s', (url, redacted) => {
    expect(redactUrl(url)).toBe(redacted);
  });

  it.each([
    'https://tools.example:8443/mcp',
    'https://h.example/getting-started-with-mcp-servers-2025-guide',
    'https://npm.example/@modelcontextprotocol/server-memory/-/server-memory-2026.8.31.tgz',
    'https://pypi.example/packages/mcp_server_git-2025.1.14-py3-none-any.whl',
    'https://h.example/.well-known/oauth-protected-resource/mcp',
    'https://h.example/agents/servers/mcp_ODSPRemoteServer',
    'https://h.example/authorize?response_type=code&grant_type=authorization_code&client_id=abc&resource=https%3A%2F%2Fh.example%2Fmcp',
    'https://h.example/x?max_tokens=500&q=hello+world&country_code=de',
    'https://h.example/ThisIsACamelCaseControllerName/DoSomething',
    'https://h.example/v0.1/servers?search=git&limit=30',
    'https://[2001:db8::1]:8443/mcp',
    'not a url',
    '',
    '/mcp?x=1',
    '://',
  ])('keeps %s as it is', (url) => {
    expect(redactUrl(url)).toBe(url);
  });
});

describe('redaction', () => {
  const secrets = fc.constantFrom(
    JWT,
    'sk-proj-4f8Gh2kLmN0pQrStUvWx',
    'ghp_16C7e42F292c6912E7710c838347Ae178B4a',
    'xoxb-123456789012-abcdefABCDEF',
    'AKIAIOSFODNN7EXAMPLE',
    'AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY',
    '5d41402abc4b2a76b9719d911017c592',
    'Q5XKJ2VDNR7M4YB6ZTHF3WGALE',
    '3f2b8c1e-6a54-4d0b-9f3e-2a7c5d1e8b90',
  );
  const word = fc.constantFrom('mcp', 'v1', 'api', 'users', 'a-b', 'x', 'search', 'tools');

  it('leaves no known kind of secret, wherever it stands', () => {
    const place = fc.constantFrom('segment', 'value', 'named', 'bare', 'user', 'encoded');
    fc.assert(
      fc.property(secrets, place, fc.array(word, { maxLength: 4 }), (secret, where, words) => {
        const path = words.join('/');
        const url = {
          segment: `https://h.example/${path}/${secret}/mcp`,
          value: `https://h.example/${path}?q=${secret}&x=1`,
          named: `https://h.example/${path}?token=${secret}`,
          bare: `https://h.example/${path}?${secret}`,
          user: `https://${secret}@h.example/${path}`,
          encoded: `https://h.example/${path}?q=${[...secret].map((char) => `%${char.charCodeAt(0).toString(16)}`).join('')}`,
        }[where];
        const redacted = redactUrl(url);
        expect(decodeURIComponent(redacted)).not.toContain(secret);
        expect(redacted).toContain('{redacted}');
      }),
    );
  });

  it('changes nothing the second time, and never throws', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '/',
        '?',
        '&',
        ';',
        '=',
        '#',
        '@',
        ':',
        '://',
        '%',
        '%2',
        '%2f',
        '%zz',
        'token',
        'key',
        '{redacted}',
        'https',
        '..',
        '\u0000',
        'é',
      ),
      secrets,
      word,
      fc.string({ maxLength: 30 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), fc.boolean(), (pieces, absolute) => {
        const once = redactUrl((absolute ? 'https://h.example/' : '') + pieces.join(''));
        expect(redactUrl(once)).toBe(once);
      }),
      { numRuns: 2000 },
    );
  });

  it('hides the rest of a URL with more parts than an honest one has', () => {
    const many = Array.from({ length: 400 }, (_, index) => `p${index}=1`).join('&');
    const once = redactUrl(`https://h.example/x?${many}`);
    expect(once).toMatch(/&p127=1&\{redacted\}$/);
    expect(redactUrl(once)).toBe(once);
    const deep = redactUrl(`https://h.example/${'a/'.repeat(400)}${'b'.repeat(20)}`);
    expect(deep.endsWith('/{redacted}')).toBe(true);
  });

  it('handles URLs of a megabyte', () => {
    for (const unit of ['a', 'a1B2', '/', '&token=', '=', '%25', 'u=a:/%3F', '?u=b:/', ';key=1', 'sk-1']) {
      const url = `https://h.example/x?${unit.repeat(1_000_000 / unit.length)}`;
      expect(redactUrl(redactUrl(url))).toBe(redactUrl(url));
      expect(redactUrl(url.replace('?', '/')).length).toBeLessThanOrEqual(url.length + 20);
    }
  });
});
