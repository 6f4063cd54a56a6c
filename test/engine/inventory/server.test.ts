// What a flow says about its server: the key it is filed under, and the login.

import { describe, expect, it } from 'vitest';
import type { LearnedServer } from '../../../src/engine/flow.ts';
import { authenticationOf } from '../../../src/engine/inventory/authentication.ts';
import { serverKeyOf, serverKeyOfUrl } from '../../../src/engine/inventory/server-key.ts';
import type { Signal } from '../../../src/engine/verdict.ts';
import { flowTo } from '../sample-flow.ts';

const KEY = 'https://tools.example/mcp';
const learned: LearnedServer = {
  ...{ url: 'https://tools.example/messages', stream: 'https://tools.example/sse', transport: 'http+sse', generation: '' },
  ...{ serverName: '', serverVersion: '', lastSeen: 0, blocked: false },
};

describe('the key of a server', () => {
  it.each([
    KEY,
    'https://TOOLS.example:443/mcp/',
    'https://tools.example/mcp?session=1#x',
    'wss://tools.example/mcp',
    'https://user:pass@tools.example/mcp',
  ])('is the same for %s', (url) => {
    expect(serverKeyOfUrl(url)).toBe(KEY);
    expect(serverKeyOf(flowTo(url), { traffic: 'shadow', signals: [] })).toBe(KEY);
  });

  it('holds no credential of the path, and is that of the stream for an endpoint that a stream named', () => {
    expect(serverKeyOfUrl('https://tools.example/s/4fK2mXv81LqPz7Wc3RdT9hBn/mcp')).toBe('https://tools.example/s/{redacted}/mcp');
    const flow = flowTo('https://tools.example/messages?sessionId=7', { learned });
    expect(serverKeyOf(flow, { traffic: 'shadow', signals: [] })).toBe('https://tools.example/sse');
    const secret = { ...learned, stream: 'https://tools.example/s/4fK2mXv81LqPz7Wc3RdT9hBn/sse' };
    expect(serverKeyOf(flowTo(KEY, { learned: secret }), { traffic: 'shadow', signals: [] })).toContain('{redacted}');
  });

  it('of a step before a session is the server that it names, if it names one', () => {
    const step = (url: string, signals: Signal[] = []) => serverKeyOf(flowTo(url), { traffic: 'discovery', signals });
    const names = (value: string): Signal[] => [
      { id: 'discovery.resource', where: 'request.body.resource', value, weight: 'decisive' },
    ];
    expect(step('https://tools.example/.well-known/oauth-protected-resource/mcp')).toBe(KEY);
    expect(step('https://login.example/token', names(`${KEY}/`))).toBe(KEY);
    expect(step('https://tools.example/.well-known/oauth-protected-resource')).toBe('');
    expect(step('https://tools.example/.well-known/oauth-authorization-server/mcp')).toBe('');
    expect(step('https://tools.example/register')).toBe('');
    expect(serverKeyOf(flowTo(KEY), { traffic: 'none', signals: [] })).toBe('');
  });
});

describe('the login of a server', () => {
  const login = (headers: Record<string, string>, url = KEY, status = 200, challenge = '') =>
    authenticationOf(
      flowTo(url, { request: { headers }, response: { status, headers: { 'www-authenticate': challenge } } }),
      'shadow',
    );

  it.each([
    ['bearer', { authorization: 'Bearer abc' }],
    ['basic', { authorization: 'Basic abc' }],
    ['authorization', { authorization: 'abc' }],
    ['key-header', { 'x-api-key': 'abc' }],
    ['key-header', { 'x-goog-api-key': 'abc' }],
    ['cookie', { cookie: 'a=b' }],
    ['none', { 'mcp-session-id': 'abc', 'sec-websocket-key': 'abc', 'proxy-authorization': 'Basic abc' }],
  ] as const)('is %s', (expected, headers) => expect(login(headers)).toBe(expected));

  it('is OAuth when a challenge names its metadata, or in the steps before a session', () => {
    expect(login({}, KEY, 401, 'Bearer resource_metadata="https://tools.example/.well-known/x"')).toBe('oauth');
    expect(login({}, KEY, 401, 'Basic realm="x"')).toBe('');
    expect(authenticationOf(flowTo(KEY), 'discovery')).toBe('oauth');
  });

  it('is a key in the URL, but not a session in it', () => {
    expect(login({}, `${KEY}?api_key=abc`)).toBe('key-in-url');
    expect(login({}, 'https://tools.example/s/4fK2mXv81LqPz7Wc3RdT9hBn/mcp')).toBe('key-in-url');
    expect(login({}, `${KEY}?sessionId=4fK2mXv81LqPz7Wc3RdT9hBn`)).toBe('none');
    const endpoint = flowTo('https://tools.example/m/4fK2mXv81LqPz7Wc3RdT9hBn', {
      learned,
      response: { status: 202, headers: {} },
    });
    expect(authenticationOf(endpoint, 'shadow')).toBe('none');
  });

  it('is unknown where nothing can be said', () => {
    expect(login({}, KEY, 500)).toBe('');
    expect(authenticationOf(flowTo(KEY), 'shadow')).toBe('');
    expect(authenticationOf(flowTo(KEY, { request: { headers: { authorization: 'Bearer abc' } } }), 'hosted')).toBe('');
  });
});
